import { isMemberField } from "../cluster/member_fields.ts";
import { MAX_TOTAL } from "./counter_total.ts";

/** An entry of the store has content that this program does not understand. The only error that decoding one throws. */
export class UnreadableLedger extends Error {
  override readonly name: string = "UnreadableLedger";
  constructor(entry: string, why: string, options?: ErrorOptions) {
    super(`the store's entry "${entry}" cannot be read: ${why}`, options);
  }
}

/** What a program says of a format that it does not know. The operator finds it in what pods of any release report. */
export const UPGRADE_ADVICE = "upgrade the program";

/** A newer release wrote this entry. Nothing is wrong with it, and a newer program can go on with it. */
export class NewerFormat extends UnreadableLedger {
  override readonly name = "NewerFormat";
  constructor(entry: string, needed: number, known: number) {
    super(entry, `it has format ${needed}, and this program knows only format ${known}; ${UPGRADE_ADVICE}`);
  }
}

/** Longest decimal text that is taken for a number. */
const MAX_DIGITS = 40;
/** Characters of a wrong value that an error quotes. */
const QUOTED = 80;

/** The fields of one JSON object in an entry, each checked when it is read. Each method throws UnreadableLedger. */
export class EntryFields {
  readonly #entry: string;
  readonly #fields: Readonly<Record<string, unknown>>;

  constructor(entry: string, value: unknown) {
    this.#entry = entry;
    if (typeof value !== "object" || value === null || Array.isArray(value))
      throw new UnreadableLedger(entry, `${quoted(value)} is not an object`);
    this.#fields = value as Readonly<Record<string, unknown>>;
  }

  /** The field as it is, unchecked. */
  raw(key: string): unknown {
    return this.#fields[key];
  }

  has(key: string): boolean {
    return this.#fields[key] !== undefined && this.#fields[key] !== null;
  }

  /** The id of a ledger or of a term. */
  id(key: string): string {
    const value = this.#fields[key];
    return typeof value === "string" && isMemberField("id", value) ? value : this.#refuse(key, "an id");
  }

  /** A number of 64 bits as 16 hex digits. */
  key64(key: string): string {
    const value = this.#fields[key];
    return typeof value === "string" && /^[0-9a-f]{16}$/.test(value) ? value : this.#refuse(key, "16 hex digits");
  }

  text(key: string): string {
    const value = this.#fields[key];
    return typeof value === "string" ? value : this.#refuse(key, "text");
  }

  /** A whole number from 0 that a double holds exactly. */
  whole(key: string): number {
    const value = this.#fields[key];
    return Number.isSafeInteger(value) && (value as number) >= 0
      ? (value as number)
      : this.#refuse(key, "a whole number below 2^53");
  }

  flag(key: string): boolean {
    const value = this.#fields[key];
    return typeof value === "boolean" ? value : this.#refuse(key, "true or false");
  }

  /** A number as decimal text, which may be below zero. */
  decimal(key: string): bigint {
    const value = this.#fields[key];
    return isDecimal(value) ? BigInt(value) : this.#refuse(key, "a whole number as decimal text");
  }

  /** A total as decimal text. */
  total(key: string): bigint {
    const value = isDecimal(this.#fields[key]) ? this.decimal(key) : -1n;
    return value >= 0n && value <= MAX_TOTAL ? value : this.#refuse(key, "a total below 2^64 as decimal text");
  }

  fields(key: string): EntryFields {
    return new EntryFields(this.#entry, this.#fields[key]);
  }

  list<T>(key: string, read: (item: EntryFields) => T): T[] {
    const value = this.#fields[key];
    if (!Array.isArray(value)) return this.#refuse(key, "a list");
    return value.map((item) => read(new EntryFields(this.#entry, item)));
  }

  /** Each field's name, which must pass `isName`, with its value. */
  map<T>(isName: (key: string) => boolean, read: (fields: EntryFields, key: string) => T): Map<string, T> {
    const entries = Object.keys(this.#fields).map((key): [string, T] => {
      if (!isName(key)) throw new UnreadableLedger(this.#entry, `it names ${quoted(key)}, which cannot stand here`);
      return [key, read(this, key)];
    });
    return new Map(entries);
  }

  #refuse(key: string, wanted: string): never {
    throw new UnreadableLedger(this.#entry, `its ${key} must be ${wanted}, not ${quoted(this.#fields[key])}`);
  }
}

/** The JSON value in `bytes`. Throws UnreadableLedger. */
export function jsonIn(entry: string, bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new UnreadableLedger(entry, "it is not JSON; is this another program's data?", { cause });
  }
}

function isDecimal(value: unknown): value is string {
  return typeof value === "string" && value.length <= MAX_DIGITS && /^-?\d+$/.test(value);
}

function quoted(value: unknown): string {
  return (JSON.stringify(value) ?? "nothing").slice(0, QUOTED);
}
