import { Readable } from "node:stream";
import type Router from "@koa/router";
import type { KeyId } from "../../../core/keys/idempotency_key.ts";
import { partKey } from "../../../core/keys/part_key.ts";
import type { ImportCounters } from "../../../core/ledger/adjustment.ts";
import type { Adjusting } from "../../../ports/adjusting.ts";
import type { Logger } from "../../../ports/logger.ts";
import { ClientGone } from "../body.ts";
import { unlimitBody } from "../connections/body_deadline.ts";
import { keyOf } from "../keyed/key_header.ts";
import { Problem, problemJson } from "../problem.ts";
import { badQuery, ourFault } from "../problems.ts";
import { readQuery } from "../query.ts";
import { badAdjustment, importKeyNeeded, notAdjusted } from "./adjust_problems.ts";
import { type Adjusters, mustBeFor } from "./adjusters.ts";
import { type ImportPart, importParts } from "./import_lines.ts";

export interface ImportDeps {
  readonly adjusting: Adjusting;
  readonly adjusters: Adjusters;
  readonly logger: Logger;
}

/** The last line of the response to an import that was done. */
export interface ImportedJson {
  readonly done: true;
  readonly lines: number;
  /** Counters that it changed, part by part: one that is in two parts counts twice. */
  readonly counters: number;
  /** Lines whose counter was there already (mode=absent). */
  readonly skipped: number;
  /** Whether all of it had been done before. */
  readonly duplicate: boolean;
}

const NDJSON = "application/x-ndjson";
const LINE_RULE =
  'Send lines such as {"counter": "votes", "value": 12}, as application/x-ndjson without Content-Encoding.';

/** `POST /v1/import`: lines of counters and values, in parts that are done whole or not at all. */
export function routeImport(router: Router, { adjusting, adjusters, logger }: ImportDeps): void {
  router.post("/v1/import", async (ctx) => {
    const mode = modeIn(readQuery(ctx, "mode").mode);
    const adjuster = adjusters.admit(ctx.req);
    const key = keyOf(ctx.req);
    if (key === null) throw new Problem(importKeyNeeded());
    ctx.set("Idempotency-Key", ctx.get("Idempotency-Key"));
    requireNdjson(ctx.get("Content-Type"), ctx.get("Content-Encoding"));
    unlimitBody(ctx.req);
    if (ctx.get("Expect") !== "") ctx.res.writeContinue();
    const parts = importParts(ctx.req, (counter) => mustBeFor(adjuster, counter));
    const progress = importAll(adjusting, { key, who: adjuster.who, mode }, parts);
    // What is wrong with the first part is the response; later ones are known when the response has begun.
    const first = await progress.next();
    ctx.type = NDJSON;
    ctx.body = Readable.from(responseLines(first, progress, logger));
  });
}

interface Import {
  readonly key: KeyId;
  readonly who: string;
  readonly mode: ImportCounters["mode"];
}

/** Does one part after the other, and yields how many lines are done. Throws Problem and ClientGone. */
async function* importAll(
  adjusting: Adjusting,
  { key, who, mode }: Import,
  parts: AsyncIterable<ImportPart>,
): AsyncGenerator<number, ImportedJson> {
  let done = { lines: 0, counters: 0, skipped: 0, duplicate: true };
  for await (const { line, size, lines } of parts) {
    const change = { action: "import", mode, line, lines } as const;
    const outcome = await adjusting.adjust({ key: partKey(key, line), who, reason: "", change });
    if (outcome.done !== true) throw new Problem(notAdjusted(outcome, `lines ${line} to ${line + size - 1}`));
    const { counters = 0, skipped = 0 } = outcome.entry.imported ?? {};
    done = {
      lines: line + size - 1,
      counters: done.counters + counters,
      skipped: done.skipped + skipped,
      duplicate: done.duplicate && outcome.duplicate,
    };
    yield done.lines;
  }
  return { done: true, ...done, duplicate: done.duplicate && done.lines > 0 };
}

/** Nothing is caught around `yield`, because it throws when the client goes away. */
async function* responseLines(
  first: IteratorResult<number, ImportedJson>,
  progress: AsyncGenerator<number, ImportedJson>,
  logger: Logger,
): AsyncGenerator<string, void> {
  for (let step = first; ; ) {
    yield `${JSON.stringify(step.done ? step.value : { lines: step.value })}\n`;
    if (step.done) return;
    const next = await progress.next().catch((error: unknown) => lastLine(error, logger));
    if (next === null) return;
    if (typeof next === "string") return yield next;
    step = next;
  }
}

/** What the response ends with when the import failed; null: nobody is there to read it. */
function lastLine(error: unknown, logger: Logger): string | null {
  if (error instanceof ClientGone) return null;
  if (!(error instanceof Problem)) logger.error("request failed", { path: "/v1/import", error: String(error) });
  return `${problemJson(error instanceof Problem ? error.fields : ourFault())}\n`;
}

function modeIn(text = "add"): ImportCounters["mode"] {
  if (text === "add" || text === "absent") return text;
  throw new Problem(badQuery(`mode is ${JSON.stringify(text)}.`, "Use mode=add or mode=absent."));
}

function requireNdjson(type: string, encoding: string): void {
  const isNdjson = type.split(";", 1)[0]?.trim().toLowerCase() === NDJSON;
  if (!isNdjson || encoding !== "")
    throw new Problem({
      ...badAdjustment(`The body is ${JSON.stringify(encoding === "" ? type : `${encoding}-encoded`)}.`, LINE_RULE),
      status: 415,
      kind: "not-ndjson",
      title: "Not NDJSON",
    });
}
