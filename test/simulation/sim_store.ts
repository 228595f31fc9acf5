import type { KeyId } from "../../internal/core/keys/idempotency_key.ts";
import type { AuditEntry } from "../../internal/core/ledger/adjustment.ts";
import { decodeAuditEntry } from "../../internal/core/ledger/audit_entries.ts";
import { decodeHead } from "../../internal/core/ledger/head_encoding.ts";
import { keysInEntry } from "../../internal/core/ledger/key_entries.ts";
import { audit } from "../../internal/core/ledger/ledger.ts";
import { decodeLedger } from "../../internal/core/ledger/ledger_reading.ts";
import type { Discovery, Member } from "../../internal/ports/discovery.ts";
import type { Election, LeaderIdentity, Lease } from "../../internal/ports/election.ts";
import {
  type CommitOutcome,
  type EntryRange,
  type KeyHolder,
  type LeaderKey,
  type ScannedEntries,
  type Store,
  StoreError,
  type StoreHead,
  type Writes,
} from "../../internal/ports/store.ts";
import { checkWrites, headRevisionAfter } from "../../internal/ports/store_writes.ts";
import { entriesAfter, scanned } from "../ports/store/entries.ts";
import type { LedgerBook, SavedLedger } from "./ledger_book.ts";
import type { SimProcess, World } from "./world.ts";

/** What a store has at one moment. */
interface StoreImage extends Omit<StoreHead, "head"> {
  readonly entries: ReadonlyMap<string, Uint8Array>;
}

export type StoreKind = "etcd" | "embedded";

const TTL = 3_000;
const CALL_TIMEOUT = 1_000;
const REGISTRATION_TTL = 10_000;

interface StoredKey extends KeyHolder, LeaderIdentity {
  readonly beat: number;
}

interface Backup {
  readonly entries: ReadonlyMap<string, Uint8Array>;
  readonly headRevision: number;
  readonly revision: number;
  readonly leader: SimStore["leader"];
  readonly saved: SavedLedger | undefined;
}

/** The store. It has the semantics that etcd and the embedded store share, and the leases of each, which differ. */
export class SimStore {
  readonly #world: World;
  readonly kind: StoreKind;
  entries = new Map<string, Uint8Array>();
  headRevision = 0;
  /** What the head says that a program must know. The entries themselves stay as they are. */
  formats: { readonly format: number; readonly reads?: number; readonly writes?: number } | null = null;
  revision = 1;
  /** Changes what readers get of the entries, which stay as they are. */
  spoil: ((entries: Map<string, Uint8Array>) => void) | null = null;
  leader: (StoredKey & { renewedAt: number }) | null = null;
  readonly members = new Map<string, { member: Member; seenAt: number }>();
  /** Whether no call gets through. */
  away = false;
  /** Names of processes that cannot reach it. */
  readonly cutOff = new Set<string>();
  full = false;
  /** What it says of its space. */
  usedShare = 0;
  /** Chance that a store without space carries a call out, and then says that it had no space: etcd checks its quota twice. */
  fullApplies = 0;
  /** Chance that a response is lost although the call was carried out. */
  loseAnswers = 0;
  /** Chance that a call arrives only after its caller gave up. */
  delayCalls = 0;
  /** Chance that a call never arrives. */
  loseRequests = 0;
  /** Bytes that one answer to a scan has at most, and how much longer than other calls it takes: over a slow link, to a reader far away. */
  chunkBytes = Number.POSITIVE_INFINITY;
  scanMs = 0;
  /** Name of a process whose calls a member without a vote refuses. */
  learnerOf: string | null = null;
  /** Calls that any of these troubles changed; those that were carried out and refused; reads of a format that the reader does not know. */
  disturbed = 0;
  appliedAndRefused = 0;
  unreadable = 0;
  /** Whether discovery is outside the store, as in Kubernetes. It then works while the store is away. */
  discoveryApart = false;
  /** Whether dead nodes stay listed, like the pods of a dead machine. */
  listsTheDead = false;
  /** Whether discovery fails, and fails fast: the Kubernetes API is away. */
  undiscoverable = false;
  /** Name of a process whose discovery gets no response. */
  deafTo: string | null = null;
  /** Name of a process that is never registered. */
  overlooks: string | null = null;
  /** Elections won so far. */
  elections = 0;
  /** Ledger transactions that were applied, by epoch. */
  readonly commits = new Map<number, number>();
  #backup: Backup | null = null;
  #restarts = 0;
  /** Told of every ledger that is written; null if nobody keeps books of this store. */
  book: LedgerBook | null = null;
  /** Called with each change that takes away what the store has, and with the reason. */
  replacing: (why: string, change: () => void) => void = (_, change) => change();

  constructor(world: World, kind: StoreKind) {
    this.#world = world;
    this.kind = kind;
  }

  /** Ends what troubles it. */
  heal(): void {
    const calm = { loseAnswers: 0, loseRequests: 0, delayCalls: 0, learnerOf: null, formats: null, spoil: null };
    const fast = { chunkBytes: Number.POSITIVE_INFINITY, scanMs: 0 };
    Object.assign(this, { away: false, full: false, fullApplies: 0, ...fast, ...calm });
    this.cutOff.clear();
  }

  saveBackup(): void {
    const { headRevision, revision } = this;
    const leader = this.leader && { ...this.leader };
    this.#backup = { entries: new Map(this.entries), headRevision, revision, leader, saved: this.book?.save() };
  }

  /**
   * `withKey`: the leader key and its lease are in the backup, too, and live for a whole TTL from now on. Calls under way end then: their
   * connections do not outlive the restart of the store.
   */
  restore(withKey = false): void {
    const backup = this.#backup;
    if (!backup) return;
    this.replacing("the store was restored", () => {
      this.#become(backup);
      if (withKey) this.#restarts++;
      if (withKey && backup.leader) this.leader = { ...backup.leader, renewedAt: this.#world.now };
      if (backup.saved) this.book?.restore(backup.saved);
    });
  }

  wipe(): void {
    this.replacing("the store was wiped", () => {
      this.#become({ entries: new Map(), headRevision: 0, revision: 1 });
      this.book?.wipe();
    });
  }

  #become({ entries, headRevision, revision }: Pick<Backup, "entries" | "headRevision" | "revision">): void {
    this.entries = new Map(entries);
    Object.assign(this, { headRevision, revision });
    this.leader = null;
    this.members.clear();
  }

  image(): StoreImage {
    const leader = this.currentLeader();
    return { entries: new Map(this.entries), headRevision: this.headRevision, leader: leader && this.keyOf(leader) };
  }

  /** In etcd the lease names a holding, in the embedded store the newest beat does. */
  keyOf({ epoch, nonce, beat, nodeId, address }: StoredKey): LeaderKey {
    return { epoch, nonce, nodeId, address, lease: this.kind === "etcd" ? nonce : `${epoch}.${beat}` };
  }

  currentLeader(): StoredKey | null {
    if (this.kind === "etcd" && this.leader && this.#world.now - this.leader.renewedAt >= TTL) this.leader = null;
    return this.leader;
  }

  /** `holder`: who must hold the leader key; null: whoever holds it. */
  write(headRevision: number, writes: Writes, holder: KeyHolder | null): CommitOutcome {
    const leader = this.currentLeader();
    if ((holder && leader?.nonce !== holder.nonce) || this.headRevision !== headRevision) {
      return { kind: "refused", leader: leader && this.keyOf(leader), headRevision: this.headRevision };
    }
    this.revision++;
    this.entries = entriesAfter(this.entries, writes);
    this.headRevision = headRevisionAfter(writes, headRevision, this.revision);
    if (this.book && writes.puts.has("head")) this.#record(this.book, holder?.epoch ?? -1, writes.puts);
    return { kind: "committed", headRevision: this.headRevision };
  }

  #record(book: LedgerBook, epoch: number, puts: Writes["puts"]): void {
    this.commits.set(epoch, (this.commits.get(epoch) ?? 0) + 1);
    const ledger = decodeLedger(this.entries);
    if (ledger) audit(ledger);
    if (ledger) book.write(ledger, keysIn(puts), adjustmentsIn(puts));
  }

  putLeader({ nodeId, address }: LeaderIdentity): KeyHolder {
    this.elections++;
    this.leader = {
      epoch: ++this.revision,
      nodeId,
      address,
      beat: 0,
      renewedAt: this.#world.now,
      nonce: this.#world.random.id(),
    };
    return this.leader;
  }

  /** A call from `process`. Request and response may each be lost. `carriedOut` runs when the request arrives. */
  call<T>(process: SimProcess, isWrite: boolean, carriedOut: () => T, needsSpace = isWrite): Promise<T> {
    const world = this.#world;
    return new Promise<T>((resolve, reject) => {
      const local = this.kind === "embedded";
      const late = !local && world.random.chance(this.delayCalls);
      const there = local ? 0 : late ? CALL_TIMEOUT + world.random.between(0, 2_000) : world.random.between(1, 10);
      if (this.learnerOf === process.name) return void world.after(5, () => reject(this.#refusedByLearner()), process);
      const isLost = !local && this.loseRequests > 0 && world.random.chance(this.loseRequests);
      let sent = !this.away && !this.cutOff.has(process.name);
      if (late || isLost || !sent) this.disturbed++;
      const cancel = world.after(
        CALL_TIMEOUT,
        () => reject(new StoreError(isWrite && sent ? "unknown" : local ? "locked" : "away", "no answer in time")),
        process,
      );
      const restarts = this.#restarts;
      if (!sent || isLost) return;
      world.after(there, () => {
        if (this.away || this.#restarts !== restarts) return;
        sent = true;
        if (needsSpace && this.full) {
          this.disturbed++;
          if (this.fullApplies > 0 && world.random.chance(this.fullApplies)) {
            carriedOut();
            this.appliedAndRefused++;
          }
          cancel();
          return reject(new StoreError("full", "no space", { mayBeApplied: !local }));
        }
        const result = carriedOut();
        if (!local && world.random.chance(this.loseAnswers)) return void this.disturbed++;
        world.after(
          local ? 0 : world.random.between(1, 10),
          () => {
            cancel();
            resolve(result);
          },
          process,
        );
      });
    });
  }

  #refusedByLearner(): StoreError {
    this.disturbed++;
    return new StoreError("away", "rpc not supported for learner");
  }
}

/** The keys that a transaction counts, with their content. */
function keysIn(puts: Writes["puts"]): (readonly [KeyId, number])[] {
  return [...puts].flatMap(([name, value]) => (value && name.startsWith("keys/") ? keysInEntry(name, value) : []));
}

/** The adjustments that a transaction does. */
function adjustmentsIn(puts: Writes["puts"]): AuditEntry[] {
  return [...puts].flatMap(([name, value]) =>
    value && name.startsWith("audit/") ? decodeAuditEntry(name, value) : [],
  );
}

/** One process's connection to the store. */
export class SimStoreClient implements Store, Election, Discovery {
  readonly #store: SimStore;
  readonly #process: SimProcess;
  readonly #knows: number;
  readonly #world: World;
  #self: Member | null = null;
  /** For the embedded store: its candidates watch the leader's heartbeat on their own clocks. */
  #seen: { epoch: number; beat: number; at: number } | null = null;

  /** `knows`: the highest format of the ledger that the process knows. */
  constructor(store: SimStore, process: SimProcess, world: World, knows = 2) {
    this.#knows = knows;
    this.#store = store;
    this.#process = process;
    this.#world = world;
    if (store.kind === "embedded") this.#observe();
  }

  readHead(): Promise<StoreHead> {
    return this.#read(({ entries, headRevision, leader }) => {
      return { head: entries.get("head") ?? null, headRevision, leader };
    });
  }

  async scan(range: EntryRange, maxBytes: number): Promise<ScannedEntries> {
    const { chunkBytes, scanMs } = this.#store;
    const chunk = await this.#read(({ entries }) => scanned(entries, range, Math.min(maxBytes, chunkBytes)));
    if (scanMs > 0) await new Promise<void>((resolve) => this.#world.after(scanMs, resolve, this.#process));
    return chunk;
  }

  /** `from`: what the caller gets of the whole. */
  #read<T>(from: (image: StoreImage) => T): Promise<T> {
    return this.#store.call(this.#process, false, () => {
      const image = this.#store.image();
      const formats = this.#formatsFor(image);
      if (formats === null) return from(this.#spoil(image));
      this.#store.unreadable++;
      return from(this.#spoil(withFormats(image, formats)));
    });
  }

  /** What the process finds in the head instead of formats that it does not know. */
  #formatsFor({ entries }: StoreImage): NonNullable<SimStore["formats"]> | null {
    const { formats } = this.#store;
    if (formats !== null && this.#knows <= 2) return formats;
    const head = entries.get("head");
    const isTooNew = this.#knows === 1 && head && decodeHead(head).layout !== null;
    return isTooNew ? { format: 3 } : null;
  }

  async commit(holder: KeyHolder, headRevision: number, writes: Writes): Promise<CommitOutcome> {
    checkWrites(writes);
    return this.#store.call(this.#process, true, () => this.#store.write(headRevision, writes, holder));
  }

  async overwrite(headRevision: number, writes: Writes): Promise<CommitOutcome> {
    checkWrites(writes);
    return this.#store.call(this.#process, true, () => this.#store.write(headRevision, writes, null));
  }

  usedShare(): Promise<number | null> {
    return this.#store.call(this.#process, false, () => this.#store.usedShare);
  }

  leader(): Promise<LeaderKey | null> {
    return this.#store.call(this.#process, false, () => this.#visibleLeader());
  }

  /** In etcd the revocation and the campaign are two calls, in the embedded store one transaction. */
  async takeOver(candidate: LeaderIdentity, dead: LeaderKey): Promise<Lease | null> {
    const { kind } = this.#store;
    const end = () => {
      const { leader } = this.#store;
      if (leader && this.#store.keyOf(leader).lease === dead.lease) this.#store.leader = null;
    };
    if (kind === "etcd") {
      await this.#store.call(this.#process, true, end, false).catch(() => {});
      return this.campaign(candidate);
    }
    return this.#campaign(candidate, end);
  }

  campaign(candidate: LeaderIdentity): Promise<Lease | null> {
    return this.#campaign(candidate, () => {});
  }

  async #campaign(candidate: LeaderIdentity, before: () => void): Promise<Lease | null> {
    const won = await this.#store.call(this.#process, true, () => {
      before();
      if (this.#visibleLeader()) return null;
      return this.#store.putLeader(candidate);
    });
    return won && this.#lease(won);
  }

  register(self: Member): void {
    this.#self = self;
    void this.#keepRegistered();
  }

  async withdraw(): Promise<void> {
    const self = this.#self;
    this.#self = null;
    if (self) await this.#store.call(this.#process, true, () => this.#store.members.delete(self.id)).catch(() => {});
  }

  members(): Promise<readonly Member[]> {
    if (this.#store.undiscoverable) return Promise.reject(new StoreError("away", "the API is away"));
    if (this.#store.deafTo === this.#process.name) return new Promise(() => {});
    return this.#discover(false, () => {
      const { members } = this.#store;
      for (const [id, { seenAt }] of this.#store.listsTheDead ? [] : members)
        if (this.#world.now - seenAt > REGISTRATION_TTL) members.delete(id);
      return [...members.values()].map(({ member }) => member);
    });
  }

  rest(): void {}

  async close(): Promise<void> {}

  #spoil(image: StoreImage): StoreImage {
    const { spoil } = this.#store;
    if (!spoil) return image;
    this.#store.unreadable++;
    const entries = new Map(image.entries);
    spoil(entries);
    return { ...image, entries };
  }

  #discover<T>(isWrite: boolean, action: () => T): Promise<T> {
    return this.#store.discoveryApart ? Promise.resolve(action()) : this.#store.call(this.#process, isWrite, action);
  }

  #visibleLeader(): LeaderKey | null {
    const leader = this.#store.currentLeader();
    return leader && !this.#hasExpired(leader) ? this.#store.keyOf(leader) : null;
  }

  #hasExpired(leader: { epoch: number; beat: number }): boolean {
    const seen = this.#seen;
    return (
      this.#store.kind === "embedded" &&
      seen?.epoch === leader.epoch &&
      seen.beat === leader.beat &&
      this.#world.now - seen.at >= TTL
    );
  }

  #observe(): void {
    const leader = this.#store.away ? null : this.#store.leader;
    if (leader && (this.#seen?.epoch !== leader.epoch || this.#seen.beat !== leader.beat)) {
      this.#seen = { epoch: leader.epoch, beat: leader.beat, at: this.#world.now };
    }
    this.#world.after(400, () => this.#observe(), this.#process);
  }

  async #keepRegistered(): Promise<void> {
    const self = this.#self;
    if (!self) return;
    const put = () => {
      if (this.#self && this.#store.overlooks !== self.name)
        this.#store.members.set(self.id, { member: self, seenAt: this.#world.now });
    };
    await this.#discover(true, put).catch(() => {});
    this.#world.after(2_000, () => void this.#keepRegistered(), this.#process);
  }

  #lease({ epoch, nonce }: KeyHolder): Lease {
    const store = this.#store;
    // etcd keeps a lease alive, and revokes it, also without space.
    const needsSpace = store.kind === "embedded";
    const renewed = () => {
      store.currentLeader();
      if (store.leader?.nonce !== nonce) return false;
      Object.assign(store.leader, { beat: store.leader.beat + 1, renewedAt: this.#world.now });
      return true;
    };
    return {
      epoch,
      nonce,
      ttl: TTL,
      renew: () => store.call(this.#process, true, renewed, needsSpace),
      resign: async () => {
        const revoke = () => {
          if (store.leader?.nonce === nonce) store.leader = null;
        };
        await store.call(this.#process, true, revoke, needsSpace).catch(() => {});
      },
    };
  }
}

function withFormats(image: StoreImage, formats: object): StoreImage {
  const head = image.entries.get("head");
  if (!head) return image;
  const end = head.indexOf(0x0a);
  const { format: _, reads: __, writes: ___, ...fields } = JSON.parse(Buffer.from(head.subarray(0, end)).toString());
  const line = { ...formats, ...fields };
  const entry = Buffer.concat([Buffer.from(`${JSON.stringify(line)}\n`), head.subarray(end + 1)]);
  return { ...image, entries: new Map([...image.entries, ["head", entry]]) };
}
