import type {
  EventMessage,
  LeavingMessage,
  NodeChange,
  NodeEvent,
} from "../../internal/adapters/http/event_messages.ts";
import { EventLines, type ServerEvent } from "./event_lines.ts";
import { pause, reasonOf, ServerTrouble, send } from "./server.ts";

/** What comes from a server that is watched. */
export type News =
  | { readonly kind: "message"; readonly message: EventMessage }
  /** There is no connection; another one is tried in `retry` milliseconds. */
  | { readonly kind: "lost"; readonly why: string; readonly retry: number };

/** A server says something every 15 s at least: one that was silent for this long, in milliseconds, is gone. */
const LONGEST_SILENCE = 40_000;
const FIRST_RETRY = 500;
const LAST_RETRY = 8_000;

/**
 * A counter and the cluster, live, until `signal`. A lost connection is made again, with pauses that grow. Throws ServerTrouble
 * when the first one fails, or when the server refuses for good.
 */
export async function* watchEvents(server: string, counter: string, signal: AbortSignal): AsyncGenerator<News> {
  let retry = FIRST_RETRY;
  let connected = false;
  while (!signal.aborted) {
    let why = "the server ended the stream";
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
      why = error instanceof ServerTrouble ? error.message : reasonOf(error);
    }
    if (signal.aborted) return;
    yield { kind: "lost", why, retry };
    await pause(retry, signal);
    retry = Math.min(LAST_RETRY, retry * 2);
  }
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
