import type { NodeRow, NodeState } from "../../core/cluster/cluster_view.ts";
import type { LedgerPosition } from "../../core/log/batch.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Member } from "../../ports/discovery.ts";
import type { CollectReply, LeaderHello, LeaderMessage, LeaderStream, NodeReport, Peers } from "../../ports/peers.ts";

/** A node whose stream is broken for this long is shown as unreachable, in milliseconds. */
const BROKEN_AFTER_MS = 3_000;
/** A node that owes an answer for this long on an open stream is shown as unreachable, in milliseconds. */
const MUTE_AFTER_MS = 10_000;
/** A node that owes more answers than this lags. Rounds are counted, not seconds: a leader that was paused itself accuses nobody. */
const LAGGING_AFTER_ROUNDS = 3;
/** Whoever has a page open on a node that owes this many answers is taken for gone. */
const PAGES_GONE_ROUNDS = 2;

export interface FollowerDeps {
  readonly peers: Peers;
  readonly clock: Clock;
  readonly leaderHello: () => LeaderHello;
  readonly saidHello: (follower: Follower) => void;
  readonly replied: (follower: Follower, answer: CollectReply) => void;
  readonly closed: (follower: Follower, reason: string) => void;
}

/** The leader's side of one node: its stream, and what the node last said. */
export class Follower {
  readonly #deps: FollowerDeps;
  #stream: LeaderStream | null = null;
  #retryAt = 0;
  #failures = 0;
  #saidHello = false;
  /** Since when an answer is owed, in monotonic milliseconds; null: nothing was asked, or it was answered. */
  #owedSince: number | null = null;
  /** Rounds that asked since the last answer. */
  #owed = 0;
  #heardAtWall: number | null = null;
  readonly member: Member;
  #said: Member | null = null;
  report: NodeReport | null = null;
  /** Knows a ledger that ours does not follow: it is not collected. */
  foreign = false;
  /** Ledger version that this stream was last sent; null: send everything. Invariant: at most the leader's version. */
  sentVersion: number | null = null;
  /** Whether this stream was sent the full list of nodes. */
  sentNodes = false;

  constructor(member: Member, deps: FollowerDeps) {
    this.member = member;
    this.#deps = deps;
  }

  /** Whether the node has said hello on the stream that is open. */
  get ready(): boolean {
    return this.#stream !== null && this.#saidHello;
  }

  /** Whether the last attempt has come to an end: the node said hello, or could not be reached. */
  get tried(): boolean {
    return this.#saidHello || this.#failures > 0;
  }

  /** Streams that ended or could not be opened since the node was last heard. */
  get failures(): number {
    return this.#failures;
  }

  /** Opens the stream unless it is open, or was refused too recently. */
  ensureOpen(): void {
    if (this.#stream || this.#deps.clock.monotonic() < this.#retryAt) return;
    this.sentVersion = null;
    this.sentNodes = false;
    this.#saidHello = false;
    this.#stream = this.#deps.peers.connect(this.member.peerAddress, {
      message: (message) => this.#receive(message),
      closed: (reason) => this.#closed(reason),
    });
    this.send(this.#deps.leaderHello());
  }

  /** The node shows signs of life: the next attempt is due. */
  retryNow(): void {
    this.#retryAt = 0;
  }

  send(message: LeaderMessage): void {
    if (message.kind === "collect") this.#owed++;
    if (message.kind === "collect" || message.kind === "welcome") this.#owedSince ??= this.#deps.clock.monotonic();
    this.#stream?.send(message);
  }

  close(): void {
    this.#stream?.close();
    this.#stream = null;
  }

  /** What people see of this node. */
  row(): NodeRow {
    const { id, peerAddress } = this.member;
    // What a node says of itself is better than what others can tell, an address in a cluster for one that has a page elsewhere.
    const { name, url, region } = this.#said ?? this.member;
    const { hits = 0, committed = 0, pending = 0, durable = false } = this.report ?? {};
    return {
      id,
      name,
      url,
      peerAddress,
      region,
      state: this.#state(),
      hits,
      committed,
      pending,
      active: this.#active,
      heardAt: this.#heardAtWall,
      durable,
    };
  }

  /** The newest ledger that the node has seen. */
  get known(): LedgerPosition | null {
    return this.report?.known ?? null;
  }

  #state(): NodeState {
    const silence = this.#owedSince === null ? 0 : this.#deps.clock.monotonic() - this.#owedSince;
    if (this.foreign) return "foreign";
    if (this.report === null || silence > (this.ready ? MUTE_AFTER_MS : BROKEN_AFTER_MS)) return "unreachable";
    if (this.#owed > LAGGING_AFTER_ROUNDS) return "lagging";
    if (this.report.draining) return "draining";
    return this.report.refusing ? "refusing" : "counting";
  }

  get #active(): number {
    return this.ready && this.#owed < PAGES_GONE_ROUNDS ? (this.report?.active ?? 0) : 0;
  }

  #receive(message: Parameters<Parameters<Peers["connect"]>[1]["message"]>[0]): void {
    if (message.kind === "hello" && message.member.id !== this.member.id) return this.#displaced(message.member);
    this.#failures = 0;
    this.#saidHello = true;
    this.#owedSince = null;
    this.#owed = 0;
    this.#heardAtWall = this.#deps.clock.wall();
    this.report = message;
    if (message.resync) this.sentVersion = null;
    if (message.kind === "hello") {
      this.#said = message.member;
      this.#deps.saidHello(this);
    } else this.#deps.replied(this, message);
  }

  /**
   * Addresses are given away again: to a node that has its own place on the list, or to one of another cluster, which may not even know its
   * ledger yet and would have its hits counted here.
   */
  #displaced(by: Member): void {
    this.close();
    this.#closed(`another node, ${by.name}, answers at its address`);
  }

  #closed(reason: string): void {
    this.#stream = null;
    this.#owedSince ??= this.#deps.clock.monotonic();
    this.#failures++;
    this.#retryAt = this.#deps.clock.monotonic() + Math.min(10_000, 200 * 2 ** Math.min(this.#failures, 6));
    this.#deps.closed(this, reason);
  }
}
