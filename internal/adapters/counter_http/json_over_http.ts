import { type Agent, get, type IncomingMessage } from "node:http";
import { CounterPagesError } from "../../ports/counter_pages.ts";

/** A list of a thousand nodes takes 300 kB. A counter sends nothing that is much longer. */
const MAX_BYTES = 4 << 20;

export interface JsonResponse {
  readonly status: number;
  readonly body: unknown;
}

/** GETs `path`. Throws CounterPagesError if there is no JSON response within `timeout` milliseconds. */
export async function getJson(address: string, path: string, agent: Agent, timeout: number): Promise<JsonResponse> {
  try {
    const signal = AbortSignal.timeout(timeout);
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      get(`http://${address}${path}`, { agent, signal, headers: { Accept: "application/json" } }, resolve).once(
        "error",
        reject,
      );
    });
    return { status: response.statusCode ?? 0, body: JSON.parse(await text(response)) };
  } catch (cause) {
    throw new CounterPagesError(`${address} did not respond to GET ${path}: ${reason(cause, timeout)}`, { cause });
  }
}

async function text(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_BYTES) throw new Error(`the response is longer than ${MAX_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function reason(cause: unknown, timeout: number): string {
  if (!(cause instanceof Error)) return String(cause);
  return cause.name === "AbortError" || cause.name === "TimeoutError" ? `not within ${timeout} ms` : cause.message;
}
