import net from "node:net";
import type { Reachability } from "../../ports/reachability.ts";

/** Inside one cluster, connections take milliseconds. Most policies drop packets, so that a forbidden one gets no answer at all. */
const TIMEOUT_MS = 2_000;

export const reachability: Reachability = {
  accepts: (address) => {
    const { hostname, port } = new URL(`tcp://${address}`);
    return new Promise((resolve) => {
      const socket = net.connect({ host: hostname.replace(/^\[|\]$/g, ""), port: Number(port) });
      const end = (accepted: boolean | null) => {
        socket.destroy();
        resolve(accepted);
      };
      socket.setTimeout(TIMEOUT_MS, () => end(false));
      socket.once("connect", () => end(true));
      // Some policies answer in the name of the pod, which cannot be told from a port where nobody listens.
      socket.once("error", () => end(null));
    });
  },
};
