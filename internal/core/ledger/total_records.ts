import type { ByteReader, ByteWriter } from "./byte_records.ts";
import { type CounterTotal, MAX_TOTAL } from "./counter_total.ts";
import type { RegionNames } from "./region_names.ts";

export const MAX_UINT48 = 2 ** 48 - 1;

/** What a counter has as numbers: generation, number of regions plus 1, or 0 if it is gone; then for each region its number and its total. */
export function writeTotal(records: ByteWriter, total: CounterTotal | null, regions: RegionNames): void {
  records.number(total?.generation ?? 0);
  records.number(total ? total.regions.size + 1 : 0);
  for (const [region, sum] of total?.regions ?? []) {
    records.number(regions.numberOf(region));
    records.number(sum);
  }
}

/** Writes what `reader` is at as `writeTotal` does, and makes nothing of it. `names`: the region of each number there. */
export function copyTotal(
  reader: ByteReader,
  names: readonly string[],
  records: ByteWriter,
  regions: RegionNames,
): void {
  reader.copyNumber(records);
  const size = reader.number();
  records.number(size);
  for (let left = size - 1; left > 0; left--) {
    records.number(regions.numberOf(names[reader.number()] as string));
    reader.copyNumber(records);
  }
}

/** `regions`: the region of each number. All of it must have been checked. */
export function readTotal(reader: ByteReader, regions: readonly string[]): CounterTotal | null {
  const generation = reader.number();
  const size = reader.number();
  if (size === 0) return null;
  const totals = new Map<string, bigint>();
  for (let left = size - 1; left > 0; left--) totals.set(regions[reader.number()] as string, reader.bigint(MAX_TOTAL));
  return { regions: totals, generation };
}
