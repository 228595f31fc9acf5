import assert from "node:assert/strict";
import { createServer, type Server } from "node:net";
import { createPeers } from "../../../internal/adapters/grpc/grpc_peers.ts";
import { type PeerServer, servePeers } from "../../../internal/adapters/grpc/peer_server.ts";
import { systemClock } from "../../../internal/adapters/system/system_clock.ts";
import { JournalError } from "../../../internal/ports/journal.ts";
import { PeerError } from "../../../internal/ports/peers.ts";
import { PLAIN } from "./plain.ts";
import { RecordingService } from "./recording.ts";
import { member, one, remains } from "./samples.ts";

const peers = createPeers({ clock: systemClock, security: null });
const SELF = one(member);

/** A call to a peer ends within two seconds, with an answer or with the reason why there is none. */
describe("a call to a peer", () => {
  let service: RecordingService;
  let server: PeerServer;
  beforeEach(async () => {
    service = new RecordingService();
    server = await servePeers(service, { ...PLAIN, host: "127.0.0.1", port: 0 });
  });
  afterEach(() => server.close());

  it("to knock fails when the node does not lead", async () => {
    service.leads = false;
    await assert.rejects(peers.announce(server.address, SELF, "node-1"), {
      name: "PeerError",
      message: `${server.address} does not lead`,
    });
  });

  it("to hand over brings back why the node does not take it", async () => {
    service.answer = { taken: false, reason: "this node is draining" };
    assert.deepEqual(await peers.handOff(server.address, "node-7", [one(remains)]), service.answer);
  });

  it("fails with the node's own words when the node fails at it", async () => {
    service.acceptHandoff = () => {
      throw new JournalError("the disk is full", true);
    };
    const failed = peers.handOff(server.address, "node-7", []);
    await assert.rejects(failed, {
      name: "PeerError",
      message: `HandOver at ${server.address}: INTERNAL: the disk is full`,
    });
    assert.deepEqual(await peers.getStatus(server.address), service.greeting);
  });

  it("fails when what is handed over is malformed, and the node never hears of it", async () => {
    const bad = { ...one(remains), region: "no\nregion" };
    await assert.rejects(
      peers.handOff(server.address, "node-7", [bad]),
      /INVALID_ARGUMENT: region must be .*, not "no\\nregion"/,
    );
    assert.deepEqual(service.handedOver, []);
  });

  it("fails when nobody listens there, or the address is none", async () => {
    await server.close();
    await assert.rejects(
      peers.getStatus(server.address),
      (error) => error instanceof PeerError && /^Greet at .*: UNAVAILABLE: /.test(error.message),
    );
    await assert.rejects(peers.getStatus("unix:/tmp/x"), { name: "PeerError", message: /must be host:port/ });
  });

  it("fails after two seconds when the peer accepts and never speaks", async () => {
    const silent = await listenSilently();
    const { port } = silent.address() as { port: number };
    const started = performance.now();
    await assert.rejects(peers.getStatus(`127.0.0.1:${port}`), { name: "PeerError", message: /DEADLINE_EXCEEDED/ });
    assert.ok(performance.now() - started >= 1_900);
    // Waits for the connections to end, which the caller must see to.
    await new Promise((resolve) => silent.close(resolve));
  });
});

function listenSilently(): Promise<Server> {
  return new Promise((resolve) => {
    const server = createServer((socket) => socket.on("error", () => {}).resume());
    server.listen(0, "127.0.0.1", () => resolve(server));
  });
}
