import { makeFolder } from "../../internal/adapters/disk/folders.ts";
import type { Clock } from "../../internal/ports/clock.ts";
import type { Discovery } from "../../internal/ports/discovery.ts";
import type { Election } from "../../internal/ports/election.ts";
import type { Logger } from "../../internal/ports/logger.ts";
import type { Store } from "../../internal/ports/store.ts";
import type { Owner } from "../settings/kubernetes.ts";
import type { StoreSettings } from "../settings/store.ts";
import { openStoreTls } from "./open_store_tls.ts";

export interface OpenStore {
  readonly store: Store;
  readonly election: Election;
  readonly discovery: Discovery;
  close(): Promise<void>;
}

/**
 * Opens the store in the settings without loading the library of the other kind. Throws StoreError, also if another owner has claimed it, and
 * CertificatesError.
 */
export async function openStore(
  settings: StoreSettings,
  owner: Owner | null,
  clock: Clock,
  logger: Logger,
): Promise<OpenStore> {
  if (settings.kind === "sqlite") {
    const { openSqlite } = await import("../../internal/adapters/sqlite/open_sqlite.ts");
    return openSqlite({ file: settings.file, makeFolder, clock, logger });
  }
  const { openEtcd } = await import("../../internal/adapters/etcd/open_etcd.ts");
  const { tls: files, ...rest } = settings;
  const tls = files && (await openStoreTls(files, { clock, logger }));
  const etcd = openEtcd({ ...rest, ...(tls && { tls: tls.present }), owner, clock, logger });
  await etcd.claim();
  return {
    ...etcd,
    async close() {
      tls?.stop();
      await etcd.close();
    },
  };
}
