import { writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { EtcdVolume } from "../internal/adapters/disk/etcd_volume.ts";
import { makeFolder } from "../internal/adapters/disk/folders.ts";
import { EtcdMemberCalls } from "../internal/adapters/etcd/etcd_member_calls.ts";
import { PeerPortGathering } from "../internal/adapters/etcd/peer_port_gathering.ts";
import type { TlsSettings } from "../internal/adapters/etcd/probe.ts";
import { createLog } from "../internal/adapters/system/logger.ts";
import { systemClock as clock } from "../internal/adapters/system/system_clock.ts";
import { systemRandom as random } from "../internal/adapters/system/system_random.ts";
import { identityIn } from "../internal/adapters/tls/certificate_set.ts";
import { type EtcdStart, etcdConfig } from "../internal/core/etcd_member/config.ts";
import { PreparationError } from "../internal/ports/etcd_member.ts";
import { Preparation } from "../internal/services/etcd_member/preparation.ts";
import { exitOnStopSignals } from "./process/stop_signals.ts";
import { hostPort } from "./settings/addresses.ts";
import { etcdMemberCommand } from "./settings/etcd_member_settings.ts";
import { settingsFromProcess } from "./settings/read/from_process.ts";

/** A person must decide. Starting the program again changes nothing. */
const EXIT_REFUSED = 3;

const settings = settingsFromProcess(etcdMemberCommand);
const { membership } = settings;
const logger = createLog({ format: settings.log, level: settings.logLevel, name: membership.me.name });
const volume = new EtcdVolume(settings.dataDir);

exitOnStopSignals(1);

try {
  process.exitCode = await prepare();
} catch (error) {
  if (!(error instanceof PreparationError)) throw error;
  logger.error(`Not prepared: ${error.message}`);
  process.exitCode = 1;
}

/** Resolves to the exit code. */
async function prepare(): Promise<number> {
  const gathering = new PeerPortGathering(settings.host, settings.peerPort, settings.tls?.present);
  const members = new EtcdMemberCalls(clock, settings.tls && callsTls(settings.tls.present));
  const prepared = await new Preparation({ membership, volume, members, gathering, clock, random, logger }).run();
  if (prepared.kind === "refused") return EXIT_REFUSED;
  writeConfig(prepared);
  return 0;
}

/** A member with a certificate of this cluster calls only those that have one, too. */
function callsTls(present: () => { ca: Buffer; cert: Buffer; key: Buffer }): () => TlsSettings {
  const own = identityIn(String(present().cert));
  return () => ({ ...present(), ...(own && { server: own }) });
}

function writeConfig(start: EtcdStart): void {
  const { host, clientPort, peerPort, metricsPort, readyPort, quota: quotaBytes, config } = settings;
  const plain = (port: number) => `http://${hostPort(host, port)}`;
  const url = (port: number) => (settings.tls ? `https://${hostPort(host, port)}` : plain(port));
  const listen = { client: url(clientPort), peer: url(peerPort), metrics: plain(metricsPort) };
  const tls = settings.tls && { files: settings.tls.files, ready: plain(readyPort) };
  makeFolder(dirname(config));
  writeFileSync(config, etcdConfig(membership, { listen, tls, dataFolder: volume.dataFolder, quotaBytes }, start));
}
