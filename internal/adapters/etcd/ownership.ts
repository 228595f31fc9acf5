import type { ICompare } from "etcd3";
import type { Logger } from "../../ports/logger.ts";
import { StoreError } from "../../ports/store.ts";
import { toStoreError } from "./call_failure.ts";
import type { EtcdConnection } from "./etcd_connection.ts";
import type { Keys } from "./keys.ts";

/** The resource whose ledger is below a prefix. */
export interface PrefixOwner {
  readonly namespace: string;
  readonly name: string;
  /** Distinguishes a deleted resource from a later one of the same name. */
  readonly uid: string;
}

/** Another owner has claimed the prefix. */
export class PrefixTaken extends StoreError {
  override readonly name = "PrefixTaken";
  constructor(key: Buffer, owner: string) {
    const gone = `if that is gone for good, delete the key "${key}"`;
    super("denied", `etcd: what lies beside "${key}" belongs to ${owner}: set another --etcd-prefix; ${gone}`);
  }
}

/** The claim on a prefix. It keeps two clusters with the same prefix from counting into one ledger. */
export class PrefixOwnership {
  readonly #connection: EtcdConnection;
  readonly #keys: Keys;
  readonly #owner: PrefixOwner;
  readonly #logger: Logger;
  #held = false;

  constructor(connection: EtcdConnection, keys: Keys, owner: PrefixOwner, logger: Logger) {
    this.#connection = connection;
    this.#keys = keys;
    this.#owner = owner;
    this.#logger = logger;
  }

  /**
   * Claims the prefix, unless this owner has it already. A deleted resource leaves its claim behind; its successor of the same namespace
   * and name takes it over once the prefix has no leader. Throws PrefixTaken, StoreError.
   */
  async claim(): Promise<void> {
    if (this.#held) return;
    try {
      await this.#claim();
    } catch (error) {
      throw toStoreError("claiming the prefix", error, false);
    }
  }

  /** An additional condition of the transaction that makes a leader. */
  get condition(): ICompare {
    return { key: this.#keys.owner, target: "Value", result: "Equal", value: this.#value };
  }

  /** Makes `claim` check the claim again. */
  doubt(): void {
    this.#held = false;
  }

  async #claim(): Promise<void> {
    const { owner: key, leader } = this.#keys;
    const free: ICompare = { key, target: "Version", result: "Equal", version: 0 };
    const look = [key, leader].map((key) => ({ request_range: { key } }));
    const answer = await this.#connection.txn({ compare: [free], success: [this.#put()], failure: look });
    if (answer.succeeded) return this.#hold("claimed the prefix in etcd");
    const [claim, led] = answer.responses.map((response) => response.response_range.kvs[0]);
    if (!claim || claim.value.equals(this.#value)) return this.#hold();
    if (!this.#isPredecessor(claim.value)) throw new PrefixTaken(key, nameOf(claim.value));
    if (!led) await this.#succeed(claim.mod_revision);
  }

  async #succeed(revision: string): Promise<void> {
    const { owner: key, leader } = this.#keys;
    const same: ICompare = { key, target: "Mod", result: "Equal", mod_revision: Number(revision) };
    const nobodyLeads: ICompare = { key: leader, target: "Create", result: "Equal", create_revision: 0 };
    const answer = await this.#connection.txn({ compare: [same, nobodyLeads], success: [this.#put()], failure: [] });
    if (answer.succeeded) this.#hold("took over the prefix in etcd from a deleted resource of the same name");
  }

  #hold(news?: string): void {
    this.#held = true;
    const { namespace, name, uid } = this.#owner;
    if (news) this.#logger.info(news, { namespace, name, uid });
  }

  #put() {
    return { request_put: { key: this.#keys.owner, value: this.#value } };
  }

  get #value(): Buffer {
    const { namespace, name, uid } = this.#owner;
    return Buffer.from(JSON.stringify({ namespace, name, uid }));
  }

  #isPredecessor(value: Buffer): boolean {
    const { namespace, name } = ownerIn(value);
    return namespace === this.#owner.namespace && name === this.#owner.name;
  }
}

function nameOf(value: Buffer): string {
  const { namespace, name, uid } = ownerIn(value);
  return name === undefined ? `"${value}"` : `${namespace}/${name} (uid ${uid})`;
}

function ownerIn(value: Buffer): Partial<PrefixOwner> {
  try {
    return (JSON.parse(value.toString()) ?? {}) as Partial<PrefixOwner>;
  } catch {
    return {};
  }
}
