import type { Clock } from "../../../ports/clock.ts";
import type { Counting } from "../../../ports/counting.ts";
import { clusterState } from "../events/state.ts";
import { clusterSentence, storeMessage } from "../page/browser/cluster_sentence.js";
import { ago, grouped, statesText } from "../page/browser/format.js";
import { type Html, html } from "../page/browser/html.js";
import { merged } from "../page/browser/model.js";
import { counterLink } from "./counters.ts";
import { table } from "./layout.ts";

/** How the cluster is, in one glance, and its largest counters. */
export function overview(counting: Counting, clock: Clock): Html {
  const model = merged(null, { ...clusterState(counting, clock), counter: null, full: true, left: [] });
  const { cluster, nodes } = model;
  const { tone, text } = clusterSentence(model, 0);
  const states = Object.fromEntries(
    [...Map.groupBy(nodes, ({ state }) => state)].map(([state, all]) => [state, all.length]),
  );
  const leader = nodes.find(({ id }) => id === cluster.leader)?.name ?? "none";
  const sum = counting.sum();
  return html`<p class="note" data-tone="${tone}">${text} ${storeMessage(cluster.storeDetail)}</p>
<dl>
<div><dt>Committed hits</dt><dd>${grouped(sum?.total ?? null)}</dd></div>
<div><dt>Not committed yet</dt><dd>${grouped(cluster.pending)}</dd></div>
<div><dt>Nodes</dt><dd>${statesText(states)}</dd></div>
<div><dt>Leader</dt><dd>${leader}</dd></div>
<div><dt>Last commit</dt><dd>${ago(cluster.age)}</dd></div>
<div><dt>Ledger version</dt><dd>${grouped(cluster.version)}</dd></div>
<div><dt>Size of all totals</dt><dd>${size(sum?.bytes ?? null)}</dd></div>
</dl>
<section>
<h3 id="largest">Largest counters</h3>
${table(
  ["Counter", "Committed"],
  (sum?.largest ?? [])
    .slice(0, 20)
    .map(
      ({ counter, committed }) =>
        html`<tr><th scope="row">${counterLink(counter)}</th><td>${grouped(committed)}</td></tr>\n`,
    ),
)}
</section>`;
}

function size(bytes: number | null): string {
  if (bytes === null) return "–";
  return bytes < 1_000_000 ? `${grouped(Math.ceil(bytes / 1_000))} kB` : `${grouped(Math.ceil(bytes / 1_000_000))} MB`;
}
