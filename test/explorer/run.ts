import { endWith, toolOptions, wholeNumber } from "../tool_options.ts";
import { describeReport } from "./report.ts";
import { SCOPES } from "./scopes.ts";
import { exploreEach } from "./search.ts";

const HELP = `Walks through every state that the real code can reach in small clusters, and checks the contract in each.

  npm run explore                           every scope, in 60 seconds
  npm run explore -- --scope hand-over      one, in 60 seconds
  npm run explore -- --seconds 600

  --seconds N      time for all scopes together (default 60); time that one does not need goes to those after it
  --scope NAME     one of: ${SCOPES.map(({ name }) => name).join(", ")}
`;

const values = toolOptions(HELP, {
  seconds: { type: "string", default: "60" },
  scope: { type: "string" },
});

exploreAll(values.scope, wholeNumber("--seconds", values.seconds));

function exploreAll(scope: string | undefined, seconds: number): void {
  const scopes = SCOPES.filter(({ name }) => scope === undefined || name === scope);
  if (scopes.length === 0) endWith(`There is no scope ${JSON.stringify(scope)}; --help lists all scopes.`);
  if (seconds === 0) endWith("--seconds must be at least 1");
  for (const report of exploreEach(scopes, seconds)) {
    console.log(describeReport(report));
    if (report.violation) process.exitCode = 1;
  }
}
