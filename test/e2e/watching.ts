import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import type { ClusterJson } from "../../internal/adapters/http/cluster_json.ts";
import type { ReadingJson } from "../../internal/adapters/http/totals_json.ts";
import { ShownNumbers } from "../shown_numbers.ts";
import { withApiProxy } from "./kubectl.ts";
import { COUNTERS, type Pod } from "./visits.ts";

const PAUSE_MS = 250;

/** The counters of a namespace's `visits` that are watched. */
interface Watched {
  readonly namespace: string;
  readonly counters: readonly string[];
}

/** Reads the numbers of each pod several times a second while `act` runs, and asserts that none of them steps back. Resolves to the names of these pods. */
export async function neverStepsBackWhile(watched: Watched, act: () => Promise<unknown>): Promise<string[]> {
  return withApiProxy(async (address) => {
    const watch = new Watch(watched, address);
    const watching = watch.run();
    try {
      await act();
    } finally {
      watch.stop();
      await watching;
    }
    assert.deepEqual(watch.shown.stepsBack, []);
    return [...watch.read];
  });
}

class Watch {
  readonly shown = new ShownNumbers();
  /** Pods whose numbers were read. */
  readonly read = new Set<string>();
  readonly #watched: Watched;
  readonly #api: string;
  #present: ReadonlySet<string> = new Set();
  #goesOn = true;

  constructor(watched: Watched, address: string) {
    this.#watched = watched;
    this.#api = `http://${address}/api/v1/namespaces/${watched.namespace}/pods`;
  }

  async run(): Promise<void> {
    const pods = new Map<string, Promise<void>>();
    for (; this.#goesOn; await sleep(PAUSE_MS)) {
      this.#present = await this.#pods();
      for (const name of this.#present) if (!pods.has(name)) pods.set(name, this.#watchPod(name));
    }
    await Promise.all(pods.values());
  }

  stop(): void {
    this.#goesOn = false;
  }

  /** Names of those with an address. */
  async #pods(): Promise<ReadonlySet<string>> {
    const found = await get<{ items: Pod[] }>(`${this.#api}?labelSelector=${encodeURIComponent(COUNTERS)}`);
    if (!found?.ok) return this.#present;
    const pods = found.body.items.filter(({ status }) => status.podIP !== undefined);
    return new Set(pods.map(({ metadata }) => metadata.name));
  }

  /** One whose address is gone does not respond for seconds. The others do not wait for it. */
  async #watchPod(name: string): Promise<void> {
    for (; this.#goesOn && this.#present.has(name); await sleep(PAUSE_MS)) await this.#readPod(name);
  }

  async #readPod(name: string): Promise<void> {
    const pod = `${this.#api}/${name}:4000/proxy/v1`;
    const cluster = await get<ClusterJson>(`${pod}/cluster`);
    // The release 0.1.0 does not know the sum of all counters.
    if (cluster?.ok) this.shown.note(`all counters on ${name}`, cluster.body.total ?? null);
    for (const counter of this.#watched.counters) {
      const reading = await get<ReadingJson & { readonly type?: string }>(`${pod}/counters/${counter}`);
      if (reading?.ok) this.#note(`${counter} on ${name}`, reading.body);
      else if (reading?.body.type?.endsWith(":unknown-counter"))
        this.#note(`${counter} on ${name}`, { value: 0, committed: 0 });
      else continue;
      this.read.add(name);
    }
  }

  #note(where: string, { value, committed }: Pick<ReadingJson, "value" | "committed">): void {
    this.shown.note(where, value);
    this.shown.note(`${where}, committed`, committed);
  }
}

/** Null if no JSON comes. */
async function get<T>(url: string): Promise<{ readonly ok: boolean; readonly body: T } | null> {
  try {
    const response = await fetch(url);
    return { ok: response.ok, body: (await response.json()) as T };
  } catch {
    return null;
  }
}
