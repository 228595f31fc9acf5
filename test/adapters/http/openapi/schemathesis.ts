import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { USUAL_ACCESS } from "../../../../internal/adapters/http/access/gate.ts";
import { eventually } from "../../../eventually.ts";
import { bearer, tokensFor } from "../access/tokens.ts";
import { startRealNode } from "../real_node.ts";

/**
 * Sends a real node what /openapi.json says that it takes, and what it says that it does not, and fails when an answer is 5xx
 * or none that the document has. `npm run openapi`; what follows `--` goes to Schemathesis: `-- --seed 7 --max-examples 500`.
 */

const ROOT = fileURLToPath(new URL("../../../..", import.meta.url));
const REQUIREMENTS = fileURLToPath(new URL("requirements.txt", import.meta.url));
/** Made once for all runs with the same requirements. */
const HOME = join(ROOT, ".cache/schemathesis");

const program = installed();
const real = await startRealNode(undefined, { ...USUAL_ACCESS, tokens: tokensFor({ tester: {} }) }, 0);
// A name with a slash is taken once the ledger is converted.
await eventually(async () => (await fetch(`${real.url}/v1/counters/a/b/hits`, { method: "POST" })).ok);
const folder = mkdtempSync(join(tmpdir(), "openapi-"));
const file = join(folder, "openapi.json");
writeFileSync(file, JSON.stringify(await withoutKeys(real.url)));
const tried = spawn(program, argumentsFor(file, real.url), { stdio: "inherit" });
const [code] = await once(tried, "exit");
rmSync(folder, { recursive: true });
await real.end();
process.exit(code ?? 1);

/** The document, whose requests have no keys: nearly all keys that could be made up are of the future or have expired. Other tests send keys. */
async function withoutKeys(url: string): Promise<unknown> {
  const text = await (await fetch(`${url}/openapi.json`)).text();
  return JSON.parse(text, (key, value) =>
    key === "parameters" && Array.isArray(value)
      ? value.filter(({ name }: { name?: string }) => name !== "Idempotency-Key")
      : value,
  );
}

function argumentsFor(file: string, url: string): string[] {
  return [
    ...["run", file, "--url", url],
    // `Allow` of the path of hits has GET, too: it reads the counter whose name ends in "/hits".
    ...[
      "--checks",
      "all",
      "--exclude-checks",
      "allow_header_conformance",
      "--phases",
      "examples,coverage,fuzzing",
      "--continue-on-failure",
    ],
    // As a client with a token, which no rate stops. Of those without one, the tests of access try everything.
    ...["--header", `Authorization: ${bearer("tester").Authorization}`],
    // Its answer has no end. The tests of the event streams try it.
    ...["--exclude-operation-id", "watch"],
    // A schema cannot say that `from` is before `to`, and Schemathesis makes no NDJSON. The tests of both try them.
    ...["readHistory", "readHistoryHead", "importCounters"].flatMap((id) => ["--exclude-operation-id", id]),
    ...["--generation-database", "none", "--request-timeout", "20", "--max-examples", "50"],
    ...process.argv.slice(2),
  ];
}

/** The program's path. An installation that was interrupted, or is of other requirements, begins anew. */
function installed(): string {
  const finished = join(HOME, "finished");
  const requirements = readFileSync(REQUIREMENTS, "utf8");
  if (!existsSync(finished) || readFileSync(finished, "utf8") !== requirements) {
    rmSync(HOME, { recursive: true, force: true });
    must("python3", ["-m", "venv", HOME]);
    must(join(HOME, "bin/pip"), ["install", "--quiet", "--disable-pip-version-check", "-r", REQUIREMENTS]);
    writeFileSync(finished, requirements);
  }
  return join(HOME, "bin/st");
}

function must(command: string, args: readonly string[]): void {
  const { status, error } = spawnSync(command, args, { stdio: "inherit" });
  if (status !== 0) throw new Error(`${command} ${args.join(" ")} failed`, { cause: error });
}
