import { HEAD } from "../../core/ledger/head_encoding.ts";
import { auditPage, auditSum, type Ledger } from "../../core/ledger/ledger.ts";
import { LedgerReading, LOST } from "../../core/ledger/ledger_reading.ts";
import { type EntryRange, type Store, StoreError, type StoreHead } from "../../ports/store.ts";

/** Bytes of one chunk. gRPC clients refuse answers over 4 MB. */
const CHUNK_BYTES = 1_000_000;
/** All names: printable ASCII. */
const ALL_NAMES = { from: "!", to: "~" };

/** What is done between the steps of reading, which takes seconds for a million counters. */
export interface ReadingSteps {
  /** Called after each chunk. False: reading ends. */
  chunk(): Promise<boolean>;
  /** Called after each entry, each page to which rounds were applied, and each page that is added up. It may let other work have its turn. False: reading ends. */
  entry(): Promise<boolean> | null;
}

export interface StoredLedger extends Omit<StoreHead, "head"> {
  /** Null if there is none. */
  readonly ledger: Ledger | null;
  /** An entry that lies there though there is no `head`; null: none. */
  readonly leftover: string | null;
}

/**
 * Reads the ledger: `head`, all other entries, and `head` again. It begins again if `head` moved meanwhile. Nothing is read as of one moment,
 * because a store need not keep old revisions (H67, H68). Resolves to null if `steps` ended it. Throws StoreError,
 * UnreadableLedger, LedgerMismatch.
 */
export async function readLedger(store: Store, steps: ReadingSteps): Promise<StoredLedger | null> {
  for (;;) {
    const found = await store.readHead();
    const read = await tried(() => readFrom(store, found, steps));
    if (read.kind === "read" && read.value === null) return null;
    if (read.kind === "failed" && read.error instanceof StoreError) throw read.error;
    const { headRevision, leader } = await store.readHead();
    if (headRevision !== found.headRevision) continue;
    if (read.kind === "failed") throw read.error;
    if (read.value) return { ...read.value, headRevision, leader };
  }
}

/** Whether the entry `lost` is there. Throws StoreError. */
export async function lostEntry(store: Store): Promise<Uint8Array | null> {
  const { entries } = await store.scan({ from: LOST, to: `${LOST}!` }, CHUNK_BYTES);
  return entries.get(LOST) ?? null;
}

type Found = Pick<StoredLedger, "ledger" | "leftover">;

async function readFrom(store: Store, { head }: StoreHead, steps: ReadingSteps): Promise<Found | null> {
  if (head === null) return { ledger: null, leftover: await leftoverIn(store) };
  const reading = new LedgerReading(head);
  for (const range of reading.ranges) if (!(await addAll(store, range, reading, steps))) return null;
  if (!(await applyAll(reading, steps))) return null;
  const ledger = reading.finish();
  for (const page of ledger.totals.pages()) {
    auditPage(ledger, page);
    if (!(await goesOn(steps))) return null;
  }
  auditSum(ledger, ledger.totals.sum);
  return { ledger, leftover: null };
}

async function addAll(store: Store, all: EntryRange, reading: LedgerReading, steps: ReadingSteps): Promise<boolean> {
  for (let from: string | null = all.from; from !== null; ) {
    const { entries, next } = await store.scan({ from, to: all.to }, CHUNK_BYTES);
    for (const [name, value] of entries) {
      reading.add(name, value);
      if (!(await goesOn(steps))) return false;
      if (reading.isFull && !(await applyAll(reading, steps))) return false;
    }
    if (!(await steps.chunk())) return false;
    from = next;
  }
  return true;
}

async function applyAll(reading: LedgerReading, steps: ReadingSteps): Promise<boolean> {
  for (const _ of reading.apply()) if (!(await goesOn(steps))) return false;
  return true;
}

async function goesOn(steps: ReadingSteps): Promise<boolean> {
  return (await steps.entry()) ?? true;
}

/** A store that has entries has lost its `head`: it is not empty (H74). */
async function leftoverIn(store: Store): Promise<string | null> {
  for (let from: string | null = ALL_NAMES.from; from !== null; ) {
    const { entries, next } = await store.scan({ from, to: ALL_NAMES.to }, 1);
    const name = [...entries.keys()].find((name) => name !== LOST && name !== HEAD);
    if (name !== undefined) return name;
    from = next;
  }
  return null;
}

type Tried<T> = { readonly kind: "read"; readonly value: T } | { readonly kind: "failed"; readonly error: unknown };

/** What was read while `head` moved may contradict itself, and says nothing. */
async function tried<T>(read: () => Promise<T>): Promise<Tried<T>> {
  try {
    return { kind: "read", value: await read() };
  } catch (error) {
    return { kind: "failed", error };
  }
}
