import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { createPeers } from "../../../internal/adapters/grpc/grpc_peers.ts";
import { type PeerServer, servePeers } from "../../../internal/adapters/grpc/peer_server.ts";
import { systemClock } from "../../../internal/adapters/system/system_clock.ts";
import { Cable } from "./cut_cable.ts";
import { PLAIN } from "./plain.ts";
import { LeaderRecord, RecordingService } from "./recording.ts";
import { IDLE_REPORT } from "./samples.ts";

const SPEED = 4;
/** Time passes faster, so that 10 seconds of silence are soon over. */
const FAST = {
  ...systemClock,
  monotonic: () => systemClock.monotonic() * SPEED,
  after: (ms: number, task: () => void) => systemClock.after(ms / SPEED, task),
};
const ANSWER = { kind: "answer", epoch: 1, round: 1, batches: [], ...IDLE_REPORT } as const;
const SILENCE_MS = 15_000 / SPEED;

/** A cut cable sends no error: a leader pings a node that it does not hear. */
describe("a stream through a cable", () => {
  let service: RecordingService;
  let server: PeerServer;
  let cable: Cable;
  let leader: LeaderRecord;
  beforeEach(async () => {
    service = new RecordingService();
    leader = new LeaderRecord();
    server = await servePeers(service, { ...PLAIN, host: "127.0.0.1", port: 0 });
    cable = await Cable.to(server.address);
  });
  afterEach(async () => {
    cable.end();
    await server.close();
  });
  const open = async () => {
    const peers = createPeers({ clock: FAST, security: null, connectTimeoutMs: 10_000 * SPEED });
    const stream = peers.connect(cable.address, leader);
    stream.send({ kind: "resigned" });
    return { stream, node: await service.streams.at(0) };
  };

  it("ends at the leader when the cable is cut", async () => {
    await open();
    cable.cut();
    assert.equal(await leader.onlyClosed(), "UNAVAILABLE: it answers no ping");
  });

  it("goes on in silence while the node answers pings", async () => {
    const { stream, node } = await open();
    await sleep(2 * SILENCE_MS);
    node.stream.send(ANSWER);
    await leader.at(0);
    assert.ok(leader.all[0] && "message" in leader.all[0]);
    stream.close();
  });

  it("brings no ping to a node that is heard", async () => {
    const { stream, node } = await open();
    const heard = async (answers: number) => {
      node.stream.send(ANSWER);
      await leader.at(answers - 1);
    };
    await heard(1);
    const { sent } = cable;
    for (let answers = 2; answers < 10; answers++) {
      await sleep(SILENCE_MS / 4);
      await heard(answers);
    }
    // A ping has 17 bytes, and what acknowledges settings has 9.
    assert.ok(cable.sent - sent < 17, `${cable.sent - sent} bytes`);
    stream.close();
  });
});
