import type { IncomingMessage } from "node:http";
import { Agent, request } from "node:https";

/** A browser behind a proxy, which trusts its certificate. */
export class HttpsClient {
  readonly #port: number;
  readonly #from: string;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 20, rejectUnauthorized: false });

  /** `from`: an address of loopback. */
  constructor(port: number, from = "127.0.0.1") {
    this.#port = port;
    this.#from = from;
  }

  /** Resolves to the status; null: the connection broke. */
  async status(method: string, path: string, headers: Record<string, string> = {}): Promise<number | null> {
    return this.open(method, path, headers).then(
      async (response) => {
        for await (const _ of response);
        return response.statusCode ?? null;
      },
      () => null,
    );
  }

  async json(path: string): Promise<Record<string, unknown>> {
    let text = "";
    for await (const chunk of await this.open("GET", path)) text += chunk;
    return JSON.parse(text);
  }

  /** Resolves when the response begins. */
  open(method: string, path: string, more: Record<string, string> = {}): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      const where = { host: "127.0.0.1", port: this.#port, localAddress: this.#from };
      const options = { ...where, servername: "localhost", agent: this.#agent };
      const headers = { ...more, host: `localhost:${this.#port}` };
      request({ ...options, headers, method, path }, resolve)
        .on("error", reject)
        .end();
    });
  }

  close(): void {
    this.#agent.destroy();
  }
}
