import { directoryOrNone } from "./files.ts";
import { logTable } from "./log_settings.ts";
import { nodeCommand } from "./node_settings.ts";
import { type Command, flagOf, type Parse, type Setting, type ValuesOf } from "./read/setting.ts";
import { wholeNumber } from "./values.ts";

/** The settings of `npm start`. */
export type ClusterSettings = ReturnType<typeof complete>;

const {
  host,
  counters,
  maxCounters,
  allowedOrigins,
  allowedHosts,
  anonymous,
  maxBy,
  create,
  trustedProxies,
  interval,
  log,
  logLevel,
} = nodeCommand.table;

/** Settings of all nodes. `npm start` checks them once, and passes their text on. */
const nodeTable = {
  host: asText(host),
  counters: asText(counters),
  maxCounters: asText(maxCounters),
  allowedOrigins: asText(allowedOrigins),
  anonymous: asText(anonymous),
  maxBy: asText(maxBy),
  create: asText(create),
  trustedProxies: asText(trustedProxies),
  allowedHosts: asText(allowedHosts),
  interval: asText({ ...interval, help: "time between rounds" }),
  logLevel: asText({ ...logLevel, help: `${logTable.logLevel.help}; debug adds a line for each round` }),
} as const;

const table = {
  port: {
    placeholder: "port",
    parse: wholeNumber(1, 65_535),
    default: "4000",
    help: "port of the first node; the others take the next ones",
  },
  nodes: { placeholder: "number", parse: wholeNumber(1, 9), default: "3", help: "number of nodes: 1 to 9" },
  /** Absolute path. */
  dataDir: {
    placeholder: "path",
    parse: directoryOrNone,
    default: "./data",
    help: "directory of the store and of each node's data; one cluster at a time can use it",
  },
  ...nodeTable,
  // Text also outside of a terminal: the nodes write beside the messages of this program.
  log: { placeholder: log.placeholder, parse: log.parse, default: "text", help: log.help },
} as const;

type ClusterValues = ValuesOf<typeof table>;

export const clusterCommand: Command<typeof table, ClusterSettings> = {
  usage: "npm start --",
  purpose: "Runs a whole cluster on this machine: nodes with simulated regions, and one embedded store.",
  table,
  checks: [
    {
      about: "port",
      reads: ["port", "nodes"],
      problem: ({ port, nodes }) => (port + nodes > 65_536 ? `must leave room for ${nodes} ports up to 65535` : null),
    },
    {
      about: "dataDir",
      reads: ["dataDir"],
      problem: ({ dataDir }) => (dataDir === "none" ? "must be a directory, because the store is in it" : null),
    },
  ],
  complete,
};

function complete({ port, nodes, dataDir, log, ...values }: ClusterValues) {
  const given = (Object.keys(nodeTable) as (keyof typeof nodeTable)[]).flatMap((key) => {
    const text = values[key];
    return text === null || text === nodeTable[key].default ? [] : [flagOf(key), text];
  });
  return { port, nodes, dataDir, host: values.host, log, nodeFlags: ["--log", log, ...given] as readonly string[] };
}

/** The same setting, whose value is its text. */
function asText<S extends Setting>({ parse, ...setting }: S): Omit<S, "parse"> & { readonly parse: Parse<string> } {
  const check: Parse<string> = (text) => {
    const parsed = parse(text);
    return "problem" in parsed ? parsed : { value: text };
  };
  return { ...setting, parse: check };
}
