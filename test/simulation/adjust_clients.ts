import type { KeyId } from "../../internal/core/keys/idempotency_key.ts";
import type { AdjustmentChange } from "../../internal/core/ledger/adjustment.ts";
import type { SimCluster } from "./cluster.ts";

interface Asked {
  readonly key: KeyId;
  readonly change: AdjustmentChange;
}

/** Adjustments that people may still send again. */
const MAX_KNOWN = 6;

/** People who set, delete, link and import counters through any node, and send the same again at any time, to any node. */
export class AdjustClients {
  readonly #cluster: SimCluster;
  readonly #counters: readonly string[];
  readonly #known: Asked[] = [];

  constructor(cluster: SimCluster, counters: readonly string[]) {
    this.#cluster = cluster;
    this.#counters = counters;
  }

  /** A new adjustment, or one that was sent before; sometimes through two nodes at once, and sometimes with other content. */
  send(): void {
    const { random } = this.#cluster.world;
    const asked = this.#known.length > 0 && random.chance(0.5) ? random.pick(this.#known) : this.#newOne();
    const change = random.chance(0.05) ? this.#change() : asked.change;
    for (let copies = random.chance(0.2) ? 2 : 1; copies > 0; copies--) {
      const up = this.#cluster.up();
      if (up.length > 0) this.#cluster.adjust(random.pick(up), asked.key, change);
    }
  }

  #newOne(): Asked {
    const asked = { key: this.#cluster.key(), change: this.#change() };
    if (this.#known.push(asked) > MAX_KNOWN) this.#known.shift();
    return asked;
  }

  #change(): AdjustmentChange {
    const { random } = this.#cluster.world;
    const counter = random.pick(this.#counters);
    const value = BigInt(random.between(0, 200));
    const ifMatch = random.chance(0.2) ? random.between(0, 40) : null;
    const kind = random.pick(["set", "set", "delete", "import"] as const);
    if (kind === "set") return { action: "set", counter, value, region: random.chance(0.3) ? "eu" : null, ifMatch };
    if (kind === "delete" && value % 3n === 0n) return { action: "link", counter, url: `https://example.org/${value}` };
    if (kind === "delete" && value % 3n === 1n) return { action: "unlink", counter };
    if (kind === "delete") return { action: "delete", counter, ifMatch };
    const mode = random.pick(["add", "absent"] as const);
    const lines = [counter, random.pick(this.#counters)].map((name) => ({ counter: name, value, region: null }));
    return { action: "import", mode, line: 1, lines };
  }
}
