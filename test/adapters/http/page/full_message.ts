import type { EventMessage } from "../../../../internal/adapters/http/events/messages.ts";
import { clusterState, counterEvent } from "../../../../internal/adapters/http/events/state.ts";
import { systemClock } from "../../../../internal/adapters/system/system_clock.ts";
import type { Counting } from "../../../../internal/ports/counting.ts";

/** What a page of `counter` hears first. */
export function fullMessage(counting: Counting, counter = "visits"): EventMessage {
  return { counter: counterEvent(counting, counter), ...clusterState(counting, systemClock), full: true, left: [] };
}
