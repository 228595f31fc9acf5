import type {
  EventMessage,
  LeavingMessage,
  NodeChange,
  NodeEvent,
} from "../../internal/adapters/http/events/messages.ts";
import { EventLines, type ServerEvent } from "./event_lines.ts";
import { type Endpoint, pause, reasonOf, ServerError, SILENCE_TIMEOUT_MS, send } from "./server.ts";

/** An event of a watched server. */
export type StreamedEvent =
  | { readonly kind: "message"; readonly message: EventMessage }
  /** The connection is lost. `text` is for people. The next attempt follows in `retryMs`. */
  | { readonly kind: "lost"; readonly text: string; readonly retryMs: number };

const FIRST_RETRY_MS = 500;
const LONGEST_RETRY_MS = 8_000;

/**
 * A counter and the cluster, live, until `signal` aborts. Connects again after a lost or silent connection, with growing pauses. Throws
 * ServerError if the first connection fails, or if the server refuses permanently.
 */
export async function* watchEvents(
  endpoint: Endpoint,
  counter: string,
  signal: AbortSignal,
): AsyncGenerator<StreamedEvent> {
  let retryMs = FIRST_RETRY_MS;
  let connected = false;
  while (!signal.aborted) {
    let text = lost("the server ended the stream");
    try {
      for await (const event of eventsOf(endpoint, counter, signal)) {
        if (event.name === "leaving") retryMs = (JSON.parse(event.data) as LeavingMessage).retry;
        if (event.name !== "message") continue;
        yield { kind: "message", message: JSON.parse(event.data) as EventMessage };
        connected = true;
        retryMs = FIRST_RETRY_MS;
      }
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof ServerError && !(error.temporary && connected)) throw error;
      text = error instanceof SilenceError ? error.message : lost(reasonOf(error));
    }
    if (signal.aborted) return;
    yield { kind: "lost", text, retryMs };
    await pause(retryMs, signal);
    retryMs = Math.min(LONGEST_RETRY_MS, retryMs * 2);
  }
}

function lost(why: string): string {
  return `connection lost, reconnecting: ${why}`;
}

/** The connection is open, but the server sends nothing. */
class SilenceError extends Error {
  override readonly name = "SilenceError";
}

async function* eventsOf(endpoint: Endpoint, counter: string, signal: AbortSignal): AsyncGenerator<ServerEvent> {
  const silence = new AbortController();
  let timer = setTimeout(() => silence.abort(), SILENCE_TIMEOUT_MS);
  try {
    const stop = AbortSignal.any([signal, silence.signal]);
    const response = await send(endpoint, `/v1/events?counter=${counter}`, { signal: stop });
    const lines = new EventLines();
    for await (const piece of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
      clearTimeout(timer);
      timer = setTimeout(() => silence.abort(), SILENCE_TIMEOUT_MS);
      yield* lines.read(piece);
    }
  } catch (error) {
    if (!silence.signal.aborted) throw error;
    throw new SilenceError(`no data for ${SILENCE_TIMEOUT_MS / 1000} s, reconnecting`, { cause: error });
  } finally {
    clearTimeout(timer);
  }
}

/** The nodes according to the messages so far, sorted by name. */
export class LiveNodes {
  readonly #nodes = new Map<string, NodeChange>();

  take({ full, nodes, left }: EventMessage): void {
    if (full) this.#nodes.clear();
    for (const change of nodes) this.#nodes.set(change.id, { ...this.#nodes.get(change.id), ...change });
    for (const id of left) this.#nodes.delete(id);
  }

  /** Nodes with all fields. A change may arrive for a node that no full message had. */
  get all(): NodeEvent[] {
    const complete = [...this.#nodes.values()].filter((node): node is NodeEvent => node.name !== undefined);
    return complete.sort((a, b) => byName.compare(a.name, b.name));
  }
}

const byName = new Intl.Collator("en", { numeric: true });
