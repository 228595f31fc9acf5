import type { IncomingMessage } from "node:http";
import { Agent, request } from "node:https";
import type { Clock } from "../../ports/clock.ts";
import { KubernetesError } from "../../ports/kubernetes.ts";
import type { Access } from "./access.ts";
import { refusal, type Status, unreached } from "./errors.ts";

/** One request to the API. */
export interface Ask {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
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
  /** Who asks; the API server writes it into its audit log. */
  readonly #userAgent: string;
  readonly #agent = new Agent({ keepAlive: true, keepAliveMsecs: PROBE_AFTER });

  constructor(access: Access, clock: Clock, version: string) {
    this.#access = access;
    this.#clock = clock;
    this.#userAgent = `global-cluster/${version}`;
  }

  /** The answer's object. */
  async send(ask: Ask): Promise<unknown> {
    return this.#within(DEADLINE, `no answer within ${DEADLINE} ms`, async (deadline) => {
      return objectIn(ask, await this.#respond(ask, deadline));
    });
  }

  /**
   * Tells each line of the answer, until the server ends it, `ms` milliseconds have passed (a KubernetesError then) or `signal` says so.
   * `opened` is called when the server has agreed.
   */
  async follow(ask: Ask, ms: number, signal: AbortSignal, opened: () => void, line: (text: string) => void) {
    const told = this.#within(ms, `the watch did not end within ${ms} ms`, async (deadline) => {
      const response = await this.#respond(ask, AbortSignal.any([signal, deadline]));
      if (response.statusCode !== 200) await objectIn(ask, response);
      opened();
      for await (const text of linesOf(response)) line(text);
    });
    await told.catch((error) => {
      if (!signal.aborted) throw error;
    });
  }

  async #within<T>(ms: number, otherwise: string, work: (deadline: AbortSignal) => Promise<T>): Promise<T> {
    const deadline = new AbortController();
    const cancel = this.#clock.after(ms, () => deadline.abort());
    try {
      return await work(deadline.signal);
    } catch (error) {
      if (error instanceof KubernetesError) throw error;
      throw unreached(this.#access.server, deadline.signal.aborted ? new Error(otherwise) : error);
    } finally {
      cancel();
    }
  }

  async #respond(ask: Ask, signal: AbortSignal): Promise<IncomingMessage> {
    const { headers, ...credentials } = await this.#access.credentials();
    const body = ask.body ? JSON.stringify(ask.body.value) : "";
    const options = { ...credentials, agent: this.#agent, method: ask.method, signal };
    return new Promise((resolve, reject) => {
      const named = { "user-agent": this.#userAgent, ...headers, ...headersOf(ask, body) };
      const sent = request(this.#url(ask), { ...options, headers: named });
      let answered = false;
      sent.once("response", (response) => {
        answered = true;
        resolve(response);
      });
      sent.on("error", (error: NodeJS.ErrnoException) => {
        const unread = !answered && sent.reusedSocket && CLOSED_WHILE_IDLE.has(error.code);
        if (unread && ask.method !== "POST") resolve(this.#respond(ask, signal));
        else reject(error);
      });
      sent.end(body);
    });
  }

  #url({ path, query = {} }: Ask): URL {
    const { server } = this.#access;
    const url = new URL(server.pathname.replace(/\/$/, "") + path, server);
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
    return url;
  }
}

/** Node does not find out the length of a DELETE's body by itself: what follows on the connection would be taken for it. */
function headersOf({ body }: Ask, text: string): Record<string, string> {
  const accept = { accept: "application/json" };
  return body ? { ...accept, "content-type": body.type, "content-length": String(Buffer.byteLength(text)) } : accept;
}

/** What was answered. Throws KubernetesError where that is no success. */
async function objectIn({ method, path }: Ask, response: IncomingMessage): Promise<unknown> {
  const text = await textOf(response);
  const { statusCode = 0, statusMessage = "" } = response;
  const object = parsed(text);
  if (statusCode >= 200 && statusCode < 300 && object !== undefined) return object;
  throw refusal(`${method} ${path}`, statusCode, `${statusMessage} ${text.slice(0, 200)}`, object as Status);
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
