import { isMemberField } from "../cluster/member_fields.ts";
import type { Day } from "../days/hour.ts";
import type { CounterTotal } from "./counter_total.ts";
import { formats, splitLine } from "./entry_bytes.ts";
import { EntryFields, jsonIn, UnreadableLedger } from "./entry_fields.ts";
import { daysInText, daysText } from "./page_days.ts";
import { counterIn, countersInText } from "./page_text.ts";
import { PAGES } from "./totals.ts";

/**
 * Entry `pages/0000` to `pages/4095`: one line of JSON, `{"format","reads","writes","version","sum","days"}`, then JSON that people can read with
 * `etcdctl get`, a counter a line: `{"visits":{"eu":"42"}}`. A counter of a later generation has it behind an @: `"visits@17"`.
 */
export const PAGE_NAMES = { from: "pages/", to: "pages0" };

/** Bytes that are no UTF-8 become a character that no name has. */
const UTF_8 = new TextDecoder();

/** A page as the store has it. */
export interface StoredPage {
  /** The version up to which it has all rounds. */
  readonly version: number;
  readonly counters: readonly (readonly [string, CounterTotal])[];
  /** The days of which the store had entries for this page when it was written. Those that were dropped since are among them. */
  readonly days: readonly Day[];
}

export function pageName(page: number): string {
  return PAGE_NAMES.from + String(page).padStart(4, "0");
}

/** The number of a page, by the name of its entry. Throws UnreadableLedger. */
export function pageNumber(entry: string): number {
  const page = Number(entry.slice(PAGE_NAMES.from.length));
  if (!(page < PAGES) || pageName(page) !== entry)
    throw new UnreadableLedger(entry, `its name must be one of ${pageName(0)} to ${pageName(PAGES - 1)}`);
  return page;
}

export function encodePage(
  version: number,
  counters: Iterable<readonly [string, CounterTotal]>,
  days: readonly Day[] = [],
): Uint8Array {
  const lines: string[] = [];
  let sum = 0n;
  for (const [counter, { regions, generation }] of counters) {
    const totals: string[] = [];
    for (const [region, total] of regions) {
      totals.push(`${JSON.stringify(region)}:"${total}"`);
      sum += total;
    }
    lines.push(`"${counter}${generation === 0 ? "" : `@${generation}`}":{${totals.join(",")}}`);
  }
  const line = JSON.stringify({
    ...formats(2),
    version,
    sum: String(sum),
    ...(days.length > 0 && { days: daysText(days) }),
  });
  return new TextEncoder().encode(`${line}\n{${lines.join(",\n")}}`);
}

/** Throws UnreadableLedger, also if the page's totals do not add up to the sum that it names. */
export function decodePage(entry: string, bytes: Uint8Array): StoredPage {
  const { fields, rest } = splitLine(entry, bytes);
  const counters = countersInText(UTF_8.decode(rest)) ?? countersInJson(entry, rest);
  let sum = 0n;
  for (const [, { regions }] of counters) for (const total of regions.values()) sum += total;
  if (sum !== fields.decimal("sum"))
    throw new UnreadableLedger(entry, `its totals sum to ${sum}, and it says ${fields.decimal("sum")}`);
  const days = fields.has("days") ? daysInText(entry, fields.text("days")) : [];
  return { version: fields.whole("version"), counters, days };
}

/** The counters of a page that another program wrote, or that is damaged: this says where. */
function countersInJson(entry: string, bytes: Uint8Array): [string, CounterTotal][] {
  const page = new EntryFields(entry, jsonIn(entry, bytes));
  return [...page.map((key) => counterIn(key) !== null, regionsIn)].map(([key, regions]) => {
    const { counter = "", generation = 0 } = counterIn(key) ?? {};
    return [counter, { regions, generation }];
  });
}

function regionsIn(page: EntryFields, counter: string): Map<string, bigint> {
  const isRegion = (region: string) => isMemberField("region", region);
  return page.fields(counter).map(isRegion, (regions, region) => regions.total(region));
}
