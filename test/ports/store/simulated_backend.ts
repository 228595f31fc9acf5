import { SimStore, SimStoreClient, type StoreKind } from "../../simulation/sim_store.ts";
import { SimProcess, World } from "../../simulation/world.ts";
import type { Backend, OpenStore } from "./store_backends.ts";

/** The store of the simulator, whose time follows the test's. */
export class SimulatedBackend implements Backend {
  readonly name: string;
  readonly ttlMs = 3_000;
  readonly memberTtlMs = 10_000;
  readonly #kind: StoreKind;
  #world = new World(1);
  #store: SimStore;
  #processes = 0;
  #timer: NodeJS.Timeout | null = null;

  constructor(kind: StoreKind) {
    this.name = `simulated ${kind}`;
    this.#kind = kind;
    this.#store = new SimStore(this.#world, kind);
  }

  async setUp(): Promise<void> {
    let running = false;
    const begin = performance.now();
    this.#timer = setInterval(() => {
      if (running) return;
      running = true;
      void this.#world.run(performance.now() - begin).finally(() => {
        running = false;
      });
    }, 1);
  }

  async tearDown(): Promise<void> {
    if (this.#timer) clearInterval(this.#timer);
  }

  fresh(): void {
    this.#store = new SimStore(this.#world, this.#kind);
  }

  async open(): Promise<OpenStore> {
    const client = new SimStoreClient(this.#store, new SimProcess(this.#world, `p${this.#processes++}`), this.#world);
    return { store: client, election: client, discovery: client, close: () => client.close() };
  }

  async closeAll(): Promise<void> {}

  async wipe(): Promise<void> {
    this.#store.wipe();
  }

  openingScript(): string {
    throw new Error("The simulated store exists in one process");
  }
}
