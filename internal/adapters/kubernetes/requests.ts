import type { IncomingMessage } from "node:http";
import { Agent, request } from "node:https";
import type { Clock } from "../../ports/clock.ts";
import { KubernetesError } from "../../ports/kubernetes.ts";
import type { Access } from "./access.ts";
import { refusal, type Status, unreached } from "./failures.ts";

/** One request to the API. */
export interface Ask {
  readonly method: "GET" | "POST" | "PATCH" | "DELETE";
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: { readonly type: string; readonly value: unknown };
}

/** Milliseconds for one request, its answer included. */
const DEADLINE = 15_000;
/** Milliseconds of silence after which the kernel asks a connection whether it is still there; ten seconds later it is given up. */
const PROBE_AFTER = 10_000;
/** A connection that the server had closed while it lay idle: nothing on it was read by anyone. */
const CLOSED_WHILE_IDLE: ReadonlySet<unknown> = new Set(["ECONNRESET", "EPIPE"]);

/** Speaks JSON with the API server over connections that are kept. Throws KubernetesError. */
export class Requests {
  readonly #access: Access;
  readonly #clock: Clock;
  readonly #agent = new Agent({ keepAlive: true, keepAliveMsecs: PROBE_AFTER });

  constructor(access: Access, clock: Clock) {
    this.#access = access;
    this.#clock = clock;
  }

  /** The answer's object. */
  async send(ask: Ask): Promise<unknown> {
    const abort = new AbortController();
    const cancel = this.#clock.after(DEADLINE, () => abort.abort(new Error(`no answer within ${DEADLINE} ms`)));
    try {
      return await this.#answer(ask, await this.#respond(ask, abort.signal));
    } finally {
      cancel();
    }
  }

  /**
   * Tells each line of the answer, until the server ends it, `ms` milliseconds have passed (a KubernetesError then) or `signal` says so.
   * `opened` is called when the server has agreed.
   */
  async follow(ask: Ask, ms: number, signal: AbortSignal, opened: () => void, line: (text: string) => void) {
    const deadline = new AbortController();
    const cancel = this.#clock.after(ms, () => deadline.abort(new Error(`the watch did not end within ${ms} ms`)));
    try {
      const response = await this.#respond(ask, AbortSignal.any([signal, deadline.signal]));
      if (response.statusCode !== 200) await this.#answer(ask, response);
      opened();
      for await (const text of linesOf(response)) line(text);
    } catch (error) {
      if (!signal.aborted) throw this.#failure(error);
    } finally {
      cancel();
    }
  }

  async #respond(ask: Ask, signal: AbortSignal): Promise<IncomingMessage> {
    const credentials = await this.#access.credentials();
    const { server } = this.#access;
    const url = new URL(server.pathname.replace(/\/$/, "") + ask.path, server);
    for (const [name, value] of Object.entries(ask.query ?? {})) url.searchParams.set(name, value);
    const body = ask.body ? JSON.stringify(ask.body.value) : "";
    const headers = {
      accept: "application/json",
      // Node does not find out the length of a DELETE's body by itself: what follows on the connection would be taken for it.
      ...(ask.body && { "content-type": ask.body.type, "content-length": String(Buffer.byteLength(body)) }),
      ...credentials.headers,
    };
    return new Promise((resolve, reject) => {
      const sent = request(url, { ...credentials, agent: this.#agent, method: ask.method, headers, signal });
      sent.once("response", resolve);
      sent.once("error", (error: NodeJS.ErrnoException) => {
        const again = sent.reusedSocket && CLOSED_WHILE_IDLE.has(error.code) && ask.method !== "POST";
        if (again) resolve(this.#respond(ask, signal));
        else reject(this.#failure(error));
      });
      sent.end(body);
    });
  }

  async #answer(ask: Ask, response: IncomingMessage): Promise<unknown> {
    const text = await textOf(response).catch((error) => {
      throw this.#failure(error);
    });
    const { statusCode = 0, statusMessage = "" } = response;
    const object = parsed(text);
    if (statusCode >= 200 && statusCode < 300 && object !== undefined) return object;
    const { path } = ask;
    throw refusal(`${ask.method} ${path}`, statusCode, `${statusMessage} ${text.slice(0, 200)}`, object as Status);
  }

  #failure(error: unknown): KubernetesError {
    return error instanceof KubernetesError ? error : unreached(this.#access.server, error);
  }
}

async function textOf(response: IncomingMessage): Promise<string> {
  response.setEncoding("utf8");
  let text = "";
  for await (const chunk of response) text += chunk;
  return text;
}

async function* linesOf(response: IncomingMessage): AsyncGenerator<string> {
  response.setEncoding("utf8");
  let rest = "";
  for await (const chunk of response) {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
  }
}

/** Undefined when it is no JSON. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
