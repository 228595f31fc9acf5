import assert from "node:assert/strict";
import fc from "fast-check";
import { encodeLeaderMessage } from "../../../internal/adapters/grpc/leader_messages.ts";
import { wireMessage } from "../../../internal/adapters/grpc/leader_word.ts";
import { readPublication } from "../../../internal/adapters/grpc/publication_reader.ts";
import { cutOrRepeated, inside, withOtherByte } from "./garbled_bytes.ts";
import { leaderMessage } from "./samples.ts";

const ENCODED = leaderMessage.map(encodeLeaderMessage);

/** A node's own reader says what protobufjs says, or nothing. */
describe("what a node reads of a publication", () => {
  it("is what protobufjs reads, for each publication without marks", () => {
    fc.assert(
      fc.property(leaderMessage, (message) => {
        const bytes = encodeLeaderMessage(message);
        const isPlain = message.kind === "published" && !message.publication.marks;
        assert.deepEqual(readPublication(bytes), isPlain ? wireMessage.decode(bytes).published : null);
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

  for (const [what, bytes] of [
    ["two messages", [...inside(26, []), ...inside(26, [])]],
    ["another message behind it", [...inside(26, []), ...inside(34, [])]],
    ["a watermark that is longer than its message", [26, 4, 26, 6, 16, 1]],
    ["a verdict of more than 32 bits", inside(26, inside(34, inside(26, [0x81, 0x80, 0x80, 0x80, 0x10])))],
    ["a field that nobody knows", inside(26, [0xa2, 0x06, 0])],
    ["no message", []],
  ] as const)
    it(`is nothing when there is ${what}: protobufjs has to say what it is`, () => {
      assert.equal(readPublication(Buffer.from(bytes)), null);
    });
});

function agree(bytes: Buffer): void {
  const read = readPublication(bytes);
  if (read !== null) assert.deepEqual(read, wireMessage.decode(bytes).published);
}
