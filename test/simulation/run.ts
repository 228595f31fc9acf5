import { toolOptions, wholeNumber } from "../tool_options.ts";
import { playHistory } from "./history.ts";

const HELP = `Plays simulated histories of whole clusters and checks the contract after each.

  npm run simulate                      plays histories 1 to 2000
  npm run simulate -- --seed 123        plays one, with its trace

  --seed N         play this history alone, and print what happened
  --first N        the first history (default 1)
  --histories N    how many (default 2000)
  --until-broken   stop at the first that breaks the contract
`;

const values = toolOptions(HELP, {
  seed: { type: "string" },
  first: { type: "string", default: "1" },
  histories: { type: "string", default: "2000" },
  "until-broken": { type: "boolean" },
});

if (values.seed !== undefined) await replay(wholeNumber("--seed", values.seed));
else await playMany(wholeNumber("--first", values.first), wholeNumber("--histories", values.histories));

async function replay(seed: number): Promise<void> {
  const { trace, broken, balance } = await playHistory(seed, true);
  for (const line of trace) console.log(line);
  for (const [reason, hits] of balance.excused) console.log(`may be missing: ${hits} hits: ${reason}`);
  console.log(broken ? `BROKEN: ${broken.stack}` : "the contract held");
  process.exitCode = broken ? 1 : 0;
}

async function playMany(first: number, count: number): Promise<void> {
  const start = performance.now();
  let failed = 0;
  for (let seed = first; seed < first + count; seed++) {
    const { broken, faults } = await playHistory(seed);
    if (!broken) continue;
    failed++;
    console.log(
      `history ${seed} (${faults.map(({ name }) => name).join(", ")}): ${broken.message}\n  npm run simulate -- --seed ${seed}`,
    );
    if (values["until-broken"]) break;
  }
  console.log(
    `${count} histories in ${((performance.now() - start) / 1000).toFixed(1)} s, ${failed} broke the contract`,
  );
  process.exitCode = failed > 0 ? 1 : 0;
}
