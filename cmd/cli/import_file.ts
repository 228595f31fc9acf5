import { createHash } from "node:crypto";
import { createInterface } from "node:readline";
import { Readable } from "node:stream";
import type { ReadableStream } from "node:stream/web";
import { importKey, ndjsonOf } from "./import/import_key.ts";
import { type FoundLine, ImportError } from "./import/import_line.ts";
import { readImport, sourceOf } from "./import/read_import.ts";
import { printError, printJson, printLines, writeText } from "./output.ts";
import type { OwningOptions } from "./owning_commands.ts";
import { Progress } from "./progress.ts";
import { pause, reasonOf, ServerError, send, statusError } from "./server.ts";
import { numberText, plural } from "./text.ts";

/** The last line of the response to an import. */
interface ImportedJson {
  readonly done: true;
  readonly lines: number;
  readonly counters: number;
  readonly skipped: number;
  readonly duplicate: boolean;
}

/** Times that an import whose connection broke is sent again. Each attempt goes on where the one before was. */
const ATTEMPTS = 5;
const RETRY_MS = 1_000;
/** The server writes a line for each part. After this silence, the connection counts as lost. */
const SILENCE_TIMEOUT_MS = 60_000;

/** `global-cluster import`. Reads the whole file before anything is sent. Throws ImportError and ServerError. */
export async function importFile(path: string, options: OwningOptions, stopped: AbortSignal): Promise<void> {
  const found = () => linesOf(path, options);
  if (options.dryRun) return showLines(found());
  const checked = await check(found(), stopped);
  if (stopped.aborted) return printError("Nothing was sent.");
  const key = options.key ?? importKey(path, `${options.mode} ${checked.content}`);
  printError(`importing ${plural(checked.lines, "line")} with the key ${key}`);
  const done = await sendAgain(found, { ...checked, key }, options, stopped);
  if (done === null) return;
  if (options.json) printJson(JSON.stringify({ ...done, key }));
  else printLines(sentence(done));
}

async function* linesOf(path: string, { from, site, region }: OwningOptions): AsyncGenerator<FoundLine> {
  for await (const line of readImport(path, from ?? sourceOf(path), site ?? ""))
    yield region === null || line.region !== null ? line : { ...line, region };
}

async function showLines(lines: AsyncIterable<FoundLine>): Promise<void> {
  for await (const line of lines) await writeText(ndjsonOf(line));
}

/** Reads all lines. Throws ImportError at the first that is wrong. */
async function check(
  lines: AsyncIterable<FoundLine>,
  stopped: AbortSignal,
): Promise<{ lines: number; content: string }> {
  const content = createHash("sha256");
  const progress = new Progress();
  let count = 0;
  for await (const line of lines) {
    if (stopped.aborted) break;
    content.update(ndjsonOf(line));
    count++;
    progress.show(`checked ${plural(count, "line")}`);
  }
  progress.end();
  if (count === 0 && !stopped.aborted) throw new ImportError(null, "The file has no numbers to import.");
  return { lines: count, content: content.digest("hex") };
}

interface Sent {
  readonly lines: number;
  readonly key: string;
}

/** Null: a person stopped it. */
async function sendAgain(
  found: () => AsyncIterable<FoundLine>,
  sent: Sent,
  options: OwningOptions,
  stopped: AbortSignal,
): Promise<ImportedJson | null> {
  const again = `Run the same command again, and it goes on: it has the key ${sent.key}`;
  for (let attempt = 1; ; attempt++) {
    try {
      return await sendOnce(found(), sent, options, stopped);
    } catch (error) {
      if (stopped.aborted) {
        printError(`Stopped. What was imported stays. ${again}`);
        process.exitCode = 130;
        return null;
      }
      if (!(error instanceof ServerError) || !error.temporary || (error.unsent && attempt === 1)) throw error;
      if (attempt === ATTEMPTS)
        throw new ServerError(`${error.message.replace(/\.$/, "")}. ${again}`, { temporary: true }, error);
      printError(`${error.message.replace(/\.$/, "")}; going on...`);
      await pause(RETRY_MS * attempt, stopped);
    }
  }
}

async function sendOnce(
  found: AsyncIterable<FoundLine>,
  { lines, key }: Sent,
  { mode, server, token }: OwningOptions,
  stopped: AbortSignal,
): Promise<ImportedJson> {
  const silence = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const wait = () => {
    clearTimeout(timer);
    timer = setTimeout(() => silence.abort(new Error("no response for a minute")), SILENCE_TIMEOUT_MS);
  };
  const progress = new Progress();
  try {
    wait();
    const response = await send({ server, token }, `/v1/import?mode=${mode}`, {
      method: "POST",
      headers: { "content-type": "application/x-ndjson", "idempotency-key": key },
      body: Readable.toWeb(Readable.from(chunks(found, wait))) as NonNullable<RequestInit["body"]>,
      // Half: the response is read while the request is sent. The types of fetch do not know it.
      ...{ duplex: "half" },
      signal: AbortSignal.any([silence.signal, stopped]),
    });
    for await (const line of responseLines(response, server)) {
      wait();
      const json = JSON.parse(line) as { lines?: number; done?: true; detail?: string };
      if (json.done === true) return json as ImportedJson;
      if (json.detail !== undefined) throw statusError((json as { status?: number }).status ?? 500, line);
      progress.show(`imported ${numberText(json.lines ?? 0)} of ${plural(lines, "line")}`);
    }
    throw new ServerError(`${server} ended its response too early`, { temporary: true });
  } finally {
    clearTimeout(timer);
    progress.end();
  }
}

const CHUNK_CHARACTERS = 65_536;

/** The body in pieces. `sent` is called for each: a file that is read slowly is no silence of the server. */
async function* chunks(found: AsyncIterable<FoundLine>, sent: () => void): AsyncGenerator<Buffer> {
  let text = "";
  for await (const line of found) {
    text += ndjsonOf(line);
    if (text.length < CHUNK_CHARACTERS) continue;
    yield Buffer.from(text);
    sent();
    text = "";
  }
  yield Buffer.from(text);
}

async function* responseLines(response: Response, server: string): AsyncGenerator<string> {
  try {
    const input = Readable.fromWeb(response.body as ReadableStream<Uint8Array>);
    for await (const line of createInterface({ input })) if (line !== "") yield line;
  } catch (error) {
    throw new ServerError(`${server} did not complete its response: ${reasonOf(error)}`, { temporary: true }, error);
  }
}

function sentence({ lines, counters, skipped, duplicate }: ImportedJson): string {
  if (duplicate)
    return `This was imported before. Nothing was changed. To import it once more, use --key with a new UUID of version 7.`;
  const left = skipped === 0 ? "" : ` ${plural(skipped, "line")} left out: their counters exist.`;
  return `Imported ${plural(lines, "line")}, and changed ${plural(counters, "counter")}.${left}`;
}
