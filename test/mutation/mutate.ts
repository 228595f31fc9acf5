import { execFile } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { adviceFor, firstMissing } from "../needs.ts";
import { endWith, toolOptions, wholeNumber } from "../tool_options.ts";
import type { Mutation } from "./mutation.ts";
import { MUTATIONS } from "./mutations.ts";

const HELP = `Takes out one rule of the protocol at a time and shows which history notices.

  npm run mutate                   every rule
  npm run mutate -- --only TEXT    rules whose name contains TEXT

  --histories N    simulated histories that are tried when no named scenario notices (default 6000)
  --jobs N         rules that are tried at the same time (default: the number of cores)
`;

/** For one run of the scenarios or histories. */
const LIMIT_MS = 1_200_000;
const WITHOUT_SHRINKING = "./test/mutation/without_shrinking.ts";
/** For one scope of the explorer. */
const EXPLORE_SECONDS = 900;
/** A rule that is replaced by a name that nothing has makes every test fail: that proves nothing, either. */
const NO_NAME = /^\S+ is not defined$/;
const SCENARIO_FOLDER = "test/simulation/scenarios/";
const SCENARIOS = `${SCENARIO_FOLDER}*.test.ts`;
const ROOT = resolve(import.meta.dirname, "../..");
const values = toolOptions(HELP, {
  only: { type: "string", default: "" },
  histories: { type: "string", default: "6000" },
  jobs: { type: "string", default: String(availableParallelism()) },
});
const histories = wholeNumber("--histories", values.histories);
const jobs = wholeNumber("--jobs", values.jobs);

type Result = "caught" | "skipped" | "MISSED";

/** How a process ended. */
interface Run {
  readonly succeeded: boolean;
  /** It hung, or the machine is slow: that proves nothing. */
  readonly late: boolean;
  readonly stdout: string;
  readonly stderr: string;
}

interface Failure {
  readonly title: string;
  readonly err: { readonly message: string };
}

const chosen = MUTATIONS.filter(({ name }) => name.includes(values.only));
if (chosen.length === 0) endWith(`There is no rule whose name contains ${JSON.stringify(values.only)}.`);
process.exitCode = await mutateAll(chosen);

/** Exit code: 1 when a rule can be taken out and nothing notices. */
async function mutateAll(mutations: readonly Mutation[]): Promise<number> {
  const queue = [...mutations];
  const results: Result[] = [];
  const job = async () => {
    const copy = copyOfProject();
    try {
      for (let mutation = queue.shift(); mutation; mutation = queue.shift()) {
        const begin = performance.now();
        const { result, because } = await tried(mutation, copy);
        results.push(result);
        const seconds = ((performance.now() - begin) / 1_000).toFixed(0);
        console.log(`${result.padEnd(7)}  ${mutation.name} (${seconds} s)\n         ${because}`);
      }
    } finally {
      rmSync(copy, { recursive: true });
    }
  };
  await Promise.all(Array.from({ length: jobs }, job));
  const count = (of: Result) => results.filter((result) => result === of).length;
  const missed = count("MISSED");
  console.log(
    `\n${count("caught")} of ${mutations.length} rules caught, ${count("skipped")} skipped, ${missed} missed`,
  );
  return missed > 0 ? 1 : 0;
}

/** What the tests read, in a folder of its own. */
function copyOfProject(): string {
  const copy = mkdtempSync(join(tmpdir(), "mutation-"));
  for (const part of ["charts", "cmd", "internal", "proto", "test", "package.json"])
    cpSync(join(ROOT, part), join(copy, part), { recursive: true });
  symlinkSync(join(ROOT, "node_modules"), join(copy, "node_modules"));
  return copy;
}

async function tried(mutation: Mutation, copy: string): Promise<{ readonly result: Result; readonly because: string }> {
  const lacks = firstMissing(mutation.needs ?? []);
  if (lacks)
    return { result: process.env.CI ? "MISSED" : "skipped", because: `it needs ${lacks}: ${adviceFor(lacks)}` };
  const path = join(copy, mutation.file);
  const whole = readFileSync(path, "utf8");
  writeFileSync(path, without(mutation, whole));
  const by = await noticedBy(mutation, copy);
  writeFileSync(path, whole);
  if (by) return { result: "caught", because: by };
  return { result: "MISSED", because: "no history notices" };
}

async function noticedBy(mutation: Mutation, copy: string): Promise<string | undefined> {
  if (mutation.scope !== undefined) return brokenScope(copy, mutation.scope);
  const first = mutation.test && (await failingTest(copy, mutation.test));
  if (first || (mutation.test && !isScenario(mutation.test))) return first;
  return (await failingTest(copy, SCENARIOS)) ?? (await failingHistory(copy));
}

/** Its file is only the first of all scenarios that are tried: naming it saves a minute. */
function isScenario(test: string): boolean {
  return test.startsWith(SCENARIO_FOLDER);
}

/** The text of its file without the rule. */
function without({ name, file, find, replace }: Mutation, text: string): string {
  const times = text.split(find).length - 1;
  if (times !== 1)
    throw new Error(`"${name}": its text stands ${times} times in ${file}, not once; mend test/mutation/mutations.ts`);
  return text.replace(find, () => replace);
}

async function failingTest(copy: string, files: string): Promise<string | undefined> {
  const mocha = join(ROOT, "node_modules/mocha/bin/mocha.js");
  // --exit: after a failure, something may still wait that a rule would have ended.
  const options = ["--bail", "--exit", "--timeout", "60000", "--reporter", "json", "--require", WITHOUT_SHRINKING];
  const { succeeded, late, stdout, stderr } = await run(copy, [mocha, ...options, files]);
  // The reporter writes nothing, and exits with 0, if a failure has a value that JSON cannot hold, for example a BigInt.
  if (succeeded && stdout.trim() === "") return "a failure that cannot be written as JSON";
  if (succeeded || late) return undefined;
  const failures = failuresIn(stdout);
  if (!failures) return `the tests end at once: ${errorIn(stderr)}`;
  const [failure] = failures;
  if (failure && NO_NAME.test(failure.err.message)) throw new Error(`a mutation cannot run: ${failure.err.message}`);
  return failure && `${failure.title}: ${failure.err.message.split("\n")[0]}`;
}

/** Null if the tests ended before they could write them. */
function failuresIn(stdout: string): readonly Failure[] | null {
  try {
    return JSON.parse(stdout.slice(stdout.indexOf("{\n"))).failures;
  } catch {
    return null;
  }
}

async function failingHistory(copy: string): Promise<string | undefined> {
  const script = ["test/simulation/run.ts", "--histories", String(histories), "--until-broken"];
  const { succeeded, late, stdout, stderr } = await run(copy, script);
  if (succeeded || late) return undefined;
  const broken = stdout.split("\n").find((line) => line.startsWith("history"));
  return broken ?? `the simulation ends at once: ${errorIn(stderr)}`;
}

/** The violation that the explorer finds. It is given so long that it comes to its end on a slow machine. */
async function brokenScope(copy: string, scope: string): Promise<string | undefined> {
  const script = ["test/explorer/run.ts", "--scope", scope, "--seconds", String(EXPLORE_SECONDS)];
  const { succeeded, late, stdout, stderr } = await run(copy, script);
  if (succeeded || late) return undefined;
  const violation = stdout.split("\n").find((line) => line.startsWith("  => "));
  return violation ? `explorer, ${scope}: ${violation.slice(5)}` : `the explorer ends at once: ${errorIn(stderr)}`;
}

function run(cwd: string, args: readonly string[]): Promise<Run> {
  // All files but one are those of the run before. What a rule would have brought about is waited for in vain.
  const env = { EVENTUALLY_MS: "15000", ...process.env, NODE_COMPILE_CACHE: join(cwd, "compiled") };
  const options = { cwd, env, timeout: LIMIT_MS, maxBuffer: 100 * 1024 * 1024 };
  return new Promise((resolve) => {
    execFile(process.execPath, args, options, (error, stdout, stderr) => {
      resolve({ succeeded: error === null, late: error?.killed === true, stdout, stderr });
    });
  });
}

/** Throws if the mutated file is no TypeScript: that proves nothing. */
function errorIn(stderr: string): string | undefined {
  const error = stderr.split("\n").find((line) => line.includes("Error"));
  if (error?.includes("SyntaxError")) throw new Error(`a mutation cannot be loaded: ${error}`);
  return error;
}
