import type { Clock } from "../../../ports/clock.ts";
import type { Counting } from "../../../ports/counting.ts";
import { type EventBytes, eventBytes, joinedBytes } from "./bytes.ts";
import type { CounterEvent, NodeEvent } from "./messages.ts";
import { NodeChanges } from "./node_changes.ts";
import { clusterState, counterEvent } from "./state.ts";

/** Greatest age of the cluster's part in a stream's first message. Readers that come at the same time share it. */
const SHARED_MS = 100;

/** The bytes of messages. Each part is written and compressed once for all messages that contain it. */
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

  /** Reads the cluster. From then on, `change` has what is new since the last call. */
  update(): void {
    const nodes = this.#refresh();
    const { nodes: changed, left } = this.#changes.update(nodes);
    this.#change = eventBytes(`"full":false,"nodes":${JSON.stringify(changed)},"left":${JSON.stringify(left)}${END}`);
    this.#all = null;
  }

  change(counter: CounterEvent | null): EventBytes {
    return joinedBytes(this.#start(counter), this.#change);
  }

  /** The whole state. Its nodes are as of the last `update`, because the next change has what is newer. */
  full(counter: string): EventBytes {
    if (this.#clock.monotonic() - this.#clusterAt > SHARED_MS) this.#refresh();
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
