import type {
  EventMessage,
  LeavingMessage,
  NodeChange,
  NodeEvent,
} from "../../internal/adapters/http/events/messages.ts";
import { EventLines, type ServerEvent } from "./event_lines.ts";
import { LONGEST_SILENCE, pause, reasonOf, ServerTrouble, send } from "./server.ts";

/** What comes from a server that is watched. */
export type News =
  | { readonly kind: "message"; readonly message: EventMessage }
  /** There is no connection, as `words` tell people; another one is tried in `retry` milliseconds. */
  | { readonly kind: "lost"; readonly words: string; readonly retry: number };

const FIRST_RETRY = 500;
const LAST_RETRY = 8_000;

/**
 * A counter and the cluster, live, until `signal`. A lost connection is made again, with pauses that grow. Throws ServerTrouble
 * when the first one is refused, or when the server refuses for good; one that takes it and is silent is tried again.
 */
export async function* watchEvents(server: string, counter: string, signal: AbortSignal): AsyncGenerator<News> {
  let retry = FIRST_RETRY;
  let connected = false;
  while (!signal.aborted) {
    let words = lost("the server ended the stream");
    try {
      for await (const event of eventsOf(server, counter, signal)) {
        if (event.name === "leaving") retry = (JSON.parse(event.data) as LeavingMessage).retry;
        if (event.name !== "message") continue;
        yield { kind: "message", message: JSON.parse(event.data) as EventMessage };
        connected = true;
        retry = FIRST_RETRY;
      }
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof ServerTrouble && !(error.passing && connected)) throw error;
      words = error instanceof Silence ? error.message : lost(reasonOf(error));
    }
    if (signal.aborted) return;
    yield { kind: "lost", words, retry };
    await pause(retry, signal);
    retry = Math.min(LAST_RETRY, retry * 2);
  }
}

function lost(why: string): string {
  return `connection lost, trying again: ${why}`;
}

/** The connection stands, and nothing comes. */
class Silence extends Error {
  override readonly name = "Silence";
}

async function* eventsOf(server: string, counter: string, signal: AbortSignal): AsyncGenerator<ServerEvent> {
  const silence = new AbortController();
  let timer = setTimeout(() => silence.abort(), LONGEST_SILENCE);
  try {
    const stop = AbortSignal.any([signal, silence.signal]);
    const answer = await send(server, `/v1/events?counter=${counter}`, { signal: stop });
    const lines = new EventLines();
    for await (const piece of answer.body?.pipeThrough(new TextDecoderStream()) ?? []) {
      clearTimeout(timer);
      timer = setTimeout(() => silence.abort(), LONGEST_SILENCE);
      yield* lines.read(piece);
    }
  } catch (error) {
    if (!silence.signal.aborted) throw error;
    throw new Silence(`nothing heard for ${LONGEST_SILENCE / 1000} s; trying again`, { cause: error });
  } finally {
    clearTimeout(timer);
  }
}

/** The nodes as the messages so far tell them, in the order of their names. */
export class LiveNodes {
  readonly #nodes = new Map<string, NodeChange>();

  take({ full, nodes, left }: EventMessage): void {
    if (full) this.#nodes.clear();
    for (const change of nodes) this.#nodes.set(change.id, { ...this.#nodes.get(change.id), ...change });
    for (const id of left) this.#nodes.delete(id);
  }

  /** Nodes that are known as a whole; a change of one that was never told is not. */
  get all(): NodeEvent[] {
    const whole = [...this.#nodes.values()].filter((node): node is NodeEvent => node.name !== undefined);
    return whole.sort((a, b) => byName.compare(a.name, b.name));
  }
}

const byName = new Intl.Collator("en", { numeric: true });
