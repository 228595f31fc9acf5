import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { SupervisorMessage } from "../../cmd/node/supervision.ts";
import { writeBundle } from "../../image/bundle.ts";
import { endAll, LOAD_CORE, PinnedProcess } from "./pinned_process.ts";

// As in the image, and under the supervisor.
process.env.MALLOC_ARENA_MAX ??= "2";
process.env.MALLOC_MMAP_THRESHOLD_ ??= "32768";

let command: Promise<readonly string[]> | null = null;

/** Runs a node as the image does: its program is in a few files, which were compiled before. Flags follow. */
export function nodeOfImage(): Promise<readonly string[]> {
  command ??= writeProgram();
  return command;
}

export function isReady(message: unknown): message is SupervisorMessage & { readonly kind: "ready" } {
  return (message as SupervisorMessage).kind === "ready";
}

async function writeProgram(): Promise<readonly string[]> {
  const folder = mkdtempSync(join(tmpdir(), "bench-image-"));
  process.once("exit", () => {
    endAll();
    rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
  });
  await writeBundle(folder);
  const node = [process.execPath, "--max-semi-space-size=8", "--v8-pool-size=1", join(folder, "cmd/node.ts")];
  process.env.NODE_COMPILE_CACHE = join(folder, "compiled");
  const flags = ["--name", "first", "--port", "0", "--store", `sqlite:${folder}/store.sqlite`, "--data-dir", "none"];
  await leaveCompiled([...node, ...flags]);
  return node;
}

/** A node that ends writes what it compiled. */
async function leaveCompiled(started: readonly string[]): Promise<void> {
  const node = new PinnedProcess(started, { core: LOAD_CORE, ipc: true });
  const { url } = await node.hear(isReady);
  await fetch(url, { method: "HEAD" });
  await node.end("SIGTERM");
}
