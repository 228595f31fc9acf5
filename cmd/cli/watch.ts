import type { EventMessage } from "../../internal/adapters/http/events/messages.ts";
import type { Options } from "./commands.ts";
import { type StreamedEvent, watchEvents } from "./live.ts";
import { printError, printJson, printLines } from "./output.ts";
import { oneLine } from "./terminal.ts";
import { numberText, plural, rateText } from "./text.ts";

/** Shows the events of a server. */
interface Display {
  show(event: StreamedEvent): void;
  end(): void;
}

/** `global-cluster watch`. */
export async function watch(counter: string, { json, ...endpoint }: Options, stopped: AbortSignal): Promise<void> {
  let display: Display | null = null;
  try {
    for await (const event of watchEvents(endpoint, counter, stopped)) {
      // Not earlier: without a connection, the terminal stays unchanged.
      display ??= displayFor(counter, json);
      display.show(event);
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
    show(event) {
      if (event.kind === "lost") return printError(event.text);
      // Without the history of five minutes, which only a page draws.
      const line = { ...(event.message.counter ?? { ...NEVER_COUNTED, counter }), history: undefined };
      printJson(JSON.stringify(line));
    },
    end() {},
  };
}

/** The API's representation of a counter that has no hits. */
const NEVER_COUNTED = { value: 0, committed: 0, pending: 0, regions: {}, version: null, asOf: null, rate: null };

function changes(): Display {
  const total = new GrowingTotal();
  return {
    show(event) {
      if (event.kind === "lost") printError(event.text);
      else if (total.take(event.message)) printLines(total.text);
    },
    end() {},
  };
}

function liveLine(counter: string): Display {
  const line = oneLine(process.stdout);
  const total = new GrowingTotal();
  return {
    show(event) {
      if (event.kind === "message") total.take(event.message);
      line.write([`${counter}  ${total.text}  `, event.kind === "lost" ? event.text : stateText(event.message)]);
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

/** Never goes back: after a reconnect, another node may send a total that is a round older. */
class GrowingTotal {
  #largest: bigint | null = null;

  /** Returns whether the message has a larger total. */
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
