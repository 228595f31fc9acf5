import { parseArgs } from "node:util";
import { describeReport } from "./report.ts";
import { SCOPES } from "./scopes.ts";
import { exploreEach } from "./search.ts";

const HELP = `Walks through every state that the real code can reach in small clusters, and checks the contract in each.

  npm run explore                           every scope, in 60 seconds
  npm run explore -- --scope hand-over      one, in 60 seconds
  npm run explore -- --seconds 600

  --seconds N      time for all together (default 60): what one does not need, those after it have
  --scope NAME     one of: ${SCOPES.map(({ name }) => name).join(", ")}
`;

const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "60" },
    scope: { type: "string" },
    help: { type: "boolean" },
  },
});

if (values.help) console.log(HELP);
else exploreAll(values.scope, Number(values.seconds));

function exploreAll(scope: string | undefined, seconds: number): void {
  const scopes = SCOPES.filter(({ name }) => scope === undefined || name === scope);
  if (scopes.length === 0 || !(seconds > 0)) {
    console.error(HELP);
    process.exitCode = 2;
    return;
  }
  for (const report of exploreEach(scopes, seconds)) {
    console.log(describeReport(report));
    if (report.violation) process.exitCode = 1;
  }
}
