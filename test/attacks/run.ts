import { endWith, toolOptions, wholeNumber } from "../tool_options.ts";
import { allAttacks } from "./all_attacks.ts";
import { type Attack, CannotRun, type Target } from "./attack.ts";
import { attackTable } from "./table.ts";
import { type Witnessed, witness } from "./witness.ts";

const HELP = `Attacks a running cluster, and prints a table: attack, bound, seen, what an honest client waited, and the node's memory.
Attack only a cluster of your own that may be harmed. Its counters grow. Each attack stops by itself.

  npm run attacks -- --server http://127.0.0.1:4000
  npm run attacks -- --server http://127.0.0.1:4000 --only 7,8

  --server URL     address of the pages and of the API
  --admin URL      address of the admin side, where memory is read (default: --server)
  --peer ADDRESS   host:port where nodes listen to each other
  --store ADDRESS  host:port of the store
  --kubeconfig F   access of somebody who may create CounterClusters, in --namespace
  --namespace NAME a namespace that an operator serves
  --counter NAME   a counter that attacks and the honest client may count (default: attacks)
  --seconds N      longest time for one attack (default: 10)
  --only NUMBERS   only these attacks, with commas between
  --list           prints the attacks, and runs none

Exit codes: 0 every bound held; 1 a bound did not hold, or an attack could not be run to its end; 2 the command line is wrong.
`;

const values = toolOptions(HELP, {
  server: { type: "string" },
  admin: { type: "string" },
  peer: { type: "string" },
  store: { type: "string" },
  kubeconfig: { type: "string" },
  namespace: { type: "string" },
  counter: { type: "string", default: "attacks" },
  seconds: { type: "string", default: "10" },
  only: { type: "string" },
  list: { type: "boolean" },
});

/** Time for an attack to close its connections. */
const GRACE_MS = 20_000;

const attacks = chosen(await allAttacks());
if (values.list) for (const { number, attack, bound } of attacks) console.log(`${number}  ${attack}: ${bound}`);
else await runAll(target());
process.exit();

function chosen(all: readonly Attack[]): readonly Attack[] {
  if (values.only === undefined) return all;
  const numbers = values.only.split(",").map((text) => wholeNumber("--only", text.trim()));
  const unknown = numbers.find((number) => !all.some((attack) => attack.number === number));
  if (unknown !== undefined) endWith(`There is no attack ${unknown}; --list prints all.`);
  return all.filter(({ number }) => numbers.includes(number));
}

function target(): Target {
  const { server, admin = server, peer, store, kubeconfig, namespace, counter } = values;
  if (server === undefined || !URL.canParse(server)) endWith("--server must be the address of a node. Try --help");
  const seconds = wholeNumber("--seconds", values.seconds);
  const withoutSlash = (url: string) => url.replace(/\/+$/, "");
  return {
    publicUrl: withoutSlash(server),
    adminUrl: withoutSlash(admin as string),
    ...(peer !== undefined && { peerAddress: peer }),
    ...(store !== undefined && { storeAddress: store }),
    ...(kubeconfig !== undefined && { kubeconfig }),
    ...(namespace !== undefined && { namespace }),
    counter,
    seconds,
  };
}

async function runAll(target: Target): Promise<void> {
  const results: Witnessed[] = [];
  const notRun: string[] = [];
  for (const attack of attacks) {
    const missing = (attack.needs ?? []).filter((part) => target[part] === undefined);
    if (missing.length > 0) notRun.push(`${attack.number}  ${attack.attack}: needs ${missing.join(", ")}`);
    else await runOne(attack, target, results, notRun);
  }
  console.log(attackTable(results));
  if (notRun.length > 0) console.log(`\nNot run against this target:\n  ${notRun.join("\n  ")}`);
  if (results.some(({ held }) => !held)) process.exitCode = 1;
}

async function runOne(attack: Attack, target: Target, results: Witnessed[], notRun: string[]): Promise<void> {
  process.stderr.write(`${attack.number}  ${attack.attack}...\n`);
  try {
    results.push(await withDeadline(witness(attack, target), target.seconds * 1000 + GRACE_MS));
  } catch (error) {
    notRun.push(`${attack.number}  ${attack.attack}: ${(error as Error).message}`);
    if (!(error instanceof CannotRun)) process.exitCode = 1;
  }
}

async function withDeadline<T>(work: Promise<T>, ms: number): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error(`it did not end within ${ms / 1000} s`)), ms);
  return Promise.race([work, late.promise]).finally(() => clearTimeout(timer));
}
