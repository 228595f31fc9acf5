import assert from "node:assert/strict";
import fc from "fast-check";
import { createPeers } from "../../../internal/adapters/grpc/grpc_peers.ts";
import { type PeerServer, servePeers } from "../../../internal/adapters/grpc/peer_server.ts";
import { systemClock } from "../../../internal/adapters/system/system_clock.ts";
import { PLAIN } from "./plain.ts";
import { LeaderRecord, RecordingService } from "./recording.ts";
import { greeting, leaderMessage, member, nodeMessage, remains } from "./samples.ts";

/** Every message arrives as it was sent. */
describe("messages between peers", () => {
  const peers = createPeers({ clock: systemClock, security: null });
  let service: RecordingService;
  let server: PeerServer;
  beforeEach(async () => {
    service = new RecordingService();
    server = await servePeers(service, { ...PLAIN, host: "127.0.0.1", port: 0 });
  });
  afterEach(() => server.close());

  it("of a leader arrive as they were sent, in order", async () => {
    const leader = new LeaderRecord();
    const stream = peers.connect(server.address, leader);
    const sent = fc.sample(leaderMessage, 300);
    for (const message of sent) stream.send(message);
    const node = await service.streams.at(0);
    await node.at(sent.length - 1);
    assert.deepEqual(
      node.all,
      sent.map((message) => ({ message })),
    );
    stream.close();
  });

  it("of a node arrive as they were sent, in order", async () => {
    const leader = new LeaderRecord();
    const stream = peers.connect(server.address, leader);
    const node = await service.streams.at(0);
    const sent = fc.sample(nodeMessage, 300);
    for (const message of sent) node.stream.send(message);
    await leader.at(sent.length - 1);
    assert.deepEqual(
      leader.all,
      sent.map((message) => ({ message })),
    );
    stream.close();
  });

  it("that knock arrive as they were sent", async () => {
    const sent = fc.sample(member, 20);
    for (const self of sent) await peers.announce(server.address, self, `leader-of-${self.id}`);
    assert.deepEqual(
      service.knocks,
      sent.map((member) => ({ member, leader: `leader-of-${member.id}` })),
    );
  });

  it("that greet arrive as they were sent", async () => {
    for (service.greeting of fc.sample(greeting, 20))
      assert.deepEqual(await peers.getStatus(server.address), service.greeting);
  });

  it("that hand over arrive as they were sent", async () => {
    const sent = fc.sample(fc.array(remains, { maxLength: 5 }), 20).map((remains) => ({ from: "node-7", remains }));
    for (const { from, remains } of sent)
      assert.deepEqual(await peers.handOff(server.address, from, remains), { taken: true });
    assert.deepEqual(service.handedOver, sent);
  });

  it("with a whole ledger of 10,000 counters fit", async () => {
    const totals = Array.from({ length: 10_000 }, (_, at) => ({
      counter: `${"counter-".repeat(8)}${at}`,
      generation: at,
      regions: new Map([
        ["eu-central-1", BigInt(at) ** 4n],
        ["us-east-1", 1n],
      ]),
    }));
    const base = fc
      .sample(leaderMessage, { numRuns: 200, seed: 1 })
      .find((message) => message.kind === "published" && message.publication.shared.ledger);
    assert.ok(base?.kind === "published" && base.publication.shared.ledger);
    const { shared } = base.publication;
    const message = {
      kind: "published" as const,
      publication: {
        ...base.publication,
        shared: { ...shared, ledger: { ...base.publication.shared.ledger, totals, hours: new Map() } },
      },
    };
    const stream = peers.connect(server.address, new LeaderRecord());
    stream.send(message);
    const node = await service.streams.at(0);
    assert.deepEqual(await node.at(0), { message });
    stream.close();
  });
});
