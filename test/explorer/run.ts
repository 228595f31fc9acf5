import { endWith, toolOptions, wholeNumber } from "../tool_options.ts";
import { describeReport, HEADER } from "./report.ts";
import { SCOPES } from "./scopes.ts";
import { exploreEach } from "./search.ts";

const HELP = `Walks through every state that the real code can reach in small clusters, and checks the contract in each.

  npm run explore                           every scope, in 60 seconds
  npm run explore -- --scope hand-over      one, in 60 seconds
  npm run explore -- --seconds 600

  --seconds N      time for all scopes together (default 60); time that one does not need goes to those after it
  --scope NAME     one of:
${SCOPES.map(({ name, about }) => `    ${name.padEnd(28)} ${about}`).join("\n")}

A scope is "exhausted" when every state was visited: nothing that is allowed to happen in it breaks the contract. "time is up" says that
states were left, and "depth" how many steps from the beginning all states were visited. Ctrl-C prints how far the present scope is.
The exit code is 1 when the contract is broken; the shortest way to it is printed.
`;

/** Exit code after Ctrl-C, as shells give it. */
const INTERRUPTED = 130;

const values = toolOptions(HELP, {
  seconds: { type: "string", default: "60" },
  scope: { type: "string" },
});

await exploreAll(values.scope, wholeNumber("--seconds", values.seconds));

async function exploreAll(scope: string | undefined, seconds: number): Promise<void> {
  const scopes = SCOPES.filter(({ name }) => scope === undefined || name === scope);
  if (scopes.length === 0) endWith(`There is no scope ${JSON.stringify(scope)}; --help lists all scopes.`);
  if (seconds === 0) endWith("--seconds must be at least 1");
  const interrupt = new AbortController();
  process.once("SIGINT", () => interrupt.abort());
  console.log(HEADER);
  const exhausted: string[] = [];
  for await (const report of exploreEach(scopes, seconds, 0, interrupt.signal)) {
    console.log(describeReport(report));
    if (report.exhausted) exhausted.push(report.scope);
    if (report.violation) process.exitCode = 1;
  }
  console.log(`\n${exhausted.length} of ${scopes.length} scopes exhausted`);
  if (interrupt.signal.aborted) process.exitCode = INTERRUPTED;
}
