import type { Ledger } from "../../internal/core/ledger/ledger.ts";
import { ContractBroken } from "./accounts.ts";
import type { SimCluster } from "./cluster.ts";
import type { Machine } from "./machine.ts";

/** A node reads its days in the background, and tries again after two seconds. */
const READING_MS = 30_000;
const EVER = [0, Number.MAX_SAFE_INTEGER] as const;

/** Call when nothing is pending. Throws ContractBroken if a node does not come to show the hits by hour that the ledger has. */
export async function checkShownDays(cluster: SimCluster, counters: readonly string[]): Promise<void> {
  const wrong = () => {
    const { ledger } = cluster.accounts.ledgers.now;
    return ledger?.layout ? cluster.up().flatMap((machine) => wrongOn(machine, ledger, counters)) : [];
  };
  if (!(await cluster.until(() => wrong().length === 0, READING_MS))) throw new ContractBroken(wrong().join("; "));
}

function wrongOn({ name, life, disk }: Machine, { days }: Ledger, counters: readonly string[]): string[] {
  if (!life || life.draining || disk?.old) return [];
  return counters.flatMap((counter) => {
    const shown = life.node.hitsByHour(counter, ...EVER);
    const [has, shows] = [days.read(counter, ...EVER), typeof shown === "object" ? shown.hits : shown];
    if (JSON.stringify(has) === JSON.stringify(shows)) return [];
    return [
      `${name} shows hits by hour of ${counter}, ${JSON.stringify(shows)}, and the ledger has ${JSON.stringify(has)}`,
    ];
  });
}
