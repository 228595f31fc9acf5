import { availableParallelism } from "node:os";
import { toolOptions, wholeNumber } from "../tool_options.ts";
import { playHistory } from "./history.ts";
import { Run } from "./run_many.ts";
import { deleteProgress } from "./run_progress.ts";
import { describeReport } from "./run_report.ts";

const HELP = `Plays simulated histories of whole clusters and checks the contract after each.

  npm run simulate                             plays histories 1 to 2000
  npm run simulate -- --histories 1000000      plays many, and goes on where it was stopped
  npm run simulate -- --seed 123               plays one, with its trace

  --seed N         play this history alone, and print what happened
  --first N        the first history (default 1)
  --histories N    how many (default 2000)
  --jobs N         threads (default: the number of cores)
  --until-broken   stop at the first that breaks the contract
  --progress FILE  keeps how far the run came, until it is done (default .cache/simulation.json)
  --fresh          begin anew, and not where an earlier run was stopped

Ctrl-C stops after the histories that are being played, and prints the report so far. The same command goes on from there. A changed program
begins anew: its histories are others.
`;

const values = toolOptions(HELP, {
  seed: { type: "string" },
  first: { type: "string", default: "1" },
  histories: { type: "string", default: "2000" },
  jobs: { type: "string", default: String(availableParallelism()) },
  "until-broken": { type: "boolean" },
  progress: { type: "string", default: ".cache/simulation.json" },
  fresh: { type: "boolean" },
});

process.exitCode =
  values.seed !== undefined ? await replay(wholeNumber("--seed", values.seed)) : await playMany(values.progress);

async function replay(seed: number): Promise<number> {
  const { trace, broken, balance, faults } = await playHistory(seed, true);
  for (const line of trace) console.log(line);
  for (const { name, inEffect } of faults) console.log(`${inEffect ? "in effect" : "no effect"}: ${name}`);
  for (const [reason, hits] of balance.excused) console.log(`may be missing: ${hits} hits: ${reason}`);
  console.log(broken ? `BROKEN: ${broken.stack}` : "the contract held");
  return broken ? 1 : 0;
}

async function playMany(progressFile: string): Promise<number> {
  const first = wholeNumber("--first", values.first);
  const histories = { first, end: first + wholeNumber("--histories", values.histories) };
  const jobs = Math.max(1, wholeNumber("--jobs", values.jobs));
  const untilBroken = values["until-broken"] === true;
  if (values.fresh) deleteProgress(progressFile);
  const run = new Run({ histories, jobs, progressFile: untilBroken ? null : progressFile, untilBroken });
  let interrupted = false;
  process.once("SIGINT", () => {
    interrupted = true;
    run.stop();
  });
  await run.play();
  console.log(describeReport(run.report));
  if (run.report.broken.length > 0) return 1;
  return interrupted ? 130 : 0;
}
