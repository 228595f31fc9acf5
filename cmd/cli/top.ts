import type { ClusterEvent, NodeEvent } from "../../internal/adapters/http/events/messages.ts";
import { DEFAULT_COUNTER } from "../../internal/core/names.ts";
import type { Options } from "./commands.ts";
import { type CounterRow, CounterTable } from "./counter_table.ts";
import { LiveNodes, watchEvents } from "./live.ts";
import { printError, printJson, printLines } from "./output.ts";
import { heightOf, type Terminal, wholeScreen } from "./terminal.ts";
import { columns, numberText, plural, rateText } from "./text.ts";

/** Everything on the screen at one time. */
interface View {
  readonly cluster: ClusterEvent;
  readonly nodes: readonly NodeEvent[];
  readonly counters: readonly CounterRow[];
}

/** `global-cluster top`. `counter`: the only one to show. Empty: all. */
export async function top(counter: string, { json, ...endpoint }: Options, stopped: AbortSignal): Promise<void> {
  const { server } = endpoint;
  const nodes = new LiveNodes();
  const table = new CounterTable(endpoint, counter);
  let screen: Terminal | null = null;
  let view: View | null = null;
  try {
    for await (const event of watchEvents(endpoint, counter || DEFAULT_COUNTER, stopped)) {
      if (event.kind === "message") {
        nodes.take(event.message);
        const { cluster } = event.message;
        await table.follow(cluster.version);
        view = { cluster, nodes: nodes.all, counters: table.rows };
      }
      const lost = event.kind === "lost" ? event.text : null;
      if (process.stdout.isTTY && !json) {
        screen ??= wholeScreen(process.stdout);
        screen.write(lines(server, view, lost, heightOf(process.stdout)));
      } else if (lost !== null) printError(lost);
      else if (json) printJson(JSON.stringify(view));
      else return printLines(lines(server, view).join("\n"));
    }
  } finally {
    screen?.end();
  }
}

/** `height`: number of lines on the screen. The counters get the lines that the nodes leave, but at least a third. */
function lines(server: string, view: View | null, lost: string | null = null, height = 10_000): string[] {
  if (view === null) return [`${server} · ${lost ?? ""}`];
  const { cluster, nodes, counters } = view;
  const state = lost ?? stateText(cluster);
  const room = height - 5;
  const forCounters = Math.max(Math.floor(room / 3), room - nodes.length);
  return [
    `${server} · ${state}`,
    "",
    ...cut(nodeLines(nodes, cluster), room - Math.min(counters.length, forCounters), "node"),
    "",
    ...cut(counterLines(counters), forCounters, "counter"),
  ];
}

function stateText({ store, storeDetail, interval, nodeCount, active, pending }: ClusterEvent): string {
  const numbers = [plural(nodeCount, "node"), plural(active, "open page"), `${numberText(pending)} pending`];
  const state = store === "ok" ? `live, one round per ${interval} s` : storeDetail || `the store is ${store}`;
  return [...numbers, state].join(" · ");
}

function nodeLines(nodes: readonly NodeEvent[], { leader, now }: ClusterEvent): string[] {
  const title = ["NODE", "REGION", "STATE", "HITS", "COMMITTED", "PENDING", "PAGES", "LAST REPORT"];
  const rows = nodes.map((node) => [
    node.name,
    node.region,
    node.id === leader ? "leader" : node.state,
    ...[node.hits, node.committed, node.pending, node.active].map(numberText),
    node.heardAt === null ? "never" : `${Math.max(0, Math.round((now - node.heardAt) / 1000))} s ago`,
  ]);
  return columns([title, ...rows], [false, false, false, true, true, true, true, true]);
}

function counterLines(counters: readonly CounterRow[]): string[] {
  const rows = counters.map(({ counter, committed, rate }) => [
    counter,
    numberText(committed ?? 0),
    rate === null ? "" : rateText(rate),
  ]);
  return columns([["COUNTER", "COMMITTED", "RATE"], ...rows], [false, true, true]);
}

/** The title and as many rows as fit into `room`. If some do not, the last line says how many. */
function cut(all: readonly string[], room: number, word: string): string[] {
  if (all.length <= room + 1) return [...all];
  const shown = all.slice(0, Math.max(1, room));
  return [...shown, `and ${plural(all.length - shown.length, `more ${word}`)}`];
}
