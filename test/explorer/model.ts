import { positionOf } from "../../internal/core/ledger/ledger.ts";
import type { Publication } from "../../internal/core/ledger/snapshot.ts";
import type { LogTail } from "../../internal/core/log/batch.ts";
import type { CollectReply } from "../../internal/ports/peers.ts";
import type { Books, ClusterState, Commit, HandOver, LeaderState, SentAnswer, StoreState } from "./cluster_state.ts";
import { allHits, type HitSet } from "./hit_names.ts";
import {
  firstLedger,
  type HeardAnswer,
  keyOfLedger,
  planned,
  publicationFor,
  type StoredLedger,
} from "./leader_steps.ts";
import type { NodeState } from "./node_state.ts";
import { type NodeStep, NodeSteps } from "./node_steps.ts";
import { Memo, type Part, Parts } from "./parts.ts";
import type { Scope } from "./scopes.ts";

/** A node after a step, as a part. */
export interface NodeMove {
  readonly node: Part<NodeState>;
  readonly acknowledged: HitSet;
  readonly answer?: Part<CollectReply>;
  readonly remains?: Part<readonly LogTail[]>;
  readonly taken?: boolean;
}

/** Every piece that was met in one exploration, and what the real code makes of each: run once, remembered. */
export class Model {
  readonly scope: Scope;
  readonly steps: NodeSteps;
  readonly nodes = new Parts<NodeState>();
  readonly ledgers = new Parts<StoredLedger>(keyOfLedger);
  readonly stores = new Parts<StoreState>((s) => `${s.epoch} ${s.headRevision} ${s.ledger.id}`);
  readonly leaders = new Parts<LeaderState>(keyOfLeader);
  readonly answers = new Parts<CollectReply>();
  readonly remains = new Parts<readonly LogTail[]>();
  readonly publications = new Parts<Publication>();
  readonly inboxes = new Parts<readonly Part<Publication>[]>((inbox) => inbox.map(({ id }) => id).join());
  readonly handOvers = new Parts<readonly HandOver[]>();
  readonly commits = new Parts<readonly Commit[]>();
  readonly books = new Parts<Books>((books) => Object.values(books).join());
  readonly #nodeMoves = new Memo<NodeMove | "nothing">();
  readonly #downs = new Memo<readonly Part<NodeState>[]>();
  readonly #plans = new Memo<Part<StoredLedger> | "outdated" | "nothing">();
  readonly #told = new Memo<Part<Publication>>();

  constructor(scope: Scope) {
    this.scope = scope;
    this.steps = new NodeSteps(allHits(scope.hits));
  }

  initial(): ClusterState {
    const { elections, unknownCommits, kills, powerLosses, drains, hours, shortWrites } = this.scope;
    const ledger = this.ledgers.of(firstLedger());
    const sources = this.scope.hits.map(() => []);
    const leader = { epoch: 1, deposed: false, ledger, headRevision: 1, answers: [], stale: [], sources };
    return {
      nodes: this.scope.hits.map((_, node) => this.nodes.of(this.steps.first(node))),
      store: this.stores.of({ epoch: 1, headRevision: 1, ledger }),
      leaders: [this.leaders.of(leader)],
      inboxes: this.scope.hits.map(() => this.inboxes.of([this.tell(ledger, [])])),
      handOvers: this.handOvers.of([]),
      commits: this.commits.of([]),
      books: this.books.of({
        acknowledged: 0,
        excepted: 0,
        elections,
        unknownCommits,
        kills,
        powerLosses,
        drains,
        hours,
        shortWrites,
      }),
    };
  }

  /** A node's step; `what` names it. Null when there is nothing to do. */
  move(
    node: Part<NodeState>,
    what: string,
    step: () => (NodeStep & { answer?: CollectReply; remains?: readonly LogTail[]; taken?: boolean }) | null,
  ): NodeMove | null {
    const move = this.#nodeMoves.get(`${node.id} ${what}`, () => {
      const done = step();
      if (!done) return "nothing";
      const { state, acknowledged, answer, remains, taken } = done;
      return {
        node: this.nodes.of(state),
        acknowledged,
        ...(answer && { answer: this.answers.of(essence(answer)) }),
        ...(remains && { remains: this.remains.of(remains) }),
        ...(taken !== undefined && { taken }),
      };
    });
    return move === "nothing" ? null : move;
  }

  /** Nodes that a node may become without taking part in it. */
  become(node: Part<NodeState>, what: string, step: () => readonly NodeState[]): readonly Part<NodeState>[] {
    return this.#downs.get(`${node.id} ${what}`, () => [...new Set(step().map((state) => this.nodes.of(state)))]);
  }

  answer(node: number, state: Part<NodeState>, { epoch, ledger }: LeaderState): NodeMove {
    const ref = positionOf(ledger.value.ledger);
    const move = this.move(state, `answers ${ledger.id}`, () => this.steps.answer(node, state.value, epoch, ref));
    return move as NodeMove;
  }

  adopt(node: number, state: Part<NodeState>, publication: Part<Publication>): NodeMove {
    const move = this.move(state, `adopts ${publication.id}`, () =>
      this.steps.adopt(node, state.value, publication.value),
    );
    return move as NodeMove;
  }

  /** What `leader` writes after these answers; null: nothing. */
  plan(
    leader: LeaderState,
    chosen: readonly SentAnswer[],
    anHourLater: boolean,
  ): Part<StoredLedger> | "outdated" | null {
    const { epoch, ledger, stale } = leader;
    const heard: HeardAnswer[] = [
      ...stale.map(({ node, answer }) => ({ node, answer: answer.value, stale: true })),
      ...chosen.map(({ node, answer }) => ({ node, answer: answer.value, stale: false })),
    ];
    const key = `${epoch} ${ledger.id} ${stale.map(keyOfSent)} ${chosen.map(keyOfSent)} ${anHourLater}`;
    const plan = this.#plans.get(key, () => {
      const next = planned(ledger.value, epoch, heard, { anHourLater, remembered: this.scope.remembered });
      if (next === null) return "nothing";
      return next === "outdated" ? next : this.ledgers.of(next);
    });
    return plan === "nothing" ? null : plan;
  }

  tell(ledger: Part<StoredLedger>, sources: readonly string[]): Part<Publication> {
    return this.#told.get(`${ledger.id} ${sources}`, () => this.publications.of(publicationFor(ledger.value, sources)));
  }
}

/** An answer without what nobody plans with. */
function essence(answer: CollectReply): CollectReply {
  const unplanned = { epoch: 0, round: 0, hits: 0, pending: 0, indeterminate: 0, begun: [] };
  return { ...answer, ...unplanned, draining: false, drained: false, resync: false };
}

function keyOfLeader({ epoch, deposed, ledger, headRevision, answers, stale, sources }: LeaderState): string {
  const heard = `${answers.map(keyOfSent)} ${stale.map(keyOfSent)} ${sources.join(";")}`;
  return `${epoch} ${deposed} ${ledger.id} ${headRevision} ${heard}`;
}

function keyOfSent({ node, answer }: SentAnswer): string {
  return `${node}:${answer.id}`;
}
