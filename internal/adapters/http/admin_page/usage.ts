import type { Counting } from "../../../ports/counting.ts";
import { grouped } from "../page/browser/format.js";
import { type Html, html } from "../page/browser/html.js";
import { totalsJson } from "../totals_json.ts";
import { table } from "./layout.ts";

/** The counters whose names have the same first part: those of a site, for example. */
export interface Owner {
  readonly name: string;
  counters: number;
  hits: bigint;
}

export interface Usage {
  readonly owners: readonly Owner[];
  readonly counters: number;
  /** Whether there are more counters than were looked at. */
  readonly more: boolean;
}

/** Names that are looked at in one turn of the event loop: about 2 ms. */
const SLICE = 1_000;
/** Most names that are looked at: with them, it takes a second. */
const MOST_NAMES = 200_000;
const ROWS = 20;

/** Adds up counters and hits by the first part of their names, a slice at a time, so that hits are answered meanwhile. */
export async function usageOf(
  counting: Counting,
  mayShow: (counter: string) => boolean,
  nextTurn: () => Promise<void>,
): Promise<Usage> {
  const owners = new Map<string, Owner>();
  let seen = 0;
  for (let after = ""; seen < MOST_NAMES; ) {
    const found = counting.list(after, SLICE);
    for (const { counter, regions } of found) {
      if (!mayShow(counter)) continue;
      const [name = ""] = counter.split("/", 1);
      const owner = owners.get(name) ?? { name, counters: 0, hits: 0n };
      owner.counters++;
      owner.hits += BigInt(totalsJson({ counter, regions }).committed ?? 0);
      owners.set(name, owner);
    }
    seen += found.length;
    const last = found.at(-1);
    if (last === undefined || found.length < SLICE)
      return { owners: [...owners.values()], counters: seen, more: false };
    after = last.counter;
    await nextTurn();
  }
  return { owners: [...owners.values()], counters: seen, more: true };
}

/** Who uses most names, and who has most hits. */
export function usagePage({ owners, counters, more }: Usage): Html {
  const byNames = [...owners].sort((a, b) => b.counters - a.counters).slice(0, ROWS);
  // The hits of a site are those of its own counter, and again those of its pages.
  const byHits = [...owners].sort((a, b) => (a.hits < b.hits ? 1 : -1)).slice(0, ROWS);
  return html`<p>${more ? html`The first ${grouped(counters)} counters` : html`All ${grouped(counters)} counters`}, added up by the part of their names before the first &ldquo;/&rdquo;. A site has the views of its pages twice: page by page, and together.</p>
<section>
<h3>Most counters</h3>
${owner(byNames)}
</section>
<section>
<h3>Most hits</h3>
${owner(byHits)}
</section>`;
}

function owner(rows: readonly Owner[]): Html {
  return table(
    ["Name", "Counters", "Hits"],
    rows.map(
      ({ name, counters, hits }) =>
        html`<tr><th scope="row"><a href="/admin/counters?prefix=${encodeURIComponent(name)}">${name}</a></th><td>${grouped(counters)}</td><td>${grouped(hits)}</td></tr>\n`,
    ),
  );
}
