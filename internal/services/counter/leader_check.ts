import type { Election } from "../../ports/election.ts";
import type { LeaderHello } from "../../ports/peers.ts";
import { StoreError } from "../../ports/store.ts";

/** Tells why a leader must not be obeyed; null: it may be. */
export type LeaderVerdict = (refusal: string | null) => void;

/**
 * Compares a new leader with the leader key, once for each epoch. The key alone says who leads: a process that only claims to lead could make
 * this node forget hits that nobody has counted.
 *
 * If the store does not answer, two kinds of leaders are obeyed all the same, so that counting goes on while the store is away: the one that
 * this process has found in the key before, and one whose certificate says that it is a node of this cluster. An honest leader whose time is
 * over can do no harm: its transactions fail, and what it publishes was committed.
 */
export class LeaderCheck {
  readonly #election: Election;
  #confirmed: Pick<LeaderHello, "leader" | "epoch"> | null = null;

  constructor(election: Election) {
    this.#election = election;
  }

  /** `authenticated`: whether the leader's certificate says that it is a node of this cluster. */
  check(hello: LeaderHello, authenticated: boolean, verdict: LeaderVerdict): void {
    const { leader, epoch } = hello;
    if (this.#confirmed?.epoch === epoch && this.#confirmed.leader === leader) return verdict(null);
    this.#election.leader().then(
      (key) => {
        if (key?.epoch !== epoch || key.nodeId !== leader) return verdict(notInKey(hello, key?.epoch));
        this.#confirmed = { leader, epoch };
        verdict(null);
      },
      (error: unknown) => {
        if (!(error instanceof StoreError)) throw error;
        verdict(authenticated ? null : `cannot ask the store whether epoch ${epoch} leads: ${error.message}`);
      },
    );
  }
}

function notInKey({ leader, epoch }: LeaderHello, inKey: number | undefined): string {
  const now = inKey === undefined ? "nobody leads" : `epoch ${inKey} leads`;
  return `${leader} does not lead with epoch ${epoch}: by the leader key ${now}`;
}
