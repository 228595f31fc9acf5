import type { Attack, AttackOutcome, Target } from "./attack.ts";
import { isLoopback } from "./attacker.ts";
import { askFrom, closeConnections, postFrom } from "./requests.ts";

const NAMES = 10_000;
const PARALLEL = 4;
/** Largest number of new counters that one address may make within a few seconds at one node: each keeps rates of its own. */
const MOST_NEW = 100;

/** One client creates counters under as many names as a cluster takes, by hits, by images and by opening pages. */
export const attack: Attack = {
  number: 9,
  attack: `creates ${NAMES} counters by hits, images and pages`,
  bound: `one address creates at most ${MOST_NEW} of them at each node, and others still create theirs; visits has its place`,
  async run(target): Promise<AttackOutcome> {
    const deadline = performance.now() + target.seconds * 1000;
    const prefix = `a${Date.now().toString(36)}`;
    let asked = 0;
    const createNext = async () => {
      while (asked < NAMES && performance.now() < deadline) await create(target, `${prefix}-${asked}`, asked++ % 3);
    };
    await Promise.all(Array.from({ length: PARALLEL }, createNext));
    const made = await countersOf(target, prefix);
    const other = await createAsOther(target, `honest-${prefix}`);
    const visit = await askFrom(target, "/");
    closeConnections();
    const nodes = await nodesOf(target);
    const held = made <= MOST_NEW * nodes && other !== "refused" && visit.status === 200;
    return {
      seen: `asked ${nodes} nodes for ${asked}: ${made} exist; a new name of others: ${other}, GET /: ${visit.status}`,
      held,
    };
  },
};

/** Only loopback has another address to come from: elsewhere somebody else must try it. */
async function createAsOther({ publicUrl }: Target, name: string): Promise<"counted" | "refused" | "not tried"> {
  if (!isLoopback(new URL(publicUrl).hostname)) return "not tried";
  const response = await fetch(`${publicUrl}/v1/counters/${name}/hits`, { method: "POST" });
  await response.body?.cancel();
  return response.ok ? "counted" : "refused";
}

async function nodesOf({ publicUrl }: Target): Promise<number> {
  const { nodes } = (await (await fetch(`${publicUrl}/v1/cluster`)).json()) as { nodes: unknown[] };
  return nodes.length;
}

async function create(target: Target, name: string, way: number): Promise<void> {
  if (way === 0) await postFrom(target, `/v1/counters/${name}/hits`);
  else await askFrom(target, way === 1 ? `/badge/${name}.svg` : `/c/${name}`);
}

/** Counters whose names begin with `prefix`, as soon as they are committed. */
async function countersOf({ publicUrl }: Target, prefix: string): Promise<number> {
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  let after = prefix;
  let found = 0;
  for (;;) {
    const { counters, next } = (await (await fetch(`${publicUrl}/v1/counters?limit=1000&after=${after}`)).json()) as {
      counters: { counter: string }[];
      next: string | null;
    };
    found += counters.filter(({ counter }) => counter.startsWith(`${prefix}-`)).length;
    if (next === null) return found;
    after = next;
  }
}
