import { eventually } from "../eventually.ts";
import type { NodeProcess } from "./node_process.ts";

/** Milliseconds from the moment when `fault` begins until one of `watchers` shows what another leader committed. */
export async function timeToNextRound(
  watchers: readonly NodeProcess[],
  fault: () => Promise<unknown>,
): Promise<number> {
  const old = await eventually(async () =>
    Math.max(...(await Promise.all(watchers.map(async (node) => (await node.view())?.epoch ?? 0)))),
  );
  let version = 0;
  const began = performance.now();
  const done = fault();
  await eventually(async () => {
    const views = await Promise.all(watchers.map((node) => node.view()));
    for (const view of views) if (view?.epoch === old) version = Math.max(version, view.version ?? 0);
    return views.some((view) => view && view.epoch !== old && (view.version ?? 0) > version);
  });
  const took = performance.now() - began;
  await done;
  return took;
}
