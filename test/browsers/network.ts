import { Agent, type IncomingHttpHeaders, request } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";

/** Where requests may go. A node that was started again is another life. */
export interface Place {
  readonly name: string;
  readonly port: number;
  readonly life: number;
}

export interface Sent {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
}

/** What became of a request. `body` is null: the connection broke, and nobody can tell. */
export interface Answer {
  readonly status: number;
  readonly body: string | null;
  /** The process that answered. */
  readonly life: string;
  /** By the nodes' clock, in milliseconds. */
  readonly from: number;
  readonly to: number;
}

const PAUSE_MS = 100;
/** A node that was killed is not listed a moment later. */
const TRIES = 200;
const AT_ONCE = 64;

export function lifeOf({ name, life }: Pick<Place, "name" | "life">): string {
  return `${name}, life ${life}`;
}

/** A proxy in front of nodes: it tries another node if one takes no connection, and sends nothing twice. */
export class Network {
  readonly #places: () => readonly Place[];
  readonly #now: () => number;
  readonly #random: () => number;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE });

  constructor(places: () => readonly Place[], now: () => number, random: () => number) {
    this.#places = places;
    this.#now = now;
    this.#random = random;
  }

  async send(sent: Sent): Promise<Answer> {
    for (let tried = 0; tried < TRIES; tried++) {
      const places = this.#places();
      const place = places[Math.floor(this.#random() * places.length)];
      const answer = place && (await this.#sendTo(place, sent));
      if (answer) return answer;
      await sleep(PAUSE_MS);
    }
    throw new Error(`No node takes connections: ${sent.method} ${sent.path}`);
  }

  end(): void {
    this.#agent.destroy();
  }

  /** Null: it takes no connection. */
  #sendTo(place: Place, { method, path, headers }: Sent): Promise<Answer | null> {
    const from = this.#now();
    const answer = (status: number, body: string | null) => ({
      ...{ status, body, from },
      ...{ life: lifeOf(place), to: this.#now() },
    });
    return new Promise((resolve) => {
      const options = { host: "127.0.0.1", port: place.port, method, path, headers, agent: this.#agent };
      const sent = request(options, (response) => {
        let body = "";
        response.setEncoding("utf8");
        response.on("data", (chunk) => {
          body += chunk;
        });
        response.on("error", () => resolve(answer(0, null)));
        response.on("end", () => resolve(answer(response.statusCode ?? 0, body)));
      });
      sent.on("error", (error: NodeJS.ErrnoException) =>
        resolve(error.code === "ECONNREFUSED" ? null : answer(0, null)),
      );
      sent.end();
    });
  }
}
