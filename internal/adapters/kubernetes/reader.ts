import type { IncomingMessage } from "node:http";
import { Agent, request } from "node:https";
import type { Clock } from "../../ports/clock.ts";
import type { Access } from "./access.ts";
import { withDeadline } from "./deadline.ts";
import { objectIn } from "./errors.ts";

export type Query = Readonly<Record<string, string>>;

/** How one watch ends, and what it calls. */
export interface WatchStream {
  /** Milliseconds after which the watch fails if it has not ended. */
  readonly ms: number;
  /** Ends the watch without an error. */
  readonly signal: AbortSignal;
  /** The server has agreed. */
  readonly opened: () => void;
  readonly line: (text: string) => void;
}

/** Milliseconds for one request, including its response. */
export const DEADLINE_MS = 15_000;
/** Milliseconds of silence after which the kernel checks a connection; ten seconds later it gives up. */
const KEEPALIVE_DELAY_MS = 10_000;
/** A connection that the server closed while it was idle: the server has not read the request. */
const CLOSED_WHILE_IDLE: ReadonlySet<unknown> = new Set(["ECONNRESET", "EPIPE"]);

/** Reads from the API server over kept connections, without the client library. Throws KubernetesError. */
export class Reader {
  readonly #access: Access;
  readonly #clock: Clock;
  readonly #userAgent: string;
  readonly #agent = new Agent({ keepAlive: true, keepAliveMsecs: KEEPALIVE_DELAY_MS });

  /** `userAgent`: who asks; the API server writes it into its audit log. */
  constructor(access: Access, clock: Clock, userAgent: string) {
    this.#access = access;
    this.#clock = clock;
    this.#userAgent = userAgent;
  }

  get(path: string, query: Query): Promise<unknown> {
    return this.#within(DEADLINE_MS, `no response within ${DEADLINE_MS} ms`, async (deadline) => {
      return readObject(path, await this.#respond(path, query, deadline));
    });
  }

  /** Passes on each line of the response. Resolves when the server or the signal has ended it. */
  async watch(path: string, query: Query, { ms, signal, opened, line }: WatchStream): Promise<void> {
    const watched = this.#within(ms, `the watch did not end within ${ms} ms`, async (deadline) => {
      const response = await this.#respond(path, query, AbortSignal.any([signal, deadline]));
      if (response.statusCode !== 200) await readObject(path, response);
      opened();
      for await (const text of linesOf(response)) line(text);
    });
    await watched.catch((error) => {
      if (!signal.aborted) throw error;
    });
  }

  #within<T>(ms: number, late: string, work: (deadline: AbortSignal) => Promise<T>): Promise<T> {
    return withDeadline({ clock: this.#clock, server: this.#access.server, ms, late }, work);
  }

  async #respond(path: string, query: Query, signal: AbortSignal): Promise<IncomingMessage> {
    const { headers, ...tls } = await this.#access.credentials();
    const all = { "user-agent": this.#userAgent, accept: "application/json", ...headers };
    return new Promise((resolve, reject) => {
      const sent = request(this.#url(path, query), { ...tls, agent: this.#agent, signal, headers: all });
      let responded = false;
      sent.once("response", (response) => {
        responded = true;
        resolve(response);
      });
      sent.on("error", (error: NodeJS.ErrnoException) => {
        const unread = !responded && sent.reusedSocket && CLOSED_WHILE_IDLE.has(error.code);
        if (unread) resolve(this.#respond(path, query, signal));
        else reject(error);
      });
      sent.end();
    });
  }

  #url(path: string, query: Query): URL {
    const { server } = this.#access;
    const url = new URL(server.pathname.replace(/\/$/, "") + path, server);
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
    return url;
  }
}

async function readObject(path: string, response: IncomingMessage): Promise<unknown> {
  response.setEncoding("utf8");
  let text = "";
  for await (const chunk of response) text += chunk;
  return objectIn(`GET ${path}`, response.statusCode ?? 0, text);
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
