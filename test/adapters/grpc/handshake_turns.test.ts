import assert from "node:assert/strict";
import { setImmediate as turn } from "node:timers/promises";
import { HandshakeTurns } from "../../../internal/adapters/grpc/handshake_turns.ts";
import type { Clock } from "../../../internal/ports/clock.ts";

/** Few handshakes are under way at a time, and each of them begins, whatever became of the others. */
describe("handshakes of a leader", () => {
  /** Timers that are set, until they are cancelled. */
  let timers: Set<() => void>;
  let turns: HandshakeTurns;
  /** Handshakes that have begun, in order, and what ends each. */
  let begun: { readonly name: number; readonly end: (error?: Error) => void }[];
  beforeEach(() => {
    timers = new Set();
    begun = [];
    const after = (_: number, task: () => void) => {
      timers.add(task);
      return () => timers.delete(task);
    };
    turns = new HandshakeTurns({ monotonic: () => 0, wall: () => 0, after, endOfTurn() {} } as Clock);
  });

  function begin(count: number): Promise<PromiseSettledResult<number>[]> {
    const all = Array.from({ length: count }, (_, name) =>
      turns.run(
        () =>
          new Promise<number>((resolve, reject) => {
            begun.push({ name, end: (error) => (error ? reject(error) : resolve(name)) });
          }),
      ),
    );
    return Promise.allSettled(all);
  }

  const names = () => begun.map(({ name }) => name);
  const upTo = (count: number) => Array.from({ length: count }, (_, name) => name);

  it("are at most 64, and the next begins when one is over, whether it failed or not", async () => {
    const all = begin(72);
    await turn();
    assert.deepEqual(names(), upTo(64));
    begun[5]?.end();
    begun[6]?.end(new Error("refused"));
    await turn();
    assert.deepEqual(names(), upTo(66));
    for (let at = 0; at < 72; at++) {
      begun[at]?.end();
      await turn();
    }
    const results = await all;
    assert.deepEqual(
      results.map(({ status }) => status === "fulfilled"),
      upTo(72).map((name) => name !== 6),
    );
    assert.equal(timers.size, 0);
  });

  it("make room for others when they take too long, each for one", async () => {
    begin(200);
    await turn();
    for (const timeOut of [...timers]) timeOut();
    await turn();
    assert.deepEqual(names(), upTo(128));
    for (const { end } of begun.slice(0, 64)) end();
    await turn();
    assert.deepEqual(names(), upTo(128), "a handshake gave its place twice");
    begun[80]?.end();
    await turn();
    assert.deepEqual(names(), upTo(129));
  });

  it("leave all places free when they are over", async () => {
    const first = begin(100);
    for (let at = 0; at < 100; at++) {
      await turn();
      begun[at]?.end();
    }
    await first;
    begun = [];
    begin(72);
    await turn();
    assert.deepEqual(names(), upTo(64));
  });
});
