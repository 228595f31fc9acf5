import type { Publication } from "../../internal/core/ledger/snapshot.ts";
import type { LedgerRef, LogTail } from "../../internal/core/log/batch.ts";
import type { KeyedOutcome } from "../../internal/ports/counting.ts";
import type { CollectReply } from "../../internal/ports/peers.ts";
import { type HitSet, hitsIn } from "./hit_names.ts";
import { NO_REQUESTS } from "./keyed.ts";
import { isAnswer, LiveNode, nextHit } from "./live_node.ts";
import { NO_PAGE, type NodeState } from "./node_state.ts";
import { afterPowerLoss, PaperDirectory, type PaperDisk, type Trouble } from "./paper_disk.ts";
import { Violation } from "./parts.ts";
import { NO_VISITS, type VisitTimes } from "./visitors.ts";

/** A node after a step, and the hits that it acknowledged in it. */
export interface NodeStep {
  readonly state: NodeState;
  readonly acknowledged: HitSet;
  /** What requests with a key were answered in it. */
  readonly outcomes: readonly KeyedOutcome[];
}

/** What pages of a scope may show. */
export interface PageRules {
  /** Hits of a page. A node whose disk was copied shows what the copy commits of a log that it has not offered twice, until it offers it. */
  readonly mostShown: number;
  /** Whether counters are adjusted. */
  readonly mayFall: boolean;
}

/** What the nodes of a scope may be asked. */
export interface NodeWorld {
  /** Every hit that can ever be. */
  readonly names: readonly string[];
  readonly visitTimes: VisitTimes;
}

/** What one node can do, as functions of plain data. */
export class NodeSteps {
  readonly #world: NodeWorld;
  readonly #rules: PageRules;

  constructor(world: NodeWorld, rules: PageRules) {
    this.#world = world;
    this.#rules = rules;
  }

  /** The first life on an empty disk. */
  first(node: number): NodeState {
    return this.start(node, this.absent(node));
  }

  /** Another disk is put into a machine that is down. */
  withDisk(state: NodeState, disk: PaperDisk): NodeState {
    return down(state, disk);
  }

  /** A machine on which nothing has run yet. */
  absent(node: number): NodeState {
    return { ...nobody({ files: [], known: null }, 0), node, status: "down", arrived: 0 };
  }

  /** Follows `Node.open`. */
  start(node: number, state: NodeState): NodeState {
    const live = new LiveNode(node, state, this.#world);
    live.beginsLife();
    live.heldLogs.open();
    live.known.open([...live.heldLogs.all()].flatMap(({ log }) => log.firstOffer ?? []));
    return checked(null, live.layDown(), this.#rules);
  }

  /** A hit arrives; its turn may end with it. */
  hit(node: number, state: NodeState, turnEnds: boolean, trouble: Trouble = "none"): NodeStep {
    const step = this.#step(
      node,
      state,
      (live) => {
        live.hit(nextHit(node, state));
        if (turnEnds) live.hits.flush();
      },
      trouble,
    );
    return { ...step, state: { ...step.state, arrived: state.arrived + 1 } };
  }

  /** A request with the key arrives. */
  keyedHit(node: number, state: NodeState): NodeStep {
    return this.#step(node, state, (live) => live.keyedHit());
  }

  /** The visitor comes, when the node's clock is in this period: the first or the second one. */
  visit(node: number, state: NodeState, period: number): NodeStep {
    return this.#step(node, state, (live) => live.visit(period));
  }

  /** The deadline of all requests that wait passes. */
  deadline(node: number, state: NodeState): NodeStep {
    return this.#step(node, state, (live) => live.endKeyed());
  }

  endTurn(node: number, state: NodeState): NodeStep {
    return this.#step(node, state, (live) => live.hits.flush());
  }

  /** Answers a leader's collect. The round is filled in where the answer arrives. */
  answer(
    node: number,
    state: NodeState,
    epoch: number,
    ledger: LedgerRef,
  ): NodeStep & { readonly answer: CollectReply } {
    let answer: CollectReply | undefined;
    const step = this.#step(node, state, (live) => {
      const message = live.hear(epoch, { kind: "collect", epoch, round: 0, ledger });
      if (!isAnswer(message)) return;
      if (!live.reportsIndeterminate(message)) throw new Violation("a node does not report what it cannot place");
      answer = message;
    });
    if (!answer) throw new Violation("a collect was not answered");
    return { ...step, answer };
  }

  adopt(node: number, state: NodeState, publication: Publication): NodeStep {
    return this.#step(node, state, (live) => void live.hear(1, { kind: "published", publication }));
  }

  /** SIGTERM. Follows `Node.drain` and the beginning of `Drain.run`. */
  drain(node: number, state: NodeState): NodeStep {
    return this.#step(node, state, (live) => {
      live.draining = true;
      live.hits.close();
      live.heldLogs.close();
    });
  }

  /** Follows `Drain.#handTo` up to its call, for a receiver that knows `receiver`; null when there is nothing to hand over. */
  handOver(
    node: number,
    state: NodeState,
    receiver: LedgerRef | null,
  ): (NodeStep & { remains: readonly LogTail[] }) | null {
    let remains: readonly LogTail[] = [];
    const step = this.#step(node, state, (live) => {
      const logs = [...live.heldLogs.all()];
      const ledger = receiver ?? logs.find(({ log }) => log.firstOffer)?.log.firstOffer;
      if (!ledger || leftBy(state) === 0) return;
      remains = live.heldLogs.tails(ledger, new Set(live.handedOver));
    });
    return remains.length > 0 ? { ...step, remains } : null;
  }

  /** The receiver's side; `taken` is its answer. */
  take(node: number, state: NodeState, remains: readonly LogTail[]): NodeStep & { readonly taken: boolean } {
    let taken = false;
    const step = this.#step(node, state, (live) => {
      taken = live.takeRemains(remains);
    });
    return { ...step, taken };
  }

  /** The receiver's yes. Follows the end of `Drain.#handTo`. */
  taken(node: number, state: NodeState, remains: readonly LogTail[]): NodeStep {
    return this.#step(node, state, (live) => {
      live.handedOver = [...new Set([...live.handedOver, ...remains.map(({ source }) => source)])].sort();
    });
  }

  kill(state: NodeState): NodeState {
    return down(state, state.disk);
  }

  losePower(state: NodeState): NodeState[] {
    return afterPowerLoss(state.disk).map((disk) => down(state, disk));
  }

  /** It left, and its disk with it. */
  destroy(state: NodeState): NodeState {
    return { ...down(state, { files: [], known: null }), status: "gone" };
  }

  #step(node: number, state: NodeState, act: (live: LiveNode) => void, trouble: Trouble = "none"): NodeStep {
    const live = new LiveNode(node, state, this.#world, trouble);
    act(live);
    const { acknowledged, outcomes } = live;
    return { state: checked(state, live.layDown(), this.#rules), acknowledged, outcomes };
  }
}

/** Hits that keep a draining node here. Follows `Drain.#left`. */
export function leftBy({ own, carried, handedOver }: NodeState): number {
  const logs = own ? [own, ...carried] : carried;
  const kept = logs.filter(({ id, indeterminate }) => !indeterminate && !handedOver.includes(id));
  return kept.reduce((sum, { end, shown }) => sum + end - shown, 0);
}

/** What a page says of a hit: 1 once it is in, never more. */
export function shownHits({ page }: NodeState): ReadonlyMap<string, number> {
  const shown = new Map(page.pending.map(([name, hits]) => [name, hits]));
  for (let bits = page.committed, bit = 0; bits >> bit; bit++) {
    if (!(bits & (1 << bit))) continue;
    const name = nameOf(bit);
    shown.set(name, (shown.get(name) ?? 0) + 1);
  }
  return shown;
}

function nameOf(bit: number): string {
  return `${String.fromCharCode(97 + (bit >> 2))}${(bit & 3) + 1}`;
}

function down(state: NodeState, disk: PaperDisk): NodeState {
  const keyed = { ...NO_REQUESTS, life: state.keyed.life, arrived: state.keyed.arrived };
  const visits = { ...NO_VISITS, arrived: state.visits.arrived };
  return { ...nobody(disk, state.ids), keyed, visits, node: state.node, arrived: state.arrived, status: "down" };
}

function nobody(disk: PaperDisk, ids: number): Omit<NodeState, "node" | "arrived" | "status"> {
  const logs = new PaperDirectory(disk).recover();
  return {
    ids,
    turn: [],
    draining: false,
    keyed: NO_REQUESTS,
    visits: NO_VISITS,
    own: null,
    carried: [],
    page: NO_PAGE,
    known: null,
    handedOver: [],
    disk,
    held: hitsIn(logs.flatMap(({ segments }) => segments)),
    indeterminate: 0,
  };
}

/** Only a new generation may show less, and the end of one of which this node has not heard. */
function isReplaced(name: string, before: NodeState, after: NodeState): boolean {
  const [was, is] = [before, after].map(({ page }) => new Map(page.generations).get(name));
  return was === undefined || was !== is;
}

/** What must hold of every node after every step of its life. Throws Violation. */
function checked(before: NodeState | null, after: NodeState, { mostShown, mayFall }: PageRules): NodeState {
  const shown = shownHits(after);
  for (const [name, hits] of shown)
    if (hits < 0 || hits > mostShown) throw new Violation(`a page shows hit ${name} ${hits} times`);
  if (!before?.page.ledger) return after;
  // An adoption is a person's decision to show what is left.
  if (after.page.ledger && after.page.ledger.id !== before.page.ledger.id) return after;
  if (!after.page.ledger || after.page.ledger.version < before.page.ledger.version)
    throw new Violation("a page went back to an older ledger");
  for (const [name, hits] of shownHits(before))
    if (Math.min(hits, 1) > (shown.get(name) ?? 0) && !(mayFall && isReplaced(name, before, after)))
      throw new Violation(`a page stepped back: it showed hit ${name} and does not any more`);
  if (before.known?.id === after.known?.id && (after.known?.version ?? 0) < (before.known?.version ?? 0))
    throw new Violation("a node knows an older ledger than before");
  return after;
}
