import assert from "node:assert/strict";
import type { Operation, Write } from "./history.ts";
import { judge, until } from "./judge.ts";

const LOST = { error: "no answer", mayBeApplied: true };

/** The judge of client histories: what one store can have answered is right, and each mistake is told. */
describe("the judge of what clients were answered", () => {
  const RIGHT = [write("a", 0, 1, { revision: 10 }), write("b", 10, 2, { revision: 11 }), read(11, "b", 3)];

  it("finds nothing in answers of one store", () => {
    assert.deepEqual(judge(RIGHT), []);
    assert.deepEqual(judge([...RIGHT, scan("b", 4), write("c", 11, 5, LOST), scan("c", 6), scan("c", 7)]), []);
    const refused = write("c", 10, 4, { refusedAt: 11, epoch: 7 });
    const led = [campaign(7, 3.9), write("d", 11, 5, { revision: 12 }, 7), leader(7, 6), leader(null, 8)];
    assert.deepEqual(judge([...RIGHT, refused, ...led]), []);
  });

  it("takes a lost answer for neither yes nor no", () => {
    assert.deepEqual(judge([...RIGHT, write("c", 11, 4, LOST)]), []);
    assert.deepEqual(judge([...RIGHT, write("c", 11, 4, LOST), read(12, "c", 5), read(12, "c", 6)]), []);
    // Also if it takes effect long after its client gave up.
    assert.deepEqual(judge([...RIGHT, write("c", 11, 4, LOST), read(11, "b", 9), read(12, "c", 10)]), []);
  });

  tells("a read that is older than what had been answered", /read at 10, after 11/, [...RIGHT, read(10, "a", 4)]);
  tells("a read of the time before a write", /told read at 0, after 11/, [...RIGHT, read(0, null, 4)]);
  tells("a refusal that is older than what had been answered", /told write at 10, after 11/, [
    ...RIGHT,
    write("c", 5, 4, { refusedAt: 10, epoch: null }),
  ]);
  tells("a write that was lost", /c at 12 is based on 10, and 11 was before it/, [
    ...RIGHT,
    write("c", 10, 4, { revision: 12 }),
  ]);
  tells("a value that nobody wrote", /saw x, which nobody wrote/, [...RIGHT, read(12, "x", 4)]);
  tells("the effect of a write that was refused", /answered with a refusal/, [
    ...RIGHT,
    write("c", 11, 4, { refusedAt: 11, epoch: null }),
    read(12, "c", 5),
  ]);
  tells("the effect of a write that was answered with no", /"away", not applied/, [
    ...RIGHT,
    write("c", 11, 4, { error: "away", mayBeApplied: false }),
    read(12, "c", 5),
  ]);
  tells("a value at two revisions", /b is at the revisions 11 and 12/, [...RIGHT, read(12, "b", 4)]);
  tells("parts of two writes", /parts of two writes: b,a/, [
    ...RIGHT,
    { ...at(4), call: "read", answer: { head: 11, values: ["b", "a"], epoch: null } },
  ]);
  tells("a scan that is older than what had been answered", /told scan at 10, after 11/, [...RIGHT, scan("a", 4)]);
  tells("a scan of the time before a write", /told scan at 0, after 11/, [...RIGHT, scan(null, 4)]);
  tells("a scan of a value that nobody wrote", /saw x, which nobody wrote/, [...RIGHT, scan("x", 4)]);
  tells("a scan of parts of two writes", /parts of two writes: b,a/, [
    ...RIGHT,
    { ...at(4), call: "scan", answer: { values: ["b", "a"] } },
  ]);
  tells("a commit of an epoch that was over", /c of epoch 5 took effect at 12, after epoch 7/, [
    ...RIGHT,
    campaign(7, 3),
    write("c", 11, 4, { revision: 12 }, 5),
  ]);
  tells("a leader that was over", /epoch 5 by leader, after epoch 7/, [campaign(7, 0), leader(5, 2)]);
  tells("no leader while one led", /told by leader that nobody leads, in epoch 7/, [
    ...RIGHT,
    campaign(7, 0),
    leader(null, 2),
    write("c", 11, 4, { revision: 12 }, 7),
  ]);
  tells("a renewal of an epoch that was over", /epoch 5 by renew, after epoch 7/, [
    campaign(7, 0),
    { ...at(2), call: "renew", epoch: 5, answer: { renewed: true } },
  ]);

  it("leaves out what had not ended, and keeps the writes that may be seen", () => {
    const history = [write("a", 0, 1, LOST), read(0, null, 1), read(0, null, 2), write("b", 0, 3, LOST)];
    assert.deepEqual(until(2_001, history), history.slice(0, 2));
  });
});

function tells(mistake: string, words: RegExp, history: readonly Operation[]): void {
  it(`tells ${mistake}`, () => {
    const wrong = judge(history);
    assert.ok(
      wrong.some((text) => words.test(text)),
      wrong.join("\n"),
    );
  });
}

/** Each operation ends before the next moment. */
function at(moment: number) {
  return { client: "anne", begin: moment * 1_000, end: moment * 1_000 + 50 };
}

function write(value: string, expected: number, moment: number, answer: Write["answer"], epoch: number | null = null) {
  return { ...at(moment), call: "write", epoch, expected, value, answer } satisfies Operation;
}

function read(head: number, value: string | null, moment: number): Operation {
  return { ...at(moment), call: "read", answer: { head, values: [value, value], epoch: null } };
}

function scan(value: string | null, moment: number): Operation {
  return { ...at(moment), call: "scan", answer: { values: [value, value] } };
}

function leader(epoch: number | null, moment: number): Operation {
  return { ...at(moment), call: "leader", answer: { epoch } };
}

function campaign(epoch: number, moment: number): Operation {
  return { ...at(moment), call: "campaign", answer: { epoch } };
}
