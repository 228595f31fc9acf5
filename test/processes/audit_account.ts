import assert from "node:assert/strict";
import type { AuditEntryJson, AuditJson } from "../../internal/adapters/http/adjusting/audit_route.ts";
import { parseKey } from "../../internal/core/keys/idempotency_key.ts";
import { partKey } from "../../internal/core/keys/part_key.ts";
import { MAX_IMPORT_LINES } from "../../internal/core/ledger/adjustment.ts";
import { keyText } from "../../internal/core/ledger/audit_entries.ts";
import type { AdjustingClients, Done, ImportDone } from "./adjusting_clients.ts";
import type { NodeProcess } from "./node_process.ts";

const PAGE = 50;

/** The whole audit as one node says it, newest first. */
export async function auditAt({ url }: NodeProcess, token: string): Promise<AuditEntryJson[]> {
  const entries: AuditEntryJson[] = [];
  for (let after: string | null = ""; after !== null; ) {
    const query = `limit=${PAGE}${after && `&after=${after}`}`;
    const response: Response = await fetch(`${url}/v1/audit?${query}`, {
      headers: { Authorization: `Bearer ${token}` },
    });
    assert.equal(response.status, 200, "the audit can be read");
    const page = (await response.json()) as AuditJson;
    assert.equal(page.since, null, "the audit has all that was ever done");
    entries.push(...page.entries);
    after = page.next;
  }
  return entries;
}

/** What the audit says against what the clients were told. */
export class AuditAccount {
  readonly #entries: readonly AuditEntryJson[];
  readonly #clients: AdjustingClients;

  constructor(entries: readonly AuditEntryJson[], clients: AdjustingClients) {
    this.#entries = entries;
    this.#clients = clients;
  }

  /** Each adjustment that was answered with success is there once, as it was answered, and there is no other. */
  assertOnce(): void {
    const { done, imports, notDone } = this.#clients;
    const keys = this.#entries.map(({ key }) => key);
    for (const key of notDone) assert.ok(!keys.includes(key), `${key} was done, and its client heard that it was not`);
    const expected = [...done.map(({ key }) => key), ...imports.flatMap((one) => partsOf(one).map(({ key }) => key))];
    assert.deepEqual(keys.toSorted(), expected.toSorted(), "each key once");
    const byKey = new Map(this.#entries.map((entry) => [entry.key, entry]));
    for (const { key, counter, before, after, generation } of done) {
      const entry = byKey.get(key)!;
      const said = [entry.counter, entry.before, entry.after, entry.generation];
      assert.deepEqual(said, [counter, before, after, generation], key);
    }
    for (const { key, line, lines, sum } of imports.flatMap(partsOf)) {
      const { before, after, imported } = byKey.get(key)!;
      const said = [imported?.line, imported?.lines, Number(after) - Number(before)];
      assert.deepEqual(said, [line, lines, sum], `${key}: lines from ${line}`);
    }
  }

  /** An adjustment that was sent after another one was answered is in a later round. */
  assertInOrder(): void {
    const last = new Map<string, Done>();
    for (const one of this.#clients.done) {
      const { client, key, generation } = one;
      const before = last.get(client);
      assert.ok(!before || before.generation < generation, `${client}: ${key} is not after ${before?.key}`);
      last.set(client, one);
    }
  }

  /** Each one that was decided on a generation was done on it. */
  assertDecided(counter: string): void {
    const ifMatch = new Map(this.#clients.done.map((one) => [one.key, one.ifMatch]));
    let generation = 0;
    for (const entry of this.#changesOf(counter)) {
      assert.equal(ifMatch.get(entry.key), generation, `${counter}: ${entry.key} was decided on another generation`);
      generation = entry.generation;
    }
  }

  /** Hits of a counter that was set and deleted, generation by generation, if its total is now `total`. */
  hitsOf(counter: string, total: number): number {
    let from = 0;
    let hits = 0;
    for (const { key, before, after } of this.#changesOf(counter)) {
      assert.ok(Number(before) >= from, `${counter}: ${before} before ${key}, but ${from} after the one before it`);
      hits += Number(before) - from;
      from = Number(after);
    }
    assert.ok(total >= from, `${counter}: ${total}, but it was set to ${from}`);
    return hits + total - from;
  }

  /** The sum of all lines of imports for `counter`. */
  imported(counter: string): number {
    const lines = this.#clients.imports.flatMap((one) => one.lines);
    return sumOf(lines.filter((line) => line.counter === counter));
  }

  /** In the order in which they were done. */
  #changesOf(counter: string): AuditEntryJson[] {
    const changes = this.#entries.filter((entry) => entry.counter === counter);
    const sorted = changes.toSorted((one, other) => one.generation - other.generation);
    const generations = new Set(sorted.map(({ generation }) => generation));
    assert.equal(generations.size, sorted.length, `${counter}: each change has a generation of its own`);
    assert.ok(sorted.length > 0, `${counter} was changed`);
    return sorted;
  }
}

function partsOf({ key, lines }: ImportDone) {
  const id = parseKey(key) ?? assert.fail(`${key} is no key`);
  return Array.from({ length: Math.ceil(lines.length / MAX_IMPORT_LINES) }, (_, part) => {
    const line = part * MAX_IMPORT_LINES + 1;
    const own = lines.slice(line - 1, line - 1 + MAX_IMPORT_LINES);
    return { key: keyText(partKey(id, line)), line, lines: own.length, sum: sumOf(own) };
  });
}

function sumOf(lines: readonly { readonly value: number }[]): number {
  return lines.reduce((sum, { value }) => sum + value, 0);
}
