import assert from "node:assert/strict";
import fc from "fast-check";
import { decodeNodeMessage, encodeNodeMessage } from "../../../internal/adapters/grpc/node_messages.ts";
import { wireMessage } from "../../../internal/adapters/grpc/node_word.ts";
import { WireReader } from "../../../internal/adapters/grpc/wire_reader.ts";
import { WireWriter } from "../../../internal/adapters/grpc/wire_writer.ts";
import { IDLE_REPORT, keyedOffers } from "./samples.ts";

const EDGES = [0, 1, 127, 128, 2 ** 14 - 1, 2 ** 14, 2 ** 28, 2 ** 31 - 1, 2 ** 31, 2 ** 32, 2 ** 53 - 1];

/** What is written by the thousand is what any reader of protocol buffers expects. */
describe("a writer of messages", () => {
  it("writes numbers as the reader and protobufjs read them", () => {
    for (const hits of [...EDGES, ...fc.sample(fc.maxSafeNat(), 1_000)]) {
      const writer = new WireWriter();
      const report = writer.begin(10);
      writer.number(24, hits);
      writer.end(report);
      assert.equal(wireMessage.decode(writer.bytes).report?.hits, hits);
      const reader = new WireReader(writer.bytes);
      assert.equal(reader.whole(), 10);
      const read = () => [reader.whole(), reader.whole()];
      assert.deepEqual(reader.inside(read), [24, hits]);
    }
  });

  it("puts the length of each message before it, whatever it is", () => {
    for (const length of [0, 1, 122, 127, 128, 129, 1_021, 2 ** 14 - 4, 2 ** 14, 2 ** 20]) {
      const writer = new WireWriter();
      const outer = writer.begin(10);
      writer.text(26, "x".repeat(length));
      writer.end(outer);
      const reader = new WireReader(writer.bytes);
      assert.equal(reader.whole(), 10);
      const read = () => [reader.whole(), reader.text().length, reader.more];
      assert.deepEqual(reader.inside(read), [26, length, false]);
    }
  });

  it("writes keyed hits that arrive as they were, and that protobufjs reads", () => {
    const answer = { kind: "answer" as const, epoch: 3, round: 4, batches: [], ...IDLE_REPORT };
    fc.assert(
      fc.property(keyedOffers(300), (keyed) => {
        const bytes = encodeNodeMessage({ ...answer, keyed });
        assert.deepEqual(decodeNodeMessage(bytes), { ...answer, keyed });
        const read = wireMessage.decode(bytes).answer?.keyed;
        assert.deepEqual(
          read?.hits.map(({ number, key, counter, by, hour }) => [number, hex(key), counter, by, hour ?? null]),
          keyed.hits.map(({ number, key, counter, by, hour }) => [number, key, counter, by, hour ?? null]),
        );
      }),
      { numRuns: 50 },
    );
  });
});

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}
