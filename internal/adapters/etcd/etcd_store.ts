import type { ICompare, IRangeResponse, IRequestOp, ITxnResponse } from "etcd3";
import type {
  CommitOutcome,
  EntryRange,
  KeyHolder,
  ScannedEntries,
  Store,
  StoreHead,
  Writes,
} from "../../ports/store.ts";
import { checkWrites, headRevisionAfter } from "../../ports/store_writes.ts";
import { isTooLarge, toStoreError } from "./call_failure.ts";
import type { EtcdConnection } from "./etcd_connection.ts";
import { decodeLeader, type Keys } from "./keys.ts";
import { ScanLimit } from "./scan_limit.ts";
import { usedShareIn } from "./status_reply.ts";

/** The ledger in etcd. */
export class EtcdStore implements Store {
  readonly #connection: EtcdConnection;
  readonly #keys: Keys;
  readonly #close: () => Promise<void>;
  readonly #scanLimit = new ScanLimit();

  constructor(connection: EtcdConnection, keys: Keys, close: () => Promise<void>) {
    this.#connection = connection;
    this.#keys = keys;
    this.#close = close;
  }

  async readHead(): Promise<StoreHead> {
    const { responses } = await this.#connection
      .txn({ compare: [], success: this.#bothKeys, failure: [] })
      .catch((error) => {
        throw toStoreError("reading the head", error, false);
      });
    const [leader, head] = responses.map((response) => response.response_range.kvs[0]);
    const { value = null, mod_revision: revision = 0 } = head ?? {};
    return { head: value, headRevision: Number(revision), leader: decodeLeader(leader) };
  }

  async scan(range: EntryRange, maxBytes: number): Promise<ScannedEntries> {
    for (let from = range.from; ; ) {
      const { kvs, more } = await this.#scan({ from, to: range.to }, maxBytes);
      const chunk = this.#chunk(kvs, more, maxBytes);
      // The leader key may have been the only one.
      if (chunk.entries.size > 0 || chunk.next === null) return chunk;
      from = chunk.next;
    }
  }

  commit({ nonce }: KeyHolder, headRevision: number, writes: Writes): Promise<CommitOutcome> {
    // Not the create revision: revisions begin anew in a wiped or restored store, and the ids of leases are random.
    const fence: ICompare = { key: this.#keys.leader, target: "Lease", result: "Equal", lease: nonce };
    return this.#transact([fence], headRevision, writes);
  }

  overwrite(headRevision: number, writes: Writes): Promise<CommitOutcome> {
    return this.#transact([], headRevision, writes);
  }

  async usedShare(): Promise<number | null> {
    const status = await this.#connection.status().catch((error) => {
      throw toStoreError("asking for its size", error, false);
    });
    return usedShareIn(status);
  }

  close(): Promise<void> {
    return this.#close();
  }

  #headIs(revision: number): ICompare {
    const key = this.#keys.entry("head");
    if (revision === 0) return { key, target: "Version", result: "Equal", version: 0 };
    return { key, target: "Mod", result: "Equal", mod_revision: revision };
  }

  async #transact(fences: readonly ICompare[], headRevision: number, writes: Writes): Promise<CommitOutcome> {
    checkWrites(writes);
    const compare = [...fences, this.#headIs(headRevision)];
    const success = [...this.#deletions(writes), ...this.#puts(writes)];
    const answer = await this.#connection.txn({ compare, success, failure: this.#bothKeys }).catch((error) => {
      throw toStoreError("the ledger's transaction", error, true);
    });
    if (!answer.succeeded) return refusal(answer);
    return { kind: "committed", headRevision: headRevisionAfter(writes, headRevision, Number(answer.header.revision)) };
  }

  get #bothKeys(): IRequestOp[] {
    return [this.#keys.leader, this.#keys.entry("head")].map((key) => ({ request_range: { key } }));
  }

  #deletions({ ranges = [] }: Writes): IRequestOp[] {
    return ranges.map((range) => ({ request_delete_range: this.#keys.entries(range) }));
  }

  #puts({ puts }: Writes): IRequestOp[] {
    return [...puts].map(([name, value]) => {
      const key = this.#keys.entry(name);
      if (value === null) return { request_delete_range: { key } };
      return { request_put: { key, value: Buffer.from(value.buffer, value.byteOffset, value.byteLength) } };
    });
  }

  /** Asks for fewer keys while an answer is too large. */
  async #scan(range: EntryRange, maxBytes: number): Promise<IRangeResponse> {
    for (;;) {
      const limit = this.#scanLimit.keys(maxBytes);
      try {
        return await this.#connection.range({ ...this.#keys.entries(range), limit });
      } catch (error) {
        if (isTooLarge(error)) this.#scanLimit.tooLarge();
        else this.#scanLimit.unanswered(limit);
        if (limit === 1 || !isTooLarge(error)) throw toStoreError("reading entries", error, false);
      }
    }
  }

  /** The entries of an answer, up to `maxBytes`. */
  #chunk(kvs: IRangeResponse["kvs"], more: boolean, maxBytes: number): ScannedEntries {
    const entries = new Map<string, Uint8Array>();
    let [bytes, largest, next] = [0, 0, null as string | null];
    for (const { key, value } of kvs) {
      const size = key.length + value.length;
      largest = Math.max(largest, size);
      next ??= bytes > 0 && bytes + size > maxBytes ? this.#keys.nameOf(key) : null;
      if (next !== null) continue;
      bytes += size;
      if (!key.equals(this.#keys.leader)) entries.set(this.#keys.nameOf(key), value);
    }
    this.#scanLimit.answered(largest);
    const last = kvs.at(-1);
    if (next === null && more && last) next = `${this.#keys.nameOf(last.key)}\0`;
    return { entries, next };
  }
}

function refusal(answer: ITxnResponse): CommitOutcome {
  const [leader, head] = answer.responses.map((response) => response.response_range.kvs[0]);
  return { kind: "refused", leader: decodeLeader(leader), headRevision: Number(head?.mod_revision ?? 0) };
}
