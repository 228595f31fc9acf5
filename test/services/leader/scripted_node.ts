import type { Clock } from "../../../internal/ports/clock.ts";
import type { LeaderMessage, LeaderStreamEvents } from "../../../internal/ports/peers.ts";
import type { FollowerDeps } from "../../../internal/services/leader/follower.ts";

export const STILL: Clock = { monotonic: () => 0, wall: () => 0, after: () => () => {}, endOfTurn() {} };

/** The node's end of a leader's stream, played by a test. */
export class ScriptedNode {
  #events: LeaderStreamEvents | undefined;
  readonly #told: (message: LeaderMessage) => void;

  /** `told` is called with all that the leader sends. */
  constructor(told: (message: LeaderMessage) => void = () => {}) {
    this.#told = told;
  }

  /** What the leader's side needs. The stream is the only connection: other calls reject. */
  deps(clock = STILL): FollowerDeps {
    const unused = () => Promise.reject(new Error("a leader's connection makes no calls"));
    const calls = {
      announce: unused,
      reach: unused,
      hears: unused,
      getStatus: unused,
      handOff: unused,
      adjust: unused,
    };
    const connect = (_: string, events: LeaderStreamEvents) => {
      this.#events = events;
      return { renewalDue: false, send: this.#told, close() {} };
    };
    return {
      peers: { connect, ...calls },
      clock,
      leaderHello: () => ({ kind: "welcome", leader: "l", epoch: 1, ledger: null, adopted: [] }),
      saidHello() {},
      replied() {},
      closed() {},
    };
  }

  get says(): LeaderStreamEvents {
    if (!this.#events) throw new Error("the leader has not connected yet");
    return this.#events;
  }
}
