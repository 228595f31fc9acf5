import assert from "node:assert/strict";
import fc from "fast-check";
import { readAnswer } from "../../../internal/adapters/grpc/answer_reader.ts";
import { encodeNodeMessage } from "../../../internal/adapters/grpc/node_messages.ts";
import { wireMessage } from "../../../internal/adapters/grpc/node_word.ts";
import { cutOrRepeated, inside, withOtherByte } from "./garbled_bytes.ts";
import { nodeMessage } from "./samples.ts";

const ENCODED = nodeMessage.map(encodeNodeMessage);

/** A leader's own reader says what protobufjs says, or nothing. */
describe("what a leader reads of an answer", () => {
  it("is what protobufjs reads, for each answer without marks", () => {
    fc.assert(
      fc.property(nodeMessage, (message) => {
        const bytes = encodeNodeMessage(message);
        const isPlain = message.kind === "answer" && !message.marks;
        assert.deepEqual(readAnswer(bytes), isPlain ? wireMessage.decode(bytes) : null);
      }),
    );
  });

  it("is what protobufjs reads, or nothing, when a byte is another", () => {
    fc.assert(fc.property(withOtherByte(ENCODED), agree), { numRuns: 2_000 });
  });

  it("is what protobufjs reads, or nothing, when bytes are missing, or there are more", () => {
    fc.assert(
      fc.property(cutOrRepeated(ENCODED), (messages) => messages.forEach(agree)),
      { numRuns: 2_000 },
    );
  });

  const hour = (...number: number[]) => inside(26, inside(26, inside(42, [40, ...number])));
  for (const [what, bytes] of [
    ["a batch that is longer than its answer", [26, 4, 26, 6, 24, 1, 24, 2, 24, 3]],
    ["an hour of more than 32 bits", hour(0x85, 0x80, 0x80, 0x80, 0x10)],
    ["hits above 2^53", [...inside(10, [24, ...Array(7).fill(0xff), 0x7f]), ...inside(26, [])]],
    ["an answer whose length has 200 bytes", [10, 0, 26, ...Array(199).fill(0x80), 0]],
    ["a flag that is 2", [...inside(10, [40, 2]), ...inside(26, [])]],
    ["a field that nobody knows", [...inside(26, []), 0xa2, 0x06, 0]],
  ] as const)
    it(`is nothing when there is ${what}: protobufjs has to say what it is`, () => {
      assert.equal(readAnswer(Buffer.from(bytes)), null);
    });

  it("is an hour of 32 bits", () => {
    const bytes = Buffer.from(hour(0xff, 0xff, 0xff, 0xff, 0x0f));
    assert.deepEqual(readAnswer(bytes), wireMessage.decode(bytes));
    assert.ok(readAnswer(bytes));
  });
});

function agree(bytes: Buffer): void {
  const read = readAnswer(bytes);
  if (read !== null) assert.deepEqual(read, wireMessage.decode(bytes));
}
