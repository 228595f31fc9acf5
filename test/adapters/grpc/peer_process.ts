/**
 * A process with one end of the peers' conversation, which ends by itself when its standard input ends: if it does not, something was
 * left open. `serve` prints its address and answers collects; `lead ADDRESS` sends a collect every 10 ms and prints what happens.
 */

import { createPeers } from "../../../internal/adapters/grpc/grpc_peers.ts";
import { servePeers } from "../../../internal/adapters/grpc/peer_server.ts";
import { systemClock } from "../../../internal/adapters/system/system_clock.ts";
import { PLAIN } from "./plain.ts";
import { RecordingService } from "./recording.ts";

const [role, address = ""] = process.argv.slice(2);
const stop = role === "serve" ? await serve() : lead();
process.stdin.resume().on("end", stop);

async function serve(): Promise<() => void> {
  const server = await servePeers(new RecordingService(), { ...PLAIN, host: "127.0.0.1", port: 0 });
  console.log(server.address);
  return () => void server.close();
}

function lead(): () => void {
  const peers = createPeers({ clock: systemClock, security: null });
  const stream = peers.connect(address, {
    message: ({ kind }) => console.log(kind),
    closed: (reason) => console.log(`closed: ${reason}`),
  });
  const rounds = setInterval(
    () => stream.send({ kind: "collect", epoch: 1, round: 1, ledger: { id: "l", version: 1 } }),
    10,
  );
  return () => {
    clearInterval(rounds);
    stream.close();
  };
}
