import type { KeyedHit } from "../../internal/core/keys/keyed_hit.ts";
import { positionOf } from "../../internal/core/ledger/ledger.ts";
import type { NodeKnowledge } from "../../internal/core/ledger/loss_detection.ts";
import type { Publication } from "../../internal/core/ledger/snapshot.ts";
import type { LogTail } from "../../internal/core/log/batch.ts";
import type { KeyedOutcome } from "../../internal/ports/counting.ts";
import type { CollectReply } from "../../internal/ports/peers.ts";
import { NOTHING_ASKED } from "./adjusting.ts";
import { checkAgreement } from "./agreement.ts";
import type {
  Books,
  ClusterState,
  Commit,
  HandOver,
  LeaderState,
  SentAnswer,
  StoreImage,
  StoreState,
} from "./cluster_state.ts";
import { allHits, type HitSet, letter, VISITED } from "./hit_names.ts";
import { KEYED_HIT, NOTHING_SENT } from "./keyed.ts";
import {
  firstLedger,
  type HeardAnswer,
  keyOfStored,
  ledgerId,
  type NodeVerdicts,
  type Planned,
  planned,
  publicationFor,
  type StoredLedger,
} from "./leader_steps.ts";
import type { NodeState } from "./node_state.ts";
import { type NodeStep, NodeSteps } from "./node_steps.ts";
import type { PaperDisk } from "./paper_disk.ts";
import { canonical, Memo, type Part, Parts } from "./parts.ts";
import { budgetOf, type Scope } from "./scopes.ts";

/** A node after a step, as a part. */
export interface NodeMove {
  readonly node: Part<NodeState>;
  readonly acknowledged: HitSet;
  readonly outcomes: readonly KeyedOutcome[];
  readonly answer?: Part<CollectReply>;
  readonly remains?: Part<readonly LogTail[]>;
  readonly taken?: boolean;
}

/** What a leader's round comes to: the ledger that it writes, or null, and its verdicts about requests with a key. */
export interface RoundMove {
  readonly next: Part<StoredLedger> | null;
  readonly verdicts: Planned["verdicts"];
  readonly markVerdicts: Planned["markVerdicts"];
  readonly adjusted: Planned["adjusted"];
}

/** A leader whose queue of adjustments is empty. */
export const NO_ASKS = { asks: [], unsettled: false };

/** Every piece that was met in one exploration, and what the real code makes of each: run once, remembered. */
export class Model {
  readonly scope: Scope;
  readonly steps: NodeSteps;
  readonly nodes = new Parts<NodeState>();
  readonly ledgers = new Parts<StoredLedger>(keyOfStored);
  readonly stores = new Parts<StoreState>((s) => `${keyOfImage(s)} ${s.backup && keyOfImage(s.backup)} ${s.lost}`);
  readonly leaders = new Parts<LeaderState>(keyOfLeader);
  readonly answers = new Parts<CollectReply>();
  readonly remains = new Parts<readonly LogTail[]>();
  readonly publications = new Parts<Publication>();
  readonly inboxes = new Parts<readonly Part<Publication>[]>((inbox) => inbox.map(({ id }) => id).join());
  readonly handOvers = new Parts<readonly HandOver[]>();
  readonly commits = new Parts<readonly Commit[]>();
  readonly books = new Parts<Books>(({ left, keyed, adjusted, ...books }) =>
    [books, left, keyed, ...adjusted].flatMap((one) => Object.values(one)).join(),
  );
  readonly disks = new Parts<PaperDisk>();
  readonly #nodeMoves = new Memo<NodeMove | "nothing">();
  readonly #downs = new Memo<readonly Part<NodeState>[]>();
  readonly #plans = new Memo<RoundMove | "outdated">();
  readonly #told = new Memo<Part<Publication>>();
  /** The ledger that each publication tells of. */
  readonly #publishedFrom = new Map<Part<Publication>, StoredLedger>();

  constructor(scope: Scope) {
    this.scope = scope;
    const keyed = scope.keyed.length > 0 ? [KEYED_HIT] : [];
    const imported = scope.adjust.flatMap((change) => (change.action === "import" ? change.lines : []));
    const visited = scope.visits.length > 0 ? [VISITED] : [];
    const names = [...allHits(scope.hits), ...keyed, ...visited, ...imported.map(({ counter }) => counter)];
    const { visitTimes } = scope;
    this.steps = new NodeSteps(
      { names, visitTimes },
      { mostShown: scope.clone ? 2 : 1, mayFall: scope.adjust.length > 0 },
    );
  }

  initial(): ClusterState {
    const ledger = this.ledgers.of(firstLedger(ledgerId(0), 1));
    const sources = this.scope.hits.map(() => []);
    const known = this.scope.hits.map(() => null);
    const heard = { answers: [], contradicting: [], stale: [], sources, known };
    const leader = { epoch: 1, deposed: false, ledger, headRevision: 1, own: ledger, ...heard, ...NO_ASKS };
    return {
      nodes: this.scope.hits.map((_, node) => this.nodes.of(this.#firstLife(node))),
      store: this.stores.of({ epoch: 1, headRevision: 1, ledger, lost: null, backup: null }),
      leaders: [this.leaders.of(leader)],
      inboxes: this.scope.hits.map((_, node) => this.inboxes.of(this.#isClone(node) ? [] : [this.tell(ledger, [])])),
      handOvers: this.handOvers.of([]),
      commits: this.commits.of([]),
      books: this.books.of({
        acknowledged: 0,
        excepted: 0,
        undone: 0,
        ledgers: 0,
        keyed: NOTHING_SENT,
        visited: 0,
        adjusted: this.scope.adjust.map(() => NOTHING_ASKED),
        left: budgetOf(this.scope),
      }),
      cut: 0,
      copy: null,
    };
  }

  /** Whether a ledger can be lost here, or a disk older than what its node saw: then it matters what each node knows. */
  get remembersKnowledge(): boolean {
    return this.scope.restores > 0 || this.scope.wipes > 0;
  }

  #isClone(node: number): boolean {
    return this.scope.clone && node === this.scope.hits.length - 1;
  }

  #firstLife(node: number): NodeState {
    return this.#isClone(node) ? this.steps.absent(node) : this.steps.first(node);
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
      const { state, acknowledged, outcomes, answer, remains, taken } = done;
      return {
        node: this.nodes.of(state),
        acknowledged,
        outcomes,
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

  answer(node: number, state: Part<NodeState>, epoch: number, ledger: Part<StoredLedger>): NodeMove {
    const ref = positionOf(ledger.value.ledger);
    const move = this.move(state, `answers ${ledger.id}`, () => this.steps.answer(node, state.value, epoch, ref));
    return move as NodeMove;
  }

  /** Throws Violation if the node judges its logs by this snapshot in another way than a leader at its version. */
  adopt(node: number, state: Part<NodeState>, publication: Part<Publication>): NodeMove {
    const move = this.move(state, `adopts ${publication.id}`, () => {
      const step = this.steps.adopt(node, state.value, publication.value);
      checkAgreement(state.value, step.state, publication.value, this.#publishedFrom.get(publication)!);
      return step;
    });
    return move as NodeMove;
  }

  /** What `leader`, who is at `ledger`, writes after these answers; null: nothing. */
  plan(
    leader: LeaderState,
    ledger: Part<StoredLedger>,
    chosen: readonly SentAnswer[],
    anHourLater: boolean,
    store: Part<StoredLedger>,
  ): RoundMove | "outdated" {
    const { epoch, stale } = leader;
    const known = nodesKnowing(leader);
    const heard: HeardAnswer[] = [
      ...stale.map(({ node, answer }) => ({ node, answer: answer.value, stale: true })),
      ...chosen.map(({ node, answer }) => ({ node, answer: answer.value, stale: false })),
    ];
    const key = `${epoch} ${ledger.id} ${stale.map(keyOfSent)} ${chosen.map(keyOfSent)} ${anHourLater} ${keyOfKnown(leader)} ${keyOfAsks(leader)} ${leader.asks.length > 0 && store.id}`;
    const { remembered, keyed, visits, adjust, auditEntries } = this.scope;
    return this.#plans.get(key, () => {
      const how = {
        anHourLater,
        remembered,
        keyed: keyed.length > 0,
        visitTimes: visits.length > 0 ? this.scope.visitTimes : null,
        asks: leader.asks,
        adjust,
        lookedUp: store.value.entries,
        auditEntries,
      };
      const round = planned(ledger.value, epoch, heard, known, how);
      return round === "outdated" ? round : { ...round, next: round.next && this.ledgers.of(round.next) };
    });
  }

  tell(ledger: Part<StoredLedger>, sources: readonly string[], verdicts: NodeVerdicts = {}): Part<Publication> {
    return this.#told.get(`${ledger.id} ${sources} ${canonical(verdicts)}`, () => {
      const publication = this.publications.of(publicationFor(ledger.value, sources, verdicts));
      this.#publishedFrom.set(publication, ledger.value);
      return publication;
    });
  }
}

/** What `leader` knows of ledgers, by its own node and by the last word of the others. Follows `LedgerKnowledge`. */
export function nodesKnowing({ own, known }: LeaderState): NodeKnowledge[] {
  const ownPosition = own && positionOf(own.value.ledger);
  return [
    { name: "its own node", known: ownPosition },
    ...known.map((one, node) => ({ name: letter(node), known: one })),
  ];
}

/** An answer without what nobody plans with. Of the clocks, only the leader's counts: it may be wrong as theirs may be. */
function essence(answer: CollectReply): CollectReply {
  const unplanned = { epoch: 0, round: 0, hits: 0, pending: 0, indeterminate: 0, begun: [], clock: null };
  const keyed = answer.keyed ? { ...answer.keyed, hits: answer.keyed.hits.map(onTheWire) } : null;
  return { ...answer, ...unplanned, draining: false, drained: false, resync: false, keyed };
}

/** An offer without what only its node knows of it. */
function onTheWire({ number, key, counter, by }: KeyedHit): KeyedHit {
  return { number, key, counter, by };
}

function keyOfLeader(leader: LeaderState): string {
  const { epoch, deposed, ledger, headRevision, answers, stale, sources } = leader;
  const heard = `${answers.map(keyOfSent)} ${stale.map(keyOfSent)} ${sources.join(";")} ${keyOfKnown(leader)} ${leader.contradicting.map(keyOfSent)} ${keyOfAsks(leader)}`;
  return `${epoch} ${deposed} ${ledger?.id} ${headRevision} ${heard}`;
}

function keyOfAsks({ asks, unsettled }: LeaderState): string {
  return `${asks.map(({ change, attempted }) => `${change}${attempted ? "!" : ""}`)} ${unsettled}`;
}

function keyOfKnown({ own, known }: LeaderState): string {
  return `${own?.id} ${known.map((one) => one && `${one.id}@${one.version} ${one.writer}`)}`;
}

function keyOfImage({ epoch, headRevision, ledger }: StoreImage): string {
  return `${epoch} ${headRevision} ${ledger.id}`;
}

function keyOfSent({ node, answer }: SentAnswer): string {
  return `${node}:${answer.id}`;
}
