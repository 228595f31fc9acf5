import assert from "node:assert/strict";
import { createPeers } from "../../../internal/adapters/grpc/grpc_peers.ts";
import { systemClock as clock } from "../../../internal/adapters/system/system_clock.ts";
import type { LeaderMessage, NodeMessage } from "../../../internal/ports/peers.ts";
import { eventually } from "../../eventually.ts";
import { type RealNode, startRealNode } from "../http/real_node.ts";

const FOREIGN = { id: "ffffffffffffffff", version: 5 };

/** A node follows no leader of an old epoch, and takes no hits of another cluster. */
describe("a real node and a leader that it must not follow", () => {
  let real: RealNode;
  const peers = createPeers({ clock, security: null });
  beforeEach(async () => {
    real = await startRealNode();
    await eventually(() => real.node.cluster().ledger !== null);
  });
  afterEach(() => real.end());

  /** Says `messages` on a stream of its own. */
  function speak(messages: readonly LeaderMessage[]) {
    const heard: { readonly answers: NodeMessage[]; end: string | null } = { answers: [], end: null };
    const stream = peers.connect(real.peerAddress, {
      message: (message) => void heard.answers.push(message),
      closed: (reason) => {
        heard.end = reason;
      },
    });
    for (const message of messages) stream.send(message);
    return { heard, close: () => stream.close() };
  }

  it("refuses the collect of an old epoch: no batch leaves, and its hits are counted once, by the leader", async () => {
    real.node.hit("visits", 3, () => {});
    const { epoch, ledger } = real.node.cluster();
    assert.ok(ledger);
    const old = epoch - 1;
    const { heard } = speak([
      { kind: "welcome", leader: "zombie", epoch: old, ledger, adopted: [] },
      { kind: "collect", epoch: old, round: 1, ledger },
    ]);
    await eventually(() => heard.end !== null);
    assert.match(
      heard.end ?? "",
      new RegExp(`zombie does not lead with epoch ${old}: by the leader key epoch ${epoch} leads`),
    );
    assert.deepEqual(
      heard.answers.filter(({ kind }) => kind === "answer"),
      [],
    );
    await eventually(() => real.node.read("visits")?.committed === 3n);
  });

  it("refuses a collect before any welcome", async () => {
    const { ledger } = real.node.cluster();
    assert.ok(ledger);
    const { heard } = speak([{ kind: "collect", epoch: 1, round: 1, ledger }]);
    await eventually(() => heard.end !== null);
    assert.deepEqual(heard.answers, []);
  });

  it("takes no remains that belong to another cluster's ledger", async () => {
    const answer = await peers.handOff(real.peerAddress, "stranger", [
      { source: "00000000000000aa", formerly: [], region: "eu", base: 0, firstOffer: FOREIGN, shown: 0, segments: [] },
    ]);
    assert.ok(!answer.taken);
    assert.match(answer.reason, /they belong to ledger ffffffffffffffff/);
  });
});
