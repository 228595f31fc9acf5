import { openDataDirectory } from "../../internal/adapters/disk/data_directory.ts";
import { createPeers } from "../../internal/adapters/grpc/grpc_peers.ts";
import { type PeerServer, servePeers } from "../../internal/adapters/grpc/peer_server.ts";
import type { PeerSecurity } from "../../internal/adapters/grpc/peer_tls.ts";
import { serveAdmin } from "../../internal/adapters/http/admin_server.ts";
import type { Listening } from "../../internal/adapters/http/connections/listening.ts";
import { createHttpServer, type NodeListening } from "../../internal/adapters/http/server.ts";
import { createMetrics, type Metrics } from "../../internal/adapters/prometheus/metrics.ts";
import { createLog } from "../../internal/adapters/system/logger.ts";
import { systemClock as clock } from "../../internal/adapters/system/system_clock.ts";
import { systemRandom as random } from "../../internal/adapters/system/system_random.ts";
import { reservedCounters } from "../../internal/core/access/policy.ts";
import { LEDGER_BYTES } from "../../internal/core/ledger/ledger_size.ts";
import { MAX_MARKS } from "../../internal/core/marks/mark_draft.ts";
import type { Member } from "../../internal/ports/discovery.ts";
import type { DataDirectory } from "../../internal/ports/journal.ts";
import type { Meter } from "../../internal/ports/meter.ts";
import { Node } from "../../internal/services/node/node.ts";
import { EXIT_INTERRUPTED, onStopSignals } from "../process/stop_signals.ts";
import { nodeCommand, urlOf } from "../settings/node_settings.ts";
import { settingsFromProcess, version } from "../settings/read/from_process.ts";
import { accessOf } from "./access.ts";
import { checkPorts } from "./check_ports.ts";
import { discoverPods } from "./discover_pods.ts";
import { writeDrainReport } from "./drain_report.ts";
import { openPeerSecurity } from "./open_peer_security.ts";
import { type OpenStore, openStore } from "./open_store.ts";
import { recordedLedger } from "./recorded_ledger.ts";
import { exitUnstarted } from "./start_error.ts";
import { onSupervisorGone, report } from "./supervision.ts";
import { terminalMessages } from "./terminal_messages.ts";

const HOUR_MS = 3_600_000;
/** Keys that the ledger keeps at most: 1,000 a second for the usual window. Each takes about 40 bytes in the leader. */
const MAX_KEYS = 1_000_000;
/** Time for the last requests after the node has drained. */
const CLOSE_TIMEOUT_MS = 1_000;

interface Running {
  readonly node: Node;
  readonly http: NodeListening;
  /** Null: the admin side is beside the pages. */
  readonly admin: Listening | null;
  readonly peerServer: PeerServer;
  readonly opened: OpenStore;
  readonly directory: DataDirectory | null;
}

const settings = settingsFromProcess(nodeCommand);
const logger = createLog({ format: settings.log, level: settings.logLevel, name: settings.name });
const system = { clock, random, logger };
const messages = terminalMessages(settings);
await start().catch(exitUnstarted);

async function start(): Promise<void> {
  await checkPorts(settings);
  const security = await openPeerSecurity(settings.peerSecurity, { clock, logger });
  const opened = await openStore(settings.store, settings.owner, clock, logger);
  const directory = settings.dataDir === null ? null : openDataDirectory(settings.dataDir, logger);
  const { self, node, metrics } = await createNode(opened, directory, security);
  node.open();
  const served = await serve(node, metrics(), security);
  self.peerAddress = served.peerServer.address;
  self.url = urlOf(settings, served.http.port);
  node.join();
  announce(node, self.url, served.admin?.address);
  stopWhenAsked({ ...served, node, opened, directory });
}

/** `self` has no addresses until the servers listen. Call `metrics` only after `node.open()`. */
async function createNode(opened: OpenStore, directory: DataDirectory | null, security: PeerSecurity | null) {
  const { pods, knownLedgerFile } = settings;
  const self = { id: pods?.uid ?? random.id(), name: settings.name, region: settings.region, peerAddress: "", url: "" };
  const ports = { pages: settings.port, peers: settings.peerPort };
  let metrics: Metrics | undefined;
  // The node needs a meter, and the metrics need the node.
  const meter: Meter = {
    round: (outcome) => metrics?.round(outcome),
    stage: (stage, seconds) => metrics?.stage(stage, seconds),
    refusedBatch: (verdict) => metrics?.refusedBatch(verdict),
    copiedLog: () => metrics?.copiedLog(),
    adjusted: (action) => metrics?.adjusted(action),
    droppedDay: () => metrics?.droppedDay(),
    storeUsed: (share) => metrics?.storeUsed(share),
  };
  const node = new Node({
    self: self satisfies Member,
    ...system,
    store: opened.store,
    election: opened.election,
    discovery: pods ? await discoverPods(pods, ports, system) : opened.discovery,
    recordedLedger: () => knownLedgerFile && recordedLedger(knownLedgerFile),
    directory,
    meter,
    peers: createPeers({ clock, security }),
    settings: nodeOptions(),
  });
  const createdMetrics = () => {
    metrics = createMetrics({ counting: node, version: version(), region: settings.region });
    return metrics;
  };
  return { self, node, metrics: createdMetrics };
}

function nodeOptions() {
  const { interval, writeBudget, importBudget, maxCounters, conversionDelay, keyWindow, drainDelay, drainTimeout } =
    settings;
  const { counters, create, daysBudget: days } = settings;
  return {
    leader: {
      interval,
      writeBudget,
      importBudget,
      limits: { counters: maxCounters, bytes: LEDGER_BYTES, days, reserved: reservedCounters(counters, create) },
      retention: { silence: HOUR_MS, afterEnd: HOUR_MS, ended: 4_096 },
      keys: { window: keyWindow, budget: MAX_KEYS },
      marks: { budget: MAX_MARKS },
      conversionDelay,
    },
    drain: { delay: drainDelay, timeout: drainTimeout - drainDelay },
    allowed: counters,
  };
}

async function serve(node: Node, metrics: Metrics, security: PeerSecurity | null) {
  const { peerHost: host, peerPort: port } = settings;
  const peerServer = await servePeers(node, { host, port, security, clock, logger });
  const { allowedOrigins, allowedHosts, url } = settings;
  const deps = { counting: node, adjusting: node.adjusting, metrics, logger, clock };
  const adminElsewhere = settings.admin !== null;
  const access = accessOf(settings, { clock, logger, meter: metrics });
  const admitted = { allowedOrigins, allowedHosts, url, access };
  const adminPage = !adminElsewhere || settings.adminPage === "public";
  const http = await createHttpServer({ ...deps, ...admitted, adminElsewhere, adminPage }).listen(settings);
  const admin = settings.admin && (await serveAdmin({ ...deps, access }, settings.admin));
  return { peerServer, http, admin };
}

function announce(node: Node, url: string, admin: string | undefined): void {
  logger.info("serving", { url, admin, region: settings.region, store: settings.store.kind });
  report({ kind: "ready", url });
  messages.serving(url);
  reportLeaders(node);
}

/** Logs and reports each new leader. */
function reportLeaders(node: Node): void {
  let reported = "";
  node.onRound(() => {
    const { leader, epoch, nodes } = node.cluster();
    const name = nodes.find(({ id }) => id === leader)?.name;
    if (name === undefined || reported === `${name} ${epoch}`) return;
    reported = `${name} ${epoch}`;
    if (leader !== node.nodeId) logger.info("following leader", { leader: name, epoch });
    report({ kind: "leader", name, epoch });
  });
}

function stopWhenAsked(running: Running): void {
  const drain = once(() => stop(running));
  const endNow = () => {
    messages.ended(running.node.statistics().pending, running.node.keepsHits());
    process.exit(EXIT_INTERRUPTED);
  };
  onStopSignals({ stop: drain, endNow });
  onSupervisorGone(drain);
}

async function stop({ node, http, admin, peerServer, opened, directory }: Running): Promise<void> {
  messages.stopping();
  const drained = await node.drain(() => http.closeIdle());
  if (settings.drainReport !== null) writeDrainReport(settings.drainReport, drained, logger);
  const visits = node.read("visits")?.committed ?? null;
  const { left, kept } = drained;
  report({ kind: "drained", visits: visits === null ? null : String(visits), left, kept, others: othersOf(node) });
  await Promise.all([http.close(CLOSE_TIMEOUT_MS), admin?.close(CLOSE_TIMEOUT_MS)]);
  await peerServer.close();
  await opened.close();
  directory?.close();
  messages.ended(left, kept);
  process.exit(0);
}

/** Names of the other nodes that were counting when this node last heard of them. */
function othersOf(node: Node): string[] {
  const counting = node.cluster().nodes.filter(({ id, state }) => id !== node.nodeId && state === "counting");
  return counting.map(({ name }) => name);
}

function once(action: () => Promise<void>): () => void {
  let began = false;
  return () => {
    if (!began) void action();
    began = true;
  };
}
