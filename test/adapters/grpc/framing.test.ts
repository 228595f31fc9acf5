import assert from "node:assert/strict";
import fc from "fast-check";
import { FramingError, framed, Unframer } from "../../../internal/adapters/grpc/framing.ts";

const MESSAGES = fc.array(
  fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
  { maxLength: 8 },
);

/** Messages come out as they were written, wherever the network cuts their bytes. */
describe("messages on a stream", () => {
  it("are the same wherever their bytes are cut", () => {
    fc.assert(
      fc.property(MESSAGES, fc.infiniteStream(fc.integer({ min: 1, max: 30 })), (messages, lengths) => {
        const unframer = new Unframer();
        const read = pieces(Buffer.concat(messages.map(framed)), lengths).flatMap((piece) => unframer.messages(piece));
        assert.deepEqual(read, messages);
      }),
    );
  });

  it("are put together once, in whatever many pieces a large one comes", () => {
    const message = Buffer.alloc(16 << 20, "x");
    const unframer = new Unframer();
    const began = process.cpuUsage();
    const read = pieces(framed(message), repeat(4_096)).flatMap((piece) => unframer.messages(piece));
    const { user, system } = process.cpuUsage(began);
    assert.ok(read.length === 1 && read[0]?.equals(message));
    // To copy what is there at each of 4,096 pieces would be 34 GB.
    assert.ok(user + system < 2_000_000, `${user + system} microseconds`);
  });

  it("are refused before they are there when they are over the limit", () => {
    const bytes = Buffer.from([0, 1, 0, 0, 1]);
    assert.throws(() => new Unframer().messages(bytes), FramingError);
  });

  it("are refused when they are compressed", () => {
    assert.throws(() => new Unframer().messages(Buffer.from([1, 0, 0, 0, 1, 0])), /compressed/);
  });
});

function pieces(bytes: Buffer, lengths: Iterable<number>): Buffer[] {
  const cut: Buffer[] = [];
  let at = 0;
  for (const length of lengths) {
    if (at >= bytes.length) break;
    cut.push(bytes.subarray(at, at + length));
    at += length;
  }
  return cut;
}

function* repeat(length: number): Iterable<number> {
  while (true) yield length;
}
