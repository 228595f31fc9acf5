import type { ICompare, IRequestOp, ITxnResponse } from "etcd3";
import type { CommitOutcome, Puts, Store, StoreImage } from "../../ports/store.ts";
import { toStoreError } from "./call_failure.ts";
import type { EtcdConnection } from "./etcd_connection.ts";
import { decodeLeader, type Keys } from "./keys.ts";

/** The ledger in etcd. */
export class EtcdStore implements Store {
  readonly #connection: EtcdConnection;
  readonly #keys: Keys;
  readonly #close: () => Promise<void>;

  constructor(connection: EtcdConnection, keys: Keys, close: () => Promise<void>) {
    this.#connection = connection;
    this.#keys = keys;
    this.#close = close;
  }

  async read(): Promise<StoreImage> {
    const { kvs } = await this.#connection.range(this.#keys.ledger).catch((error) => {
      throw toStoreError("reading the ledger", error, false);
    });
    const from = this.#keys.ledger.key.length;
    const byName = new Map(kvs.map((kv) => [kv.key.toString("utf8", from), kv]));
    const leader = decodeLeader(kvs.find((kv) => kv.key.equals(this.#keys.leader)));
    byName.delete(this.#keys.leader.toString("utf8", from));
    const entries = new Map([...byName].map(([name, kv]) => [name, kv.value]));
    return { entries, leader, headRevision: Number(byName.get("head")?.mod_revision ?? 0) };
  }

  commit(epoch: number, headRevision: number, puts: Puts): Promise<CommitOutcome> {
    const fence: ICompare = { key: this.#keys.leader, target: "Create", result: "Equal", create_revision: epoch };
    return this.#transact([fence, this.#headIs(headRevision)], puts);
  }

  overwrite(headRevision: number, puts: Puts): Promise<CommitOutcome> {
    return this.#transact([this.#headIs(headRevision)], puts);
  }

  close(): Promise<void> {
    return this.#close();
  }

  #headIs(revision: number): ICompare {
    const key = this.#keys.entry("head");
    if (revision === 0) return { key, target: "Version", result: "Equal", version: 0 };
    return { key, target: "Mod", result: "Equal", mod_revision: revision };
  }

  async #transact(compare: ICompare[], puts: Puts): Promise<CommitOutcome> {
    const success = [...puts].map(([name, value]) => this.#put(name, value));
    const failure = [this.#keys.leader, this.#keys.entry("head")].map((key) => ({ request_range: { key } }));
    const answer = await this.#connection.txn({ compare, success, failure }).catch((error) => {
      throw toStoreError("the ledger's transaction", error, true);
    });
    if (answer.succeeded) return { kind: "committed", headRevision: Number(answer.header.revision) };
    return refusal(answer);
  }

  #put(name: string, value: Uint8Array | null): IRequestOp {
    const key = this.#keys.entry(name);
    if (value === null) return { request_delete_range: { key } };
    return { request_put: { key, value: Buffer.from(value.buffer, value.byteOffset, value.byteLength) } };
  }
}

function refusal(answer: ITxnResponse): CommitOutcome {
  const [leader, head] = answer.responses.map((response) => response.response_range.kvs[0]);
  return { kind: "refused", leader: decodeLeader(leader), headRevision: Number(head?.mod_revision ?? 0) };
}
