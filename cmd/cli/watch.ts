import type { EventMessage } from "../../internal/adapters/http/events/messages.ts";
import type { Options } from "./commands.ts";
import { type News, watchEvents } from "./live.ts";
import { oneLine } from "./terminal.ts";
import { numberText, plural, rateText } from "./text.ts";

/** Shows what a server tells, one piece after the other. */
interface Display {
  show(news: News): void;
  end(): void;
}

/** `global-cluster watch`. */
export async function watch(counter: string, { server, json }: Options, stopped: AbortSignal): Promise<void> {
  let display: Display | null = null;
  try {
    for await (const news of watchEvents(server, counter, stopped)) {
      // Not earlier: a server that cannot be reached leaves the terminal alone.
      display ??= displayFor(counter, json);
      display.show(news);
    }
  } finally {
    display?.end();
  }
}

function displayFor(counter: string, json: boolean): Display {
  if (json) return jsonLines(counter);
  return process.stdout.isTTY ? liveLine(counter) : changes();
}

function jsonLines(counter: string): Display {
  return {
    show(news) {
      if (news.kind === "lost") return complain(news.words);
      // Five minutes of seconds are for a page to draw; a script sees each round pass.
      const line = { ...(news.message.counter ?? { ...NEVER_COUNTED, counter }), history: undefined };
      process.stdout.write(`${JSON.stringify(line)}\n`);
    },
    end() {},
  };
}

/** As the interface shows a counter, for one that it does not know yet. */
const NEVER_COUNTED = { value: 0, committed: 0, pending: 0, regions: {}, version: null, asOf: null, rate: null };

function changes(): Display {
  const total = new GrowingTotal();
  return {
    show(news) {
      if (news.kind === "lost") complain(news.words);
      else if (total.take(news.message)) process.stdout.write(`${total.text}\n`);
    },
    end() {},
  };
}

function liveLine(counter: string): Display {
  const line = oneLine(process.stdout);
  const total = new GrowingTotal();
  return {
    show(news) {
      if (news.kind === "message") total.take(news.message);
      line.write([`${counter}  ${total.text}  `, news.kind === "lost" ? news.words : stateText(news.message)]);
    },
    end: line.end,
  };
}

function stateText({ counter, cluster }: EventMessage): string {
  const rate = counter?.rate ?? null;
  const pending = cluster.pending === 0 ? "all committed" : `${plural(cluster.pending, "hit")} pending`;
  const nodes = `${plural(cluster.nodeCount, "node")}, ${pending}`;
  const state = cluster.store === "ok" ? "live" : cluster.storeDetail || `the store is ${cluster.store}`;
  return [...(rate === null ? [] : [rateText(rate)]), nodes, state].join(" · ");
}

function complain(words: string): void {
  process.stderr.write(`${words}\n`);
}

/** A reader who comes to another node may be told a total that is a round old: it is never shown. */
class GrowingTotal {
  #largest: bigint | null = null;

  /** Whether the message has a larger total. */
  take({ counter }: EventMessage): boolean {
    const value = counter === null ? 0 : counter.value;
    if (value === null || (this.#largest !== null && BigInt(value) <= this.#largest)) return false;
    this.#largest = BigInt(value);
    return true;
  }

  get text(): string {
    return this.#largest === null ? "not known yet" : numberText(this.#largest);
  }
}
