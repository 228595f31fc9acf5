import type { IncomingMessage } from "node:http";
import { TextDecoder } from "node:util";
import { isMemberField } from "../../../core/cluster/member_fields.ts";
import { type ImportLine, MAX_IMPORT_LINES } from "../../../core/ledger/adjustment.ts";
import { isCounterName } from "../../../core/names.ts";
import { ClientGone } from "../body.ts";
import { Problem } from "../problem.ts";
import { badLine } from "./adjust_problems.ts";
import { valueIn } from "./values.ts";

/** Some lines of an import that are one adjustment. */
export interface ImportPart {
  /** Number of its first line, from 1. */
  readonly line: number;
  /** Lines that it has in the body, empty ones too. */
  readonly size: number;
  readonly lines: readonly ImportLine[];
}

const MAX_LINE_LENGTH = 1_024;
const NAMES = ["counter", "value", "region"];

/** The parts of an NDJSON body, as they arrive. `check` is called for each line's counter. Throws Problem, which names the line, and ClientGone. */
export async function* importParts(
  req: IncomingMessage,
  check: (counter: string) => void,
): AsyncGenerator<ImportPart, void> {
  let first = 1;
  let lines: ImportLine[] = [];
  let line = 0;
  for await (const text of linesOf(req, () => line + 1)) {
    line++;
    if (text !== "") lines.push(lineIn(text, line, check));
    if (line - first + 1 < MAX_IMPORT_LINES) continue;
    if (lines.length > 0) yield { line: first, size: line - first + 1, lines };
    first = line + 1;
    lines = [];
  }
  if (lines.length > 0) yield { line: first, size: line - first + 1, lines };
}

async function* linesOf(req: IncomingMessage, lineNumber: () => number): AsyncGenerator<string, void> {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let rest = "";
  for await (const chunk of chunksOf(req)) {
    const pieces = (rest + decoded(decoder, chunk, lineNumber)).split("\n");
    rest = pieces.pop() ?? "";
    for (const piece of pieces) yield bounded(piece, lineNumber);
    bounded(rest, lineNumber);
  }
  if (rest !== "") yield rest.replace(/\r$/, "");
}

async function* chunksOf(req: IncomingMessage): AsyncGenerator<Buffer, void> {
  try {
    // If the import ends early, its sender must still get the response.
    yield* req.iterator({ destroyOnReturn: false });
  } catch (cause) {
    throw new ClientGone("The connection broke", { cause });
  }
}

function decoded(decoder: TextDecoder, chunk: Buffer, lineNumber: () => number): string {
  try {
    return decoder.decode(chunk, { stream: true });
  } catch {
    throw new Problem(badLine(lineNumber(), "It is not UTF-8, or a line soon after it is not."));
  }
}

function bounded(line: string, lineNumber: () => number): string {
  if (line.length > MAX_LINE_LENGTH)
    throw new Problem(badLine(lineNumber(), `It is over ${MAX_LINE_LENGTH} characters.`));
  return line.replace(/\r$/, "");
}

function lineIn(text: string, line: number, check: (counter: string) => void): ImportLine {
  const fields = objectIn(text, line);
  const { counter, region = null } = fields;
  const value = valueIn(fields.value);
  const refuse = (detail: string) => {
    throw new Problem(badLine(line, detail));
  };
  const unknown = Object.keys(fields).find((name) => !NAMES.includes(name));
  if (unknown !== undefined) return refuse(`It has a member ${JSON.stringify(unknown)}.`);
  if (typeof counter !== "string" || !isCounterName(counter))
    return refuse(`"counter" is ${JSON.stringify(counter)}, which is not a name of a counter.`);
  if (value === null) return refuse(`"value" is ${JSON.stringify(fields.value)}.`);
  if (region !== null && !(typeof region === "string" && isMemberField("region", region)))
    return refuse(`"region" is ${JSON.stringify(region)}, which cannot name one.`);
  check(counter);
  return { counter, value, region };
}

function objectIn(text: string, line: number): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch {
    // Said below.
  }
  throw new Problem(badLine(line, "It is not a JSON object."));
}
