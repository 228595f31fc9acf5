import { connect } from "node:net";
import { PeerError, type PeerStatus, type Presence } from "../../ports/peers.ts";
import { hostAndPort } from "./host_and_port.ts";

/** For the connection alone. The process that is asked about is in the same network. */
const CONNECT_TIMEOUT_MS = 500;

/** Finds out whether a process listens at `address`, and, with `getStatus`, which node it is. Never throws. */
export async function presenceAt(
  address: string,
  getStatus: (address: string) => Promise<PeerStatus>,
): Promise<Presence> {
  const connected = await connectTo(address);
  if (connected !== "there") return { kind: connected };
  try {
    return { kind: "there", nodeId: (await getStatus(address)).nodeId };
  } catch (error) {
    if (!(error instanceof PeerError)) throw error;
    return { kind: "unclear" };
  }
}

/** grpc hides why a connection failed, and the one reason that proves something is ECONNREFUSED. */
function connectTo(address: string): Promise<"there" | "refused" | "unclear"> {
  const { host, port } = partsOf(address);
  if (port === 0) return Promise.resolve("unclear");
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: CONNECT_TIMEOUT_MS });
    const end = (result: "there" | "refused" | "unclear") => {
      socket.destroy();
      resolve(result);
    };
    socket.once("connect", () => end("there"));
    socket.once("timeout", () => end("unclear"));
    socket.once("error", ({ code }: NodeJS.ErrnoException) => end(code === "ECONNREFUSED" ? "refused" : "unclear"));
  });
}

/** Port 0: the address cannot be parsed. */
function partsOf(address: string): { host: string; port: number } {
  try {
    return hostAndPort(address);
  } catch {
    return { host: "", port: 0 };
  }
}
