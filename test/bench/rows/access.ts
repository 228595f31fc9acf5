import { type Contestant, contestAtOnce } from "../contest.ts";
import { SERVER_CORE } from "../pinned_process.ts";
import type { Effort, Line, Row } from "../row.ts";
import type { RunningNode } from "../running_node.ts";
import { spreadText } from "../spread.ts";
import { withDirectory } from "../temporary_directory.ts";
import { aloneOn } from "./against_bare.ts";

const GOAL = 0.98;
const PATH = "/v1/counters/visits/hits";
/** Rules by name, which a hit has to be compared with, and a proxy that is believed. */
const RULES = [
  ...["--anonymous", "count,blog-*=read,secret=none", "--create", "token,blog-*=anyone"],
  ...["--max-by", "1,imports-*=1000", "--trusted-proxies", "127.0.0.0/8"],
];

/** `POST .../hits` of an existing counter with rules by name, against the usual settings. */
export const access: Row = {
  name: "access",
  run: (effort) => withDirectory((directory) => run(directory, effort)),
};

async function run(directory: string, effort: Effort): Promise<readonly Line[]> {
  const ruled = await aloneOn(SERVER_CORE, `${directory}/ruled`, RULES);
  const usual = await aloneOn(SERVER_CORE, `${directory}/usual`);
  for (const { url } of [ruled, usual]) await fetch(url + PATH, { method: "POST" });
  const [ours, theirs] = [contestant("rules", ruled), contestant("usual", usual)];
  const { byCpu, acknowledged } = await contestAtOnce(ours, theirs, effort);
  await ruled.mustHaveCounted("visits", acknowledged.ours + 1);
  await usual.mustHaveCounted("visits", acknowledged.theirs + 1);
  for (const node of [ruled, usual]) await node.stop();
  const result = `${spreadText(byCpu, 3)} by CPU time, both under load at the same time`;
  const measure = "POST .../hits with rules by name and a trusted proxy / without";
  return [{ measure, goal: `>= ${GOAL}`, result, reached: byCpu.median >= GOAL }];
}

function contestant(name: string, node: RunningNode): Contestant {
  return { name, load: { url: node.url + PATH, method: "POST" }, processes: [node.process] };
}
