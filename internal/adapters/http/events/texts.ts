import type { Clock } from "../../../ports/clock.ts";
import type { Counting } from "../../../ports/counting.ts";
import { type EventBytes, eventBytes, joinedBytes } from "./bytes.ts";
import type { CounterEvent, NodeEvent } from "./messages.ts";
import { NodeChanges } from "./node_changes.ts";
import { clusterState, counterEvent } from "./state.ts";

/** How old the cluster's part of a stream's first message may be, in milliseconds: a crowd that comes at once shares it. */
const SHARED_FOR = 100;

/** Messages in bytes, of which each part is written and compressed once for all that have it. */
export class EventTexts {
  readonly #counting: Counting;
  readonly #clock: Clock;
  readonly #changes = new NodeChanges();
  #cluster = "";
  #version = 0;
  #clusterAt = Number.NEGATIVE_INFINITY;
  #change = eventBytes("");
  #all: EventBytes | null = null;

  constructor(counting: Counting, clock: Clock) {
    this.#counting = counting;
    this.#clock = clock;
  }

  /** Takes the cluster as it is now; `change` is from then on what is new since the last time. */
  update(): void {
    const nodes = this.#refresh();
    const { nodes: changed, left } = this.#changes.update(nodes);
    this.#change = eventBytes(`"full":false,"nodes":${JSON.stringify(changed)},"left":${JSON.stringify(left)}${END}`);
    this.#all = null;
  }

  change(counter: CounterEvent | null): EventBytes {
    return joinedBytes(this.#start(counter), this.#change);
  }

  /** All that there is, except that the nodes are as of the last update: what is newer comes with the next change. */
  full(counter: string): EventBytes {
    if (this.#clock.monotonic() - this.#clusterAt > SHARED_FOR) this.#refresh();
    this.#all ??= eventBytes(`"full":true,"nodes":${JSON.stringify(this.#changes.all())},"left":[]${END}`);
    return joinedBytes(this.#start(counterEvent(this.#counting, counter)), this.#all);
  }

  #refresh(): readonly NodeEvent[] {
    const { cluster, nodes } = clusterState(this.#counting, this.#clock);
    this.#cluster = JSON.stringify(cluster);
    this.#version = cluster.version ?? 0;
    this.#clusterAt = this.#clock.monotonic();
    return nodes;
  }

  #start(counter: CounterEvent | null): EventBytes {
    return eventBytes(`id: ${this.#version}\ndata: {"counter":${JSON.stringify(counter)},"cluster":${this.#cluster},`);
  }
}

const END = "}\n\n";
