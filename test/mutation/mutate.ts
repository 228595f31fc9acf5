import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { MUTATIONS, type Mutation } from "./mutations.ts";

const HELP = `Takes out one rule of the protocol at a time and shows which history notices.

  npm run mutate                   every rule
  npm run mutate -- --only TEXT    rules whose name contains TEXT

  --histories N    simulated histories that are tried when no named scenario notices (default 6000)
`;

/** For one run of the scenarios or histories. */
const LIMIT_MS = 300_000;
const ROOT = resolve(import.meta.dirname, "../..");
const { values } = parseArgs({
  options: { only: { type: "string" }, histories: { type: "string", default: "6000" }, help: { type: "boolean" } },
});

if (values.help) console.log(HELP);
else process.exitCode = mutateAll(MUTATIONS.filter(({ name }) => name.includes(values.only ?? "")));

/** Exit code: 1 when a rule can be taken out and nothing notices. */
function mutateAll(mutations: readonly Mutation[]): number {
  let unnoticed = 0;
  let caught = 0;
  for (const mutation of mutations) {
    const by = noticedBy(mutation);
    if (by) caught++;
    else if (!mutation.coveredBy) unnoticed++;
    console.log(
      `${by ? "caught " : mutation.coveredBy ? "covered" : "MISSED "}  ${mutation.name}\n         ${by ?? mutation.coveredBy ?? "no history notices"}`,
    );
  }
  const covered = mutations.length - caught - unnoticed;
  console.log(
    `\n${caught} of ${mutations.length} rules caught, ${covered} covered by another rule, ${unnoticed} missed`,
  );
  return unnoticed > 0 ? 1 : 0;
}

function noticedBy(mutation: Mutation): string | undefined {
  const copy = mkdtempSync(join(tmpdir(), "mutation-"));
  try {
    for (const part of ["internal", "proto", "test/simulation", "package.json"])
      cpSync(join(ROOT, part), join(copy, part), { recursive: true });
    symlinkSync(join(ROOT, "node_modules"), join(copy, "node_modules"));
    apply(mutation, join(copy, mutation.file));
    return failingScenario(copy) ?? failingHistory(copy, ["--histories", values.histories]);
  } finally {
    rmSync(copy, { recursive: true });
  }
}

function apply({ name, file, find, replace }: Mutation, path: string): void {
  const text = readFileSync(path, "utf8");
  const times = text.split(find).length - 1;
  if (times !== 1)
    throw new Error(`"${name}": its text stands ${times} times in ${file}, not once; mend test/mutation/mutations.ts`);
  const mutated = text.replace(find, () => replace);
  writeFileSync(path, mutated);
}

function failingScenario(copy: string): string | undefined {
  const mocha = join(ROOT, "node_modules/mocha/bin/mocha.js");
  const run = spawnSync(
    process.execPath,
    [mocha, "--bail", "--timeout", "60000", "--reporter", "json", "test/simulation/scenarios/*.test.ts"],
    {
      cwd: copy,
      encoding: "utf8",
      timeout: LIMIT_MS,
    },
  );
  // The reporter writes nothing, and exits with 0, if a failure has a value that JSON cannot hold, for example a BigInt.
  if (run.status === 0 && run.stdout.trim() === "") return "a failure that cannot be written as JSON";
  if (run.status === 0 || isLate(run)) return undefined;
  try {
    const { failures } = JSON.parse(run.stdout.slice(run.stdout.indexOf("{\n"))) as {
      failures: { title: string; err: { message: string } }[];
    };
    const [failure] = failures;
    return failure ? `${failure.title}: ${failure.err.message.split("\n")[0]}` : undefined;
  } catch {
    return `the scenarios end at once: ${run.stderr.split("\n").find((line) => line.includes("Error")) ?? run.signal}`;
  }
}

/** A slow machine is no proof; what ends here hung or was late, and only a failure is told from that. */
function isLate({ error }: { readonly error?: Error }): boolean {
  return (error as NodeJS.ErrnoException | undefined)?.code === "ETIMEDOUT";
}

function failingHistory(copy: string, which: readonly string[]): string | undefined {
  const args = ["test/simulation/run.ts", ...which, "--until-broken"];
  const run = spawnSync(process.execPath, args, { cwd: copy, encoding: "utf8", timeout: LIMIT_MS });
  if (run.status === 0 || isLate(run)) return undefined;
  return (
    run.stdout.split("\n").find((line) => line.startsWith("history")) ??
    `the simulation ends at once: ${run.stderr.split("\n").find((line) => line.includes("Error"))}`
  );
}
