import { isMemberField } from "../../../internal/core/cluster/member_fields.ts";
import { MAX_ADJUSTED_TOTAL } from "../../../internal/core/ledger/adjustment.ts";
import { COUNTER_NAME_FORM, isCounterName } from "../../../internal/core/names.ts";

/** One line of an import, as `POST /v1/import` takes it. */
export interface ImportLine {
  readonly counter: string;
  readonly value: bigint;
  /** Null: the server's usual one. */
  readonly region: string | null;
}

/** What a file has for a counter, with its line for messages. */
export interface FoundLine extends ImportLine {
  readonly line: number;
}

/** A file cannot be imported. Nothing of it was sent. */
export class ImportError extends Error {
  override readonly name = "ImportError";
  /** `line`: null if it is about the whole file. */
  constructor(line: number | null, message: string) {
    super(line === null ? message : `line ${line}: ${message}`);
  }
}

/** Checks what a line says. `value`: a whole number, or its digits. Throws ImportError. */
export function importLine(line: number, counter: unknown, value: unknown, region: unknown): FoundLine {
  if (typeof counter !== "string" || !isCounterName(counter))
    throw new ImportError(line, `${shown(counter)} is not a valid counter name (${COUNTER_NAME_FORM})`);
  return { line, counter, value: total(line, value), region: regionOf(line, region) };
}

function total(line: number, value: unknown): bigint {
  const digits = typeof value === "number" && Number.isSafeInteger(value) ? String(value) : value;
  const number = typeof digits === "string" && /^\d{1,19}$/.test(digits) ? BigInt(digits) : null;
  if (number !== null && number <= MAX_ADJUSTED_TOTAL) return number;
  throw new ImportError(
    line,
    `${shown(value)} is not a number of hits (a whole number from 0 to ${MAX_ADJUSTED_TOTAL})`,
  );
}

function regionOf(line: number, region: unknown): string | null {
  if (region === undefined || region === null || region === "") return null;
  if (typeof region === "string" && isMemberField("region", region)) return region;
  throw new ImportError(line, `${shown(region)} cannot name a region`);
}

function shown(value: unknown): string {
  return JSON.stringify(value) ?? "nothing";
}
