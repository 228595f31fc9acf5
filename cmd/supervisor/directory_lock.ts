import { join } from "node:path";
import { lockDirectory } from "../../internal/adapters/disk/directory_lock.ts";
import { makeFolder } from "../../internal/adapters/disk/folders.ts";
import { JournalError } from "../../internal/ports/journal.ts";
import { pathText } from "../cli/text.ts";
import type { ClusterSettings } from "../settings/cluster_settings.ts";
import { oneMoreNode, otherCluster } from "./commands.ts";

const SQLITE_BUSY = 5;

/**
 * Locks the cluster's directory until this process ends. Without the lock, the nodes of a second `npm start` on other ports would join
 * the cluster of the first one. Returns the reason if that is not possible.
 */
export function lockCluster(settings: ClusterSettings): string | null {
  try {
    makeFolder(settings.dataDir);
    lockDirectory(join(settings.dataDir, "start.lock.sqlite"));
    return null;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return isBusy(error) ? inUse(settings) : `${error.message} (setting --data-dir)`;
  }
}

function isBusy(error: Error): boolean {
  return error instanceof JournalError && (error.cause as { readonly errcode?: number }).errcode === SQLITE_BUSY;
}

function inUse(settings: ClusterSettings): string {
  return [
    `another npm start is using the directory ${pathText(settings.dataDir)}.`,
    "  Stop it first (Ctrl-C).",
    `  To add a node to its cluster: ${oneMoreNode(settings, settings.port)}`,
    `  To start a second cluster: ${otherCluster(settings)}`,
  ].join("\n");
}
