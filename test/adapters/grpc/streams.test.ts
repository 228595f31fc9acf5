import assert from "node:assert/strict";
import { createPeers } from "../../../internal/adapters/grpc/grpc_peers.ts";
import { type PeerServer, servePeers } from "../../../internal/adapters/grpc/peer_server.ts";
import { systemClock } from "../../../internal/adapters/system/system_clock.ts";
import { PeerError } from "../../../internal/ports/peers.ts";
import { needs } from "../../needs.ts";
import { PLAIN } from "./plain.ts";
import { LeaderRecord, RecordingService } from "./recording.ts";
import { IDLE_REPORT, nodeMessage, one } from "./samples.ts";

const peers = createPeers({ clock: systemClock, security: null });
const RESIGNED = { kind: "resigned" } as const;
const WORD = one(nodeMessage);

/** A stream brings what was sent before its end, and ends once at each side, with the reason. */
describe("a stream between a leader and a node", () => {
  let service: RecordingService;
  let server: PeerServer;
  let leader: LeaderRecord;
  beforeEach(async () => {
    service = new RecordingService();
    leader = new LeaderRecord();
    server = await servePeers(service, { ...PLAIN, host: "127.0.0.1", port: 0 });
  });
  afterEach(() => server.close());

  it("ends at the node, once, when the leader closes it, after what was sent before", async () => {
    const stream = peers.connect(server.address, leader);
    stream.send(RESIGNED);
    stream.close();
    stream.close();
    stream.send(RESIGNED);
    const node = await service.streams.at(0);
    await node.at(1);
    await server.close();
    assert.deepEqual(node.all, [{ message: RESIGNED }, { closed: true }]);
    assert.deepEqual(leader.all, []);
  });

  it("brings nothing to a leader that has closed it", async () => {
    const stream = peers.connect(server.address, leader);
    const node = await service.streams.at(0);
    stream.close();
    node.stream.send(WORD);
    await node.at(0);
    await server.close();
    assert.deepEqual(leader.all, []);
  });

  it("ends at the leader, once, with the reason why the node refused, after what the node sent before", async () => {
    const stream = peers.connect(server.address, leader);
    const node = await service.streams.at(0);
    node.stream.send(WORD);
    node.stream.refuse("epoch 3 is over: epoch 4 leads – für immer");
    node.stream.send(WORD);
    await leader.at(1);
    stream.send(RESIGNED);
    await node.at(0);
    await server.close();
    assert.deepEqual(leader.all, [
      { message: WORD },
      { closed: "FAILED_PRECONDITION: epoch 3 is over: epoch 4 leads – für immer" },
    ]);
    assert.deepEqual(node.all, [{ closed: true }]);
  });

  it("ends at both, once, when the node stops serving", async () => {
    peers.connect(server.address, leader);
    const node = await service.streams.at(0);
    await server.close();
    await leader.at(0);
    assert.deepEqual(leader.all, [{ closed: "UNAVAILABLE: the node is stopping" }]);
    assert.deepEqual(node.all, [{ closed: true }]);
  });

  it("brings a node one message in a turn of the event loop, so that hits need not wait for all that are there", async () => {
    const stream = peers.connect(server.address, leader);
    const node = await service.streams.at(0);
    let turn = 0;
    const next = () => {
      turn++;
      turning = setImmediate(next);
    };
    let turning = setImmediate(next);
    const turns = new Set<number>();
    node.message = () => void turns.add(turn);
    for (let round = 1; round <= 50; round++)
      stream.send({ kind: "collect", epoch: 1, round, ledger: { id: "l", version: 1 } });
    stream.close();
    await node.until(() => node.all.length > 0, "the end of the stream");
    clearImmediate(turning);
    assert.deepEqual(node.all, [{ closed: true }]);
    // Both count turns by what runs at their ends, in one order or the other.
    assert.ok(turns.size >= 40, `50 messages in ${turns.size} turns`);
  });

  it("does not end before connect returns, when nobody listens there", async () => {
    await server.close();
    peers.connect(server.address, leader);
    assert.deepEqual(leader.all, []);
    assert.equal(await leader.onlyClosed(), `UNAVAILABLE: connect ECONNREFUSED ${server.address}`);
  });

  it("ends with a word on the address when that is none", async () => {
    for (const address of ["", "no port", "unix:/tmp/socket", "dns:///a:1", "127.0.0.1:port", "http://a:1"]) {
      const leader = new LeaderRecord();
      const stream = peers.connect(address, leader);
      stream.send(RESIGNED);
      assert.deepEqual(leader.all, []);
      assert.equal(await leader.onlyClosed(), `peer address must be host:port, not ${JSON.stringify(address)}`);
    }
  });

  it("ends when the host does not exist", async () => {
    peers.connect("nowhere.invalid:4100", leader);
    assert.match(await leader.onlyClosed(), /^UNAVAILABLE: .*nowhere\.invalid|no answer within/);
  });

  it("is one of 200 that a leader holds, each with its own words", async () => {
    const leaders = Array.from({ length: 200 }, () => new LeaderRecord());
    const streams = leaders.map((leader) => peers.connect(server.address, leader));
    for (const [round, stream] of streams.entries()) {
      stream.send({ kind: "collect", epoch: 1, round, ledger: { id: "l", version: 1 } });
    }
    await service.streams.at(199);
    const rounds = await Promise.all(
      service.streams.all.map(async (node) => {
        const event = await node.at(0);
        assert.ok("message" in event && event.message.kind === "collect");
        node.stream.send({ kind: "answer", ...ANSWER, round: event.message.round });
        return event.message.round;
      }),
    );
    assert.deepEqual(
      rounds.toSorted((a, b) => a - b),
      leaders.map((_, at) => at),
    );
    for (const [round, leader] of leaders.entries())
      assert.deepEqual(await leader.at(0), { message: { kind: "answer", ...ANSWER, keyed: null, round } });
    for (const stream of streams) stream.close();
    for (const node of service.streams.all) await node.at(1);
  });
});

describe("a peer server", () => {
  it("says where it cannot listen", async () => {
    const server = await servePeers(new RecordingService(), { ...PLAIN, host: "127.0.0.1", port: 0 });
    const again = servePeers(new RecordingService(), { ...PLAIN, host: "127.0.0.1", port: server.port });
    await assert.rejects(again, (error) => {
      assert.ok(error instanceof PeerError && error.cause instanceof Error);
      assert.match(
        error.message,
        new RegExp(`^Cannot listen for peers on 127\\.0\\.0\\.1:${server.port}: .*EADDRINUSE`),
      );
      return true;
    });
    await server.close();
  });

  it("listens on IPv6", async function () {
    needs(this, "IPv6");
    const service = new RecordingService();
    const server = await servePeers(service, { ...PLAIN, host: "::1", port: 0 });
    assert.equal(server.address, `[::1]:${server.port}`);
    assert.deepEqual(await peers.getStatus(server.address), service.greeting);
    await server.close();
  });
});

const ANSWER = {
  epoch: 1,
  batches: [],
  ...IDLE_REPORT,
} as const;
