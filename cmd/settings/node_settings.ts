import { join, resolve } from "node:path";
import { UNKNOWN_REGION } from "../../internal/core/kubernetes/members.ts";
import { host, hostPort, isWildcard, origins, webAddress } from "./addresses.ts";
import { directoryOrNone, filePath } from "./files.ts";
import { kubernetesChecks, kubernetesTable, type Owner, type PodSettings, podSettings } from "./kubernetes.ts";
import { logForm, logTable } from "./log_form.ts";
import type { Command, ValuesOf } from "./read/setting.ts";
import { type StoreSettings, storeChecks, storeSettings, storeTable } from "./store.ts";
import { bytesPerSecond, counterNames, duration, label, region, wholeNumber } from "./values.ts";

/** What `npm run node` is told. */
export interface NodeSettings {
  /** 0: any free port. */
  readonly port: number;
  readonly host: string;
  /** Where other people's browsers reach the node; null: at `port` as it was bound. See `urlOf`. */
  readonly url: string | null;
  readonly peerHost: string;
  readonly peerPort: number;
  readonly name: string;
  readonly region: string;
  readonly store: StoreSettings;
  /** Whose ledger it is; null: nobody claims it. */
  readonly owner: Owner | null;
  /** The pods that are nodes; null: nodes register in the store. */
  readonly pods: PodSettings | null;
  /** Absolute path, or null. See `recordedLedger`. */
  readonly knownLedgerFile: string | null;
  /** Absolute path, or null: hits are only in memory until they are committed. */
  readonly dataDirectory: string | null;
  /** The counters that may exist, or null: any. */
  readonly counters: ReadonlySet<string> | null;
  readonly maxCounters: number;
  /** Whose pages may count and read here from a browser. */
  readonly allowedOrigins: "*" | ReadonlySet<string>;
  /** Milliseconds. */
  readonly interval: number;
  /** Bytes per second. */
  readonly writeBudget: number;
  /** Milliseconds. */
  readonly drainDelay: number;
  /** Milliseconds. */
  readonly drainTimeout: number;
  /** Absolute path, or null. */
  readonly drainReport: string | null;
  readonly log: "text" | "json";
}

const table = {
  port: {
    placeholder: "port",
    parse: wholeNumber(0, 65_535),
    default: "4000",
    help: "port of the page, the API and the metrics; 0: any free one",
  },
  host: {
    placeholder: "host",
    parse: host,
    default: "127.0.0.1",
    help: "address to listen on; 0.0.0.0: all of this machine's",
  },
  url: {
    placeholder: "url",
    parse: webAddress,
    default: null,
    otherwise: "http://<host>:<port>",
    help: "address of the page as other people reach it",
  },
  peerHost: {
    placeholder: "host",
    parse: host,
    default: null,
    otherwise: "<host>",
    help: "address that other nodes reach this one at, and that it listens on for them",
  },
  peerPort: {
    placeholder: "port",
    parse: wholeNumber(0, 65_535),
    default: "0",
    help: "port for other nodes; 0: any free one",
  },
  name: {
    placeholder: "name",
    parse: label,
    default: null,
    otherwise: "node-<port>",
    help: "name of the node, for people",
  },
  region: {
    placeholder: "name",
    parse: region,
    default: null,
    otherwise: "local; in Kubernetes unknown",
    help: "region that its hits are counted under: a cloud's, any name, or name:lat,lon",
  },
  ...storeTable,
  ...kubernetesTable,
  dataDir: {
    placeholder: "path",
    parse: directoryOrNone,
    default: null,
    otherwise: "./data/<name>",
    help: "keeps acknowledged hits through kill -9; none: memory only",
  },
  counters: {
    placeholder: "names",
    parse: counterNames,
    default: null,
    otherwise: "any",
    help: "the only counters that may exist, with commas between",
  },
  maxCounters: {
    placeholder: "number",
    parse: wholeNumber(1, 100_000),
    default: "10000",
    help: "most counters that may exist",
  },
  allowedOrigins: {
    placeholder: "origins",
    parse: origins,
    default: "*",
    help: "sites whose pages may count and read from a browser, with commas between; *: all",
  },
  interval: {
    placeholder: "time",
    parse: duration("100ms", "60s"),
    default: "1s",
    help: "time between rounds, while this node leads",
  },
  writeBudget: {
    placeholder: "size",
    parse: bytesPerSecond("1kB", "100MB"),
    default: "100kB/s",
    help: "what rounds may write to the store; larger ones come less often",
  },
  drainDelay: {
    placeholder: "time",
    parse: duration("0s", "10m"),
    default: "0s",
    help: "goes on serving for this long after SIGTERM, while load balancers catch up",
  },
  drainTimeout: {
    placeholder: "time",
    parse: duration("1s", "1h"),
    default: "25s",
    help: "leaves this long after SIGTERM at the latest",
  },
  drainReport: {
    placeholder: "file",
    parse: filePath,
    default: null,
    otherwise: "none",
    help: "file for a last word, as JSON: how many hits it handed over and left behind",
  },
  ...logTable,
} as const;

type NodeValues = ValuesOf<typeof table>;

export const nodeCommand: Command<typeof table, NodeSettings> = {
  usage: "npm run node --",
  purpose: "Runs one node. Nodes with the same store form one cluster.",
  table,
  checks: [
    ...storeChecks,
    ...kubernetesChecks,
    {
      about: "port",
      reads: ["port", "name"],
      wrong: ({ port, name }) =>
        port === 0 && name === null ? "needs --name with it: the default name is made of the port" : null,
    },
    {
      about: "host",
      reads: ["host", "peerHost"],
      wrong: (values) =>
        isWildcard(values.host) && values.peerHost === null
          ? "needs --peer-host with it: other nodes cannot dial this one"
          : null,
    },
    {
      about: "peerHost",
      reads: ["peerHost"],
      wrong: ({ peerHost }) => (isWildcard(peerHost ?? "") ? "must be an address that other nodes can dial" : null),
    },
    {
      about: "drainTimeout",
      reads: ["drainTimeout", "drainDelay"],
      wrong: (values) => (values.drainTimeout <= values.drainDelay ? "must be longer than --drain-delay" : null),
    },
  ],
  complete,
};

function complete(values: NodeValues): NodeSettings {
  const { port, counters, maxCounters, allowedOrigins, interval, writeBudget, drainDelay, drainTimeout } = values;
  const { owner, knownLedgerFile } = values;
  const name = values.name ?? `node-${port}`;
  const peerHost = values.peerHost ?? values.host;
  const pods = podSettings(values);
  // A machine without the label gives its pods an empty variable, which says nothing.
  const region = values.region ?? (pods ? UNKNOWN_REGION : "local");
  return {
    ...{ port, host: values.host, url: values.url, peerHost, peerPort: values.peerPort, name, region },
    ...{ store: storeSettings(values), dataDirectory: dataDirectory(values.dataDir, name) },
    ...{ owner, pods, knownLedgerFile },
    ...{ counters, maxCounters, allowedOrigins, interval, writeBudget, drainDelay, drainTimeout },
    drainReport: values.drainReport,
    log: logForm(values.log),
  };
}

function dataDirectory(given: string | null, name: string): string | null {
  return given === "none" ? null : (given ?? resolve(join("data", name)));
}

/** Where people reach a node whose server was bound to `port`. */
export function urlOf(settings: NodeSettings, port: number): string {
  return settings.url ?? `http://${hostPort(isWildcard(settings.host) ? settings.peerHost : settings.host, port)}`;
}
