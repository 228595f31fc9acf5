import type { NodeRow, NodeState } from "../../core/cluster/cluster_view.ts";
import type { LedgerPosition } from "../../core/log/batch.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Member } from "../../ports/discovery.ts";
import type { CollectReply, LeaderHello, LeaderMessage, LeaderStream, NodeReport, Peers } from "../../ports/peers.ts";

/** A node whose stream is broken for this long is shown as unreachable. */
const BROKEN_AFTER_MS = 3_000;
/** A node that owes a reply for this long on an open stream is shown as unreachable. */
const MUTE_AFTER_MS = 10_000;
/** A node that owes more replies than this is lagging. These are rounds, not seconds, so that a leader that was paused itself blames nobody. */
const LAGGING_AFTER_ROUNDS = 3;
/** The open pages of a node that owes this many replies no longer count. */
const PAGES_GONE_ROUNDS = 2;

/** Shortest time between two attempts that a node asked for. Anybody can ask in its name. */
const HURRY_PAUSE_MS = 200;

/** How far a copy of all totals got. */
export interface CopyProgress {
  /** The next page. After the last page comes the first. */
  readonly next: number;
  /** Pages that the node lacks. */
  readonly left: number;
  /** Key of the hash that divides the counters into pages. With another one, the copy must begin anew. */
  readonly seed: string;
}

export interface FollowerDeps {
  readonly peers: Peers;
  readonly clock: Clock;
  readonly leaderHello: () => LeaderHello;
  readonly saidHello: (follower: Follower) => void;
  readonly replied: (follower: Follower, reply: CollectReply) => void;
  readonly closed: (follower: Follower, reason: string) => void;
}

/** The leader's side of one node: its stream, and its last report. */
export class Follower {
  readonly #deps: FollowerDeps;
  #stream: LeaderStream | null = null;
  #retryAt = 0;
  #hurriedAt = Number.NEGATIVE_INFINITY;
  #failures = 0;
  #saidHello = false;
  /** Monotonic milliseconds since when the node owes a reply; null: it owes none. */
  #owedSince: number | null = null;
  /** Collects sent since the last reply. */
  #owed = 0;
  #heardAtWall: number | null = null;
  readonly member: Member;
  /** The node's own description of itself, from its hello. */
  #said: Member | null = null;
  report: NodeReport | null = null;
  /** Whether the node knows a ledger that ours does not follow. Such a node is not collected. */
  foreign = false;
  /** The highest format of the ledger that the node's program knows, by its last hello. */
  knows = 1;
  /** Ledger version last sent on this stream; null: send everything. Invariant: at most the leader's version. */
  sentVersion: number | null = null;
  /** The copy of all totals that this stream gets part by part; null: it has all. */
  copy: CopyProgress | null = null;
  /** Whether its release takes no copies in parts, and the ledger is too large for one message. Such a node is not collected. */
  tooOld = false;
  /** Whether the full list of nodes was sent on this stream. */
  sentNodes = false;

  constructor(member: Member, deps: FollowerDeps) {
    this.member = member;
    this.#deps = deps;
  }

  /** Whether the node has said hello on the open stream. */
  get ready(): boolean {
    return this.#stream !== null && this.#saidHello;
  }

  /** Whether an attempt to reach the node has ended: it said hello, or the stream failed. */
  get tried(): boolean {
    return this.#saidHello || this.#failures > 0;
  }

  /** Streams that failed since the node was last heard. */
  get failures(): number {
    return this.#failures;
  }

  /** Whether it has replied to everything that it was asked. */
  get replied(): boolean {
    return this.ready && this.#owed === 0;
  }

  /** Opens the stream, unless it is open or failed too recently. */
  ensureOpen(): void {
    if (this.#stream || this.#deps.clock.monotonic() < this.#retryAt) return;
    this.#sendAnew();
    this.sentNodes = false;
    this.#saidHello = false;
    this.#stream = this.#deps.peers.connect(this.member.peerAddress, {
      message: (message) => this.#receive(message),
      closed: (reason) => this.#closed(reason),
    });
    this.send(this.#deps.leaderHello());
  }

  #sendAnew(): void {
    this.sentVersion = null;
    this.copy = null;
  }

  /** Opens a new stream in place of one whose certificates end soon. True if it did. Call between rounds: the next collect needs the new one. */
  renewIfDue(): boolean {
    if (!this.#stream?.renewalDue || !this.ready) return false;
    this.close();
    this.ensureOpen();
    return true;
  }

  /** Makes the next attempt due at once: the node says that it is alive. Not more often than a live node says so. */
  retryNow(): void {
    const now = this.#deps.clock.monotonic();
    if (now - this.#hurriedAt < HURRY_PAUSE_MS) return;
    this.#hurriedAt = now;
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

  /** This node's row for people. */
  row(): NodeRow {
    const { id, peerAddress } = this.member;
    // A node's own description is better than discovery's, which for example may not know the public address of its pages.
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

  /** The newest ledger that the node has seen, by its last report. */
  get known(): LedgerPosition | null {
    return this.report?.known ?? null;
  }

  #state(): NodeState {
    const silence = this.#owedSince === null ? 0 : this.#deps.clock.monotonic() - this.#owedSince;
    if (this.foreign) return "foreign";
    if (this.report === null || silence > (this.ready ? MUTE_AFTER_MS : BROKEN_AFTER_MS)) return "unreachable";
    if (this.#owed > LAGGING_AFTER_ROUNDS || this.tooOld) return "lagging";
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
    if (message.resync) this.#sendAnew();
    if (message.kind === "hello") {
      this.#said = message.member;
      this.knows = message.knows;
      this.#deps.saidHello(this);
    } else this.#deps.replied(this, message);
  }

  /**
   * Drops a stream on which another node replied, because an address can be reused. The other node either has its own place on the list, or
   * is of another cluster. If that one knows no ledger yet, its hits would be counted here.
   */
  #displaced(by: Member): void {
    this.close();
    this.#closed(`another node, ${by.name}, replies at its address`);
  }

  #closed(reason: string): void {
    this.#stream = null;
    this.#owedSince ??= this.#deps.clock.monotonic();
    this.#failures++;
    this.#retryAt = this.#deps.clock.monotonic() + Math.min(10_000, 200 * 2 ** Math.min(this.#failures, 6));
    this.#deps.closed(this, reason);
  }
}
