import { directoryOrNone } from "./files.ts";
import type { Command } from "./read/setting.ts";
import { wholeNumber } from "./values.ts";

/** What `npm start` is told. */
export interface ClusterSettings {
  /** Of the first node; the others follow it. */
  readonly port: number;
  readonly nodes: number;
  /** Absolute path: the store, and a directory for each node. */
  readonly dataDirectory: string;
}

const table = {
  port: {
    placeholder: "port",
    parse: wholeNumber(1, 65_535),
    default: "4000",
    help: "port of the first node; the others take the ones after it",
  },
  nodes: { placeholder: "number", parse: wholeNumber(1, 9), default: "3", help: "how many nodes: 1 to 9" },
  dataDir: {
    placeholder: "path",
    parse: directoryOrNone,
    default: "./data",
    help: "holds the store and a directory for each node",
  },
} as const;

export const clusterCommand: Command<typeof table, ClusterSettings> = {
  usage: "npm start --",
  purpose: "Runs a whole cluster on this machine: nodes with simulated regions, and one embedded store.",
  table,
  checks: [
    {
      about: "port",
      reads: ["port", "nodes"],
      wrong: ({ port, nodes }) => (port + nodes > 65_536 ? `must leave room for ${nodes} ports up to 65535` : null),
    },
    {
      about: "dataDir",
      reads: ["dataDir"],
      wrong: ({ dataDir }) => (dataDir === "none" ? "must be a directory: the store is in it" : null),
    },
  ],
  complete: ({ port, nodes, dataDir }) => ({ port, nodes, dataDirectory: dataDir }),
};
