import { writeFileSync } from "node:fs";
import { openDataDirectory } from "../internal/adapters/disk/data_directory.ts";
import { servePeers } from "../internal/adapters/grpc/peer_server.ts";
import { createPeers } from "../internal/adapters/grpc/peers.ts";
import { createHttpServer } from "../internal/adapters/http/server.ts";
import { createMetrics, type Metrics } from "../internal/adapters/prometheus/metrics.ts";
import { systemClock as clock } from "../internal/adapters/system/clock.ts";
import { createLog } from "../internal/adapters/system/logger.ts";
import { systemRandom as random } from "../internal/adapters/system/random.ts";
import { JournalError } from "../internal/ports/journal.ts";
import type { Meter } from "../internal/ports/meter.ts";
import { PeerError } from "../internal/ports/peers.ts";
import { StoreError } from "../internal/ports/store.ts";
import type { DrainReport } from "../internal/services/node/drain.ts";
import { Node } from "../internal/services/node/node.ts";
import { discoverPods } from "./discover_pods.ts";
import { lookAtPorts, SettingError } from "./look_at_ports.ts";
import { openStore } from "./open_store.ts";
import { recordedLedger } from "./recorded_ledger.ts";
import { EXIT_SETTINGS, settingsFromProcess, version } from "./settings/from_process.ts";
import { nodeCommand, urlOf } from "./settings/node_settings.ts";
import { onStopSignals } from "./stop_signals.ts";
import { onSupervisorGone, tellSupervisor, tellSupervisorLast } from "./supervision.ts";
import { terminalWords } from "./terminal_words.ts";

/** Bytes that counters' names and totals may take in the ledger: a round must fit one etcd transaction. */
const LEDGER_BYTES = 1 << 20;
const HOUR = 3_600_000;
/** Requests in flight have this long when the node has drained, in milliseconds. */
const FAREWELL = 1_000;
const EXIT_INTERRUPTED = 130;

const settings = settingsFromProcess(nodeCommand);
const logger = createLog({ format: settings.log, name: settings.name });
const around = { clock, random, logger };
await start().catch(explain);

async function start(): Promise<void> {
  await lookAtPorts(settings);
  const { store, election, discovery, close } = await openStore(settings.store, settings.owner, clock, logger);
  const directory = settings.dataDirectory === null ? null : openDataDirectory(settings.dataDirectory, logger);
  const { pods, knownLedgerFile } = settings;
  const self = { id: pods?.uid ?? random.id(), name: settings.name, region: settings.region, peerAddress: "", url: "" };
  let metrics: Metrics | undefined;
  const meter: Meter = {
    round: (outcome) => metrics?.round(outcome),
    stage: (stage, seconds) => metrics?.stage(stage, seconds),
    refusedBatch: (verdict) => metrics?.refusedBatch(verdict),
    copiedLog: () => metrics?.copiedLog(),
  };
  const parts = {
    self,
    ...around,
    store,
    election,
    discovery: pods ? await discoverPods(pods, { pages: settings.port, peers: settings.peerPort }, around) : discovery,
    recordedLedger: () => knownLedgerFile && recordedLedger(knownLedgerFile),
    directory,
    meter,
    peers: createPeers({ clock }),
  };
  const node = new Node({ ...parts, settings: nodeSettings() });
  node.open();
  metrics = createMetrics({ counting: node, version: version(), region: settings.region });
  const peerServer = await servePeers(node, { host: settings.peerHost, port: settings.peerPort });
  const http = await createHttpServer({
    counting: node,
    metrics,
    logger,
    clock,
    allowedOrigins: settings.allowedOrigins,
  }).listen(settings);
  self.peerAddress = peerServer.address;
  self.url = urlOf(settings, http.port);
  node.join();
  logger.info("serves", { url: self.url, region: settings.region, store: settings.store.kind });
  tellSupervisor({ kind: "ready", url: self.url });
  const words = terminalWords(settings);
  words.serves(self.url);
  reportLeaders(node);
  const drain = once(async () => {
    words.stops();
    const report = await node.drain(() => http.closeIdle());
    if (settings.drainReport !== null) writeReport(settings.drainReport, report);
    const { left } = report;
    const visits = node.read("visits")?.committed ?? null;
    tellSupervisor({ kind: "drained", visits: visits === null ? null : String(visits), left, others: others(node) });
    await http.close(FAREWELL);
    await peerServer.close();
    await close();
    directory?.close();
    words.ends(left);
    process.exit(0);
  });
  const endNow = () => {
    words.ends(node.statistics().pending);
    process.exit(EXIT_INTERRUPTED);
  };
  onStopSignals({ stop: drain, endNow });
  onSupervisorGone(drain);
}

/** Nothing that goes wrong here may keep the node from leaving. */
function writeReport(file: string, { handedOver, left }: DrainReport): void {
  try {
    writeFileSync(file, JSON.stringify({ handedOver, left }));
  } catch (error) {
    logger.warn("the report of the drain could not be written", { file, error: String(error) });
  }
}

function nodeSettings() {
  const { interval, writeBudget, maxCounters, drainDelay, drainTimeout, counters } = settings;
  return {
    leader: {
      interval,
      writeBudget,
      limits: { counters: maxCounters, bytes: LEDGER_BYTES },
      retention: { silence: HOUR, afterEnd: HOUR, ended: 4_096 },
    },
    drain: { delay: drainDelay, timeout: drainTimeout - drainDelay },
    allowed: counters,
  };
}

/** Names of the other nodes that it last heard to count. */
function others(node: Node): string[] {
  const counting = node.cluster().nodes.filter(({ id, state }) => id !== node.nodeId && state === "counting");
  return counting.map(({ name }) => name);
}

/** Says who leads, here and to the supervisor, whenever that changes. */
function reportLeaders(node: Node): void {
  let told = "";
  node.onRound(() => {
    const { leader, epoch, nodes } = node.cluster();
    const name = nodes.find(({ id }) => id === leader)?.name;
    if (name === undefined || told === `${name} ${epoch}`) return;
    told = `${name} ${epoch}`;
    if (leader !== node.nodeId) logger.info("follows", { leader: name, epoch });
    tellSupervisor({ kind: "leader", name, epoch });
  });
}

function once(action: () => Promise<void>): () => void {
  let began = false;
  return () => {
    if (!began) void action();
    began = true;
  };
}

/** A start that cannot succeed says why, and which setting is concerned; a stack trace helps nobody. */
async function explain(error: unknown): Promise<never> {
  if (!(error instanceof Error)) throw error;
  const setting = settingOf(error);
  const reason = setting === null ? String(error.stack) : error.message;
  if (!(await tellSupervisorLast({ kind: "refused", reason, setting })))
    process.stderr.write(`Not started: ${reason}${setting === null ? "" : ` (${setting})`}\n`);
  process.exit(EXIT_SETTINGS);
}

/** What is to be changed; null: nothing that could be named. */
function settingOf(error: Error): string | null {
  if (error instanceof SettingError) return `setting ${error.setting}`;
  if (error instanceof JournalError) return "setting --data-dir";
  if (error instanceof StoreError) return "setting --store";
  if (error instanceof PeerError) return "settings --peer-host, --peer-port";
  if (error.message.startsWith("Cannot listen")) return "settings --host, --port";
  return null;
}
