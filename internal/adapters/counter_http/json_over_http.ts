import { type Agent, get, type IncomingMessage } from "node:http";
import { CounterPagesError } from "../../ports/counter_pages.ts";

/** A list of a thousand nodes takes 300 kB. What is much longer is not from a counter. */
const MOST_BYTES = 4 << 20;

export interface JsonAnswer {
  readonly status: number;
  readonly body: unknown;
}

/** Asks for `path`. Throws CounterPagesError without a JSON answer within `timeout` milliseconds. */
export async function getJson(address: string, path: string, agent: Agent, timeout: number): Promise<JsonAnswer> {
  try {
    const signal = AbortSignal.timeout(timeout);
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      get(`http://${address}${path}`, { agent, signal, headers: { Accept: "application/json" } }, resolve).once(
        "error",
        reject,
      );
    });
    return { status: answer.statusCode ?? 0, body: JSON.parse(await text(answer)) };
  } catch (cause) {
    throw new CounterPagesError(`${address} gave no answer to ${path}: ${reason(cause, timeout)}`, { cause });
  }
}

async function text(answer: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MOST_BYTES) throw new Error(`its answer is longer than ${MOST_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function reason(cause: unknown, timeout: number): string {
  if (!(cause instanceof Error)) return String(cause);
  return cause.name === "AbortError" || cause.name === "TimeoutError" ? `not within ${timeout} ms` : cause.message;
}
