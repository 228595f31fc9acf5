import { MAX_OPERATIONS } from "../core/ledger/transaction.ts";
import type { EntryRange, Puts, Writes } from "./store.ts";

/** The name that no entry has: in etcd, the leader key lies among the entries. */
export const LEADER_NAME = "leader";

/** The entry whose revision is a condition of each transaction. */
export const HEAD_NAME = "head";

const NAME = /^[\x21-\x7e]+$/;

/**
 * Throws RangeError for writes that no store takes, so that all stores refuse the same: more than MAX_OPERATIONS operations; a name that
 * is empty, not of printable ASCII, or LEADER_NAME; an empty range, or one with LEADER_NAME or with a name of `puts` in it. (etcd puts a
 * key at most once in a transaction, and deletes no range around it.)
 */
export function checkWrites({ puts, ranges = [] }: Writes): void {
  const operations = puts.size + ranges.length;
  if (operations > MAX_OPERATIONS) {
    throw new RangeError(
      `A transaction of ${operations} operations is too large: at most ${MAX_OPERATIONS} are possible`,
    );
  }
  for (const name of puts.keys()) checkName(name);
  for (const range of ranges) checkRange(range, puts);
}

/** Revision of `head` after a transaction that got `revision`. `before`: the one on which it was conditioned. */
export function headRevisionAfter({ puts, ranges = [] }: Writes, before: number, revision: number): number {
  const head = puts.get(HEAD_NAME);
  if (head === null || ranges.some((range) => isIn(HEAD_NAME, range))) return 0;
  return head === undefined ? before : revision;
}

/** Whether `name` is in `range`. Names are of ASCII, which JavaScript orders as stores do. */
export function isIn(name: string, { from, to }: EntryRange): boolean {
  return from <= name && name < to;
}

function checkName(name: string): void {
  if (!NAME.test(name)) throw new RangeError(`"${name}" cannot name an entry: only printable ASCII can`);
  if (name === LEADER_NAME) throw new RangeError(`"${name}" cannot name an entry: it names the leader key`);
}

function checkRange(range: EntryRange, puts: Puts): void {
  const words = `Cannot delete the entries from "${range.from}" to "${range.to}"`;
  if (range.from >= range.to) throw new RangeError(`${words}: the range is empty`);
  if (isIn(LEADER_NAME, range)) throw new RangeError(`${words}: "${LEADER_NAME}" is among them`);
  for (const name of puts.keys()) {
    if (isIn(name, range)) throw new RangeError(`${words}: the same transaction puts or deletes "${name}"`);
  }
}
