import { writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { EtcdVolume } from "../internal/adapters/disk/etcd_volume.ts";
import { makeFolder } from "../internal/adapters/disk/folders.ts";
import { EtcdMemberCalls } from "../internal/adapters/etcd/etcd_member_calls.ts";
import { PeerPortGathering } from "../internal/adapters/etcd/peer_port_gathering.ts";
import { createLog } from "../internal/adapters/system/logger.ts";
import { systemClock as clock } from "../internal/adapters/system/system_clock.ts";
import { systemRandom as random } from "../internal/adapters/system/system_random.ts";
import { etcdConfig, type Start } from "../internal/core/operator/etcd_member_config.ts";
import { PreparationError } from "../internal/ports/etcd_member.ts";
import { Preparation } from "../internal/services/etcd_member/preparation.ts";
import { hostPort } from "./settings/addresses.ts";
import { etcdMemberCommand } from "./settings/etcd_member_settings.ts";
import { settingsFromProcess } from "./settings/from_process.ts";
import { onStopSignals } from "./stop_signals.ts";

/** A person has to decide; starting it again changes nothing. */
const EXIT_REFUSED = 3;

const settings = settingsFromProcess(etcdMemberCommand);
const { membership } = settings;
const logger = createLog({ format: settings.log, name: membership.me.name });
const volume = new EtcdVolume(settings.dataDirectory);

// As process 1 of a container, a signal that nobody listens for would be ignored.
onStopSignals({ stop: () => process.exit(1), endNow: () => process.exit(1) });

try {
  process.exitCode = await prepare();
} catch (error) {
  if (!(error instanceof PreparationError)) throw error;
  logger.error(`Not prepared: ${error.message}`);
  process.exitCode = 1;
}

/** Resolves to the exit code. */
async function prepare(): Promise<number> {
  const gathering = new PeerPortGathering(settings.host, settings.peerPort);
  const members = new EtcdMemberCalls(clock);
  const prepared = await new Preparation({ membership, volume, members, gathering, clock, random, logger }).run();
  if (prepared.kind === "refused") return EXIT_REFUSED;
  writeConfig(prepared);
  return 0;
}

function writeConfig(start: Start): void {
  const { host, clientPort, peerPort, metricsPort, quotaBytes, config } = settings;
  const url = (port: number) => `http://${hostPort(host, port)}`;
  const listen = { client: url(clientPort), peer: url(peerPort), metrics: url(metricsPort) };
  makeFolder(dirname(config));
  writeFileSync(config, etcdConfig(membership, { listen, dataFolder: volume.dataFolder, quotaBytes }, start));
}
