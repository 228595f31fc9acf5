import type { Operation, Read, Scanned, Write } from "./history.ts";

/** A write that took effect, and when. */
interface Applied {
  readonly write: Write;
  readonly revision: number;
}

/** What is known of the store at an operation: it happened between `begin` and `end`. */
interface Known {
  readonly begin: number;
  readonly end: number;
  readonly revision: number;
  readonly writes: boolean;
  readonly text: string;
}

/**
 * Whether the answers that clients got can be those of one store that does one thing after the other. Revisions grow with each write, so
 * the order of the writes is known, and no search is needed. Returns what is wrong, in words; nothing if all is right.
 *
 * - J1 A value that was read was written once, by a write that was not answered with no.
 * - J2 Each write that took effect is based on the one before it: none is lost, no version is there twice.
 * - J3 Whatever begins after something ended sees at least as much. A stale read does not.
 * - J4 No commit of an epoch takes effect after a later epoch began.
 * - J5 Leaders are read in their order, and not before they lead or as none while they lead.
 */
export function judge(history: readonly Operation[]): string[] {
  const { applied, wrong } = appliedWrites(history);
  return [
    ...wrong,
    ...brokenChain(applied),
    ...staleAnswers(history, applied),
    ...brokenFences(history, applied),
    ...staleLeaders(history, applied),
  ];
}

/** What can be judged of a history that goes on: what had ended by then, and the writes that may be seen in it. */
export function until(moment: number, history: readonly Operation[]): Operation[] {
  return history.filter(({ call, begin, end }) => (call === "write" ? begin : end) <= moment);
}

/** J1 */
function appliedWrites(history: readonly Operation[]): { applied: Applied[]; wrong: string[] } {
  const wrong: string[] = [];
  const writes = new Map(
    history.filter((operation) => operation.call === "write").map((write) => [write.value, write]),
  );
  const revisions = new Map<string, number>();
  const scanned: { readonly value: string | null; readonly client: string }[] = [];
  const found = (value: string | null, revision: number | null, by: string) => {
    const write = writes.get(value ?? "");
    if (!write) return void (revision !== 0 && wrong.push(`${by} saw ${value}, which nobody wrote`));
    if (!mayHaveEffect(write)) wrong.push(`${by} saw ${value}, whose write was answered with ${said(write)}`);
    if (revision === null) return;
    const before = revisions.get(write.value) ?? revision;
    if (before !== revision) wrong.push(`${value} is at the revisions ${before} and ${revision}`);
    revisions.set(write.value, revision);
  };
  for (const operation of history) {
    if (operation.call === "write" && "revision" in operation.answer)
      found(operation.value, operation.answer.revision, operation.client);
    const read = readOf(operation);
    const values = read?.values ?? scannedBy(operation);
    if (!values) continue;
    if (new Set(values).size > 1) wrong.push(`${operation.client} read parts of two writes: ${values.join()}`);
    const [value = null] = values;
    const revision = read?.head ?? (value === null ? 0 : null);
    if (revision !== null) found(value, revision, operation.client);
    else scanned.push({ value, client: operation.client });
  }
  // A value that only scans saw has no known revision, but somebody must have written it.
  for (const { value, client } of scanned) found(value, revisions.get(value ?? "") ?? null, client);
  const applied = [...revisions].map(([value, revision]) => ({ write: writes.get(value)!, revision }));
  return { applied: applied.sort((a, b) => a.revision - b.revision), wrong };
}

/** J2 */
function brokenChain(applied: readonly Applied[]): string[] {
  return applied.flatMap(({ write, revision }, at) => {
    const before = applied[at - 1]?.revision ?? 0;
    return write.expected === before
      ? []
      : [`${write.value} at ${revision} is based on ${write.expected}, and ${before} was before it`];
  });
}

/** J3 */
function staleAnswers(history: readonly Operation[], applied: readonly Applied[]): string[] {
  const known: Known[] = applied.map(({ write, revision }) => ({
    ...write,
    // An answer that was lost says nothing about the end.
    end: "revision" in write.answer ? write.end : Infinity,
    revision,
    writes: true,
    text: `${write.value} was written`,
  }));
  const revisions = new Map(applied.map(({ write, revision }) => [write.value, revision]));
  for (const operation of history) {
    const scanned = scannedBy(operation);
    const seen = scanned && (scanned[0] ? revisions.get(scanned[0]) : 0);
    const revision = readOf(operation)?.head ?? refusalOf(operation)?.refusedAt ?? seen ?? undefined;
    if (revision !== undefined)
      known.push({ ...operation, revision, writes: false, text: `${operation.client} was told ${operation.call}` });
  }
  return afterOthers(known, ({ revision, writes, text }, seen) => {
    const least = writes ? seen + 1 : seen;
    return revision < least ? `${text} at ${revision}, after ${seen} had been seen` : null;
  });
}

/** J4 */
function brokenFences(history: readonly Operation[], applied: readonly Applied[]): string[] {
  const epochs = [...new Set(history.flatMap((operation) => epochsIn(operation)))].sort((a, b) => a - b);
  return applied.flatMap(({ write: { epoch, value }, revision }) => {
    if (epoch === null) return [];
    const later = epochs.find((other) => other > epoch && other < revision);
    return later === undefined ? [] : [`${value} of epoch ${epoch} took effect at ${revision}, after epoch ${later}`];
  });
}

/** J5 */
function staleLeaders(history: readonly Operation[], applied: readonly Applied[]): string[] {
  const known: Known[] = history.flatMap((operation) =>
    epochsIn(operation).map((revision) => {
      const text = `${operation.client} was told of epoch ${revision} by ${operation.call}`;
      return { ...operation, revision, writes: false, text };
    }),
  );
  const out = afterOthers(known, ({ revision, text }, seen) =>
    revision < seen ? `${text}, after epoch ${seen} had been seen` : null,
  );
  const held = heldEpochs(known, applied);
  for (const operation of history) {
    if (leaderIn(operation) !== null) continue;
    const led = held.find(({ from, to }) => from < operation.begin && operation.end < to);
    if (led) out.push(`${operation.client} was told by ${operation.call} that nobody leads, in epoch ${led.epoch}`);
  }
  return out;
}

/** From when on an epoch was known to lead, and when the last commit of it that was answered with yes began. */
function heldEpochs(known: readonly Known[], applied: readonly Applied[]) {
  const to = new Map<number, number>();
  for (const { write } of applied)
    if (write.epoch !== null && "revision" in write.answer)
      to.set(write.epoch, Math.max(write.begin, to.get(write.epoch) ?? 0));
  return [...to].map(([epoch, to]) => {
    const ends = known.filter(({ revision }) => revision === epoch).map(({ end }) => end);
    return { epoch, from: Math.min(...ends), to };
  });
}

/** What `wrong` says of each, given the highest revision that had been seen before it began. */
function afterOthers(known: readonly Known[], wrong: (one: Known, seen: number) => string | null): string[] {
  const ends = [...known].sort((a, b) => a.end - b.end);
  const out: string[] = [];
  let seen = 0;
  let next = 0;
  for (const one of [...known].sort((a, b) => a.begin - b.begin)) {
    for (; ends[next] && ends[next]!.end < one.begin; next++) seen = Math.max(seen, ends[next]!.revision);
    const text = wrong(one, seen);
    if (text) out.push(text);
  }
  return out;
}

function mayHaveEffect({ answer }: Write): boolean {
  return "revision" in answer || ("error" in answer && answer.mayBeApplied);
}

function said({ answer }: Write): string {
  return "error" in answer ? `"${answer.error}", not applied` : "a refusal";
}

function readOf(operation: Operation): Read | null {
  return operation.call === "read" && "head" in operation.answer ? operation.answer : null;
}

function scannedBy(operation: Operation): Scanned["values"] | null {
  return operation.call === "scan" && "values" in operation.answer ? operation.answer.values : null;
}

function refusalOf(operation: Operation) {
  return operation.call === "write" && "refusedAt" in operation.answer ? operation.answer : null;
}

/** The epoch that the answer shows as leading; null: nobody leads; undefined: it does not say. A lost campaign does not say who leads. */
function leaderIn(operation: Operation): number | null | undefined {
  if (operation.call === "leader" && "epoch" in operation.answer) return operation.answer.epoch;
  if (operation.call === "campaign" && "epoch" in operation.answer) return operation.answer.epoch ?? undefined;
  if (operation.call === "renew" && "renewed" in operation.answer && operation.answer.renewed) return operation.epoch;
  return (readOf(operation) ?? refusalOf(operation))?.epoch;
}

function epochsIn(operation: Operation): number[] {
  const epoch = leaderIn(operation);
  return epoch === null || epoch === undefined ? [] : [epoch];
}
