import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openDataDirectory } from "../../../internal/adapters/disk/data_directory.ts";
import { makeFolder } from "../../../internal/adapters/disk/folders.ts";
import { createPeers } from "../../../internal/adapters/grpc/grpc_peers.ts";
import { servePeers } from "../../../internal/adapters/grpc/peer_server.ts";
import type { AccessOptions } from "../../../internal/adapters/http/access/gate.ts";
import { serveAdmin } from "../../../internal/adapters/http/admin_server.ts";
import { createHttpServer } from "../../../internal/adapters/http/server.ts";
import { createMetrics } from "../../../internal/adapters/prometheus/metrics.ts";
import { openSqlite } from "../../../internal/adapters/sqlite/open_sqlite.ts";
import { systemClock as clock } from "../../../internal/adapters/system/system_clock.ts";
import { systemRandom as random } from "../../../internal/adapters/system/system_random.ts";
import type { Logger } from "../../../internal/ports/logger.ts";
import type { RoundOutcome } from "../../../internal/ports/meter.ts";
import type { Store } from "../../../internal/ports/store.ts";
import { Node } from "../../../internal/services/node/node.ts";

import { OPEN_ACCESS } from "./open_access.ts";

const HOUR = 3_600_000;

/** A node with its own embedded store, journal, peer service and pages, in this process. */
export interface RealNode {
  readonly node: Node;
  readonly store: Store;
  readonly url: string;
  /** The admin side's address. */
  readonly adminUrl: string;
  /** Where peers reach it. */
  readonly peerAddress: string;
  /** What was logged as an error, as text. */
  readonly errors: readonly string[];
  /** Of the rounds that it led. */
  readonly outcomes: readonly RoundOutcome[];
  /** Drains it, and deletes everything. */
  end(): Promise<void>;
}

/** Starts a node that leads alone, with ten rounds a second. `prepare` finds the store before the node does. */
export async function startRealNode(
  prepare: (store: Store) => Promise<unknown> = async () => {},
  access: Partial<AccessOptions> = OPEN_ACCESS,
  conversionDelay = 60_000,
): Promise<RealNode> {
  const folder = mkdtempSync(join(tmpdir(), "real-node-"));
  const errors: string[] = [];
  const outcomes: RoundOutcome[] = [];
  const error = (event: string, fields?: unknown) => void errors.push(`${event} ${JSON.stringify(fields ?? {})}`);
  const logger: Logger = { debug() {}, info() {}, warn() {}, error };
  const opened = await openSqlite({ file: join(folder, "store.db"), makeFolder, clock, logger });
  await prepare(opened.store);
  const directory = openDataDirectory(join(folder, "node"), logger);
  const self = { id: random.id(), name: "alpha", region: "eu-west", peerAddress: "", url: "" };
  const { store, election, discovery } = opened;
  const parts = {
    self,
    clock,
    random,
    logger,
    store,
    election,
    discovery,
    directory,
    peers: createPeers({ clock, security: null }),
  };
  const node = new Node({
    ...parts,
    recordedLedger: () => null,
    meter: {
      round: (outcome) => void outcomes.push(outcome),
      stage() {},
      refusedBatch() {},
      copiedLog() {},
      adjusted() {},
      droppedDay() {},
      storeUsed() {},
    },
    settings: { ...SETTINGS, leader: { ...SETTINGS.leader, conversionDelay } },
  });
  node.open();
  const peers = await servePeers(node, { security: null, clock, logger, host: "127.0.0.1", port: 0 });
  const metrics = createMetrics({ counting: node, version: "1.2.3", region: "eu-west" });
  const served = { counting: node, adjusting: node.adjusting, metrics, logger, clock, access };
  const http = await createHttpServer(served).listen({ host: "127.0.0.1", port: 0 });
  const admin = await serveAdmin(served, { host: "127.0.0.1", port: 0 });
  Object.assign(self, { peerAddress: peers.address, url: `http://${http.address}` });
  node.join();
  async function end(): Promise<void> {
    await node.drain();
    await Promise.all([http.close(1_000), admin.close(1_000)]);
    await peers.close();
    await opened.close();
    directory.close();
    rmSync(folder, { recursive: true, force: true });
  }
  const { url, peerAddress } = self;
  return { node, store, url, adminUrl: `http://${admin.address}`, peerAddress, errors, outcomes, end };
}

const SETTINGS = {
  leader: {
    interval: 100,
    writeBudget: 1_000_000,
    importBudget: 1_000_000,
    limits: { counters: 10_000, bytes: 1 << 20, reserved: new Set(["visits"]) },
    keys: { window: 900_000, budget: 1_000 },
    marks: { budget: 1_000 },
    retention: { silence: HOUR, afterEnd: HOUR, ended: 4_096 },
  },
  drain: { delay: 0, timeout: 5_000 },
  allowed: null,
};
