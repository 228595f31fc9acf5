import { join, resolve } from "node:path";
import { UNKNOWN_REGION } from "../../internal/core/kubernetes/members.ts";
import { accessTable, namedCountersCheck } from "./access.ts";
import { host, hostNames, hostPort, isLoopback, isWildcard, origins, webAddress } from "./addresses.ts";
import { directoryOrNone, filePath } from "./files.ts";
import { kubernetesChecks, kubernetesTable, podSettings } from "./kubernetes.ts";
import { logFormat, logTable } from "./log_settings.ts";
import { peerSecurity, peerTlsChecks, peerTlsTable } from "./peer_tls.ts";
import { type Check, type Command, type ValuesOf, without } from "./read/setting.ts";
import { storeChecks, storeSettings, storeTable } from "./store.ts";
import { bytes, bytesPerSecond, counterNames, duration, label, oneOf, region, wholeNumber } from "./values.ts";

/** The settings of `npm run node`. Times are in milliseconds, sizes in bytes, files are absolute paths. */
export type NodeSettings = ReturnType<typeof complete>;

const LAST_PORT = 65_535;
const ADMIN_PORT_DISTANCE = 10_000;

const adminTable = {
  adminPort: {
    placeholder: "port",
    parse: wholeNumber(0, 65_535),
    default: null,
    whenAbsent: "<port>, beside the page, if --host is a loopback address; otherwise <port> + 10000",
    help: "port of the admin side: metrics, health checks, and the whole of /v1/cluster; 0: any free port",
  },
  adminHost: {
    placeholder: "host",
    parse: host,
    default: null,
    whenAbsent: "127.0.0.1",
    help: "address that the admin port listens on",
  },
} as const;

/** Not in `adminTable`: the program needs it as it is. */
const adminPage = {
  placeholder: "admin|public",
  parse: oneOf("admin", "public"),
  default: "admin",
  help: "where the admin page /admin is: on the admin side alone, or also on a public port, for people who sign in with a token",
} as const;

const table = {
  port: {
    placeholder: "port",
    parse: wholeNumber(0, 65_535),
    default: "4000",
    help: "port of the page and the API; 0: any free port",
  },
  host: {
    placeholder: "host",
    parse: host,
    default: "127.0.0.1",
    help: "address to listen on; 0.0.0.0: all addresses of this machine",
  },
  ...adminTable,
  adminPage,
  /** Null: the address that the server was bound to. See `urlOf`. */
  url: {
    placeholder: "url",
    parse: webAddress,
    default: null,
    whenAbsent: "http://<host>:<port>",
    help: "public address of the page, for links to this node",
  },
  peerHost: {
    placeholder: "host",
    parse: host,
    default: null,
    whenAbsent: "<host>",
    help: "address to listen on for other nodes, which connect to it",
  },
  peerPort: {
    placeholder: "port",
    parse: wholeNumber(0, 65_535),
    default: "0",
    help: "port for other nodes; 0: any free port",
  },
  ...peerTlsTable,
  name: {
    placeholder: "name",
    parse: label,
    default: null,
    whenAbsent: "node-<port>",
    help: "name of the node on the page and in the log",
  },
  region: {
    placeholder: "name",
    parse: region,
    default: null,
    whenAbsent: "local; in Kubernetes unknown",
    help: "region of its hits: a cloud region, any other name, or name:latitude,longitude",
  },
  ...storeTable,
  ...kubernetesTable,
  /** `none`: acknowledged hits are only in memory until they are committed. */
  dataDir: {
    placeholder: "path",
    parse: directoryOrNone,
    default: null,
    whenAbsent: "./data/<name>",
    help: "directory for acknowledged hits that are not committed yet, so that they survive kill -9; none: keep them only in memory",
  },
  counters: {
    placeholder: "names",
    parse: counterNames,
    default: null,
    whenAbsent: "any",
    help: "comma-separated list of the counters that may exist",
  },
  maxCounters: {
    placeholder: "number",
    parse: wholeNumber(1, 1_000_000),
    default: "10000",
    help: "largest number of counters",
  },
  allowedOrigins: {
    placeholder: "origins",
    parse: origins,
    default: "*",
    help: "comma-separated list of websites (origins) whose pages may count and read from a browser; *: all",
  },
  ...accessTable,
  allowedHosts: {
    placeholder: "hosts",
    parse: hostNames,
    default: "*",
    help: "comma-separated list of the host names that this node answers to, apart from IP addresses and localhost; *: all",
  },
  interval: {
    placeholder: "time",
    parse: duration("100ms", "60s"),
    default: "1s",
    help: "time between rounds while this node leads",
  },
  /** Bytes per second. */
  writeBudget: {
    placeholder: "size",
    parse: bytesPerSecond("1kB", "100MB"),
    default: "100kB/s",
    help: "largest average write rate to the store; larger rounds come less often",
  },
  /** Bytes per second. */
  importBudget: {
    placeholder: "size",
    parse: bytesPerSecond("1kB", "100MB"),
    default: "1MB/s",
    help: "the same for rounds that do a part of an import; 1,000,000 lines write about 80 MB",
  },
  conversionDelay: {
    placeholder: "time",
    parse: duration("0s", "1h"),
    default: "1m",
    help: "how long all nodes must be of a release after 0.1.0 before the ledger gets format 2, which 0.1.0 cannot read",
  },
  keyWindow: {
    placeholder: "time",
    parse: duration("1m", "24h"),
    default: "15m",
    help: "time for which a hit with an idempotency key can be sent again; the same on all nodes",
  },
  /** Bytes. */
  daysBudget: {
    placeholder: "size",
    parse: bytes("1MiB", "1000MiB"),
    default: "32MiB",
    help: "space that hits by hour and day may take, in the store and in each node's memory; the oldest day goes first; the same on all nodes",
  },
  drainDelay: {
    placeholder: "time",
    parse: duration("0s", "10m"),
    default: "0s",
    help: "time to keep serving after SIGTERM, until load balancers send requests elsewhere",
  },
  drainTimeout: {
    placeholder: "time",
    parse: duration("1s", "1h"),
    default: "25s",
    help: "longest time to drain after SIGTERM",
  },
  drainReport: {
    placeholder: "file",
    parse: filePath,
    default: null,
    whenAbsent: "none",
    help: "file to write at the end, as JSON: the number of hits that it handed over and left behind",
  },
  ...logTable,
  logLevel: {
    ...logTable.logLevel,
    help: `${logTable.logLevel.help}; debug adds a line for each round while this node leads`,
  },
} as const;

type NodeValues = ValuesOf<typeof table>;

const checks: readonly Check<NodeValues>[] = [
  ...storeChecks,
  ...kubernetesChecks,
  namedCountersCheck,
  ...peerTlsChecks,
  {
    about: "port",
    reads: ["port", "name"],
    problem: ({ port, name }) =>
      port === 0 && name === null ? "needs --name, because the default name contains the port" : null,
  },
  {
    about: "host",
    reads: ["host", "peerHost"],
    problem: (values) =>
      isWildcard(values.host) && values.peerHost === null
        ? "needs --peer-host, because other nodes cannot connect to it"
        : null,
  },
  {
    about: "adminPort",
    reads: ["adminPort", "port"],
    problem: ({ adminPort, port }) =>
      adminPort !== null && adminPort === port && port !== 0 ? "must differ from --port" : null,
  },
  {
    about: "peerHost",
    reads: ["peerHost"],
    problem: ({ peerHost }) =>
      isWildcard(peerHost ?? "") ? "must be an address that other nodes can connect to" : null,
  },
  {
    about: "drainTimeout",
    reads: ["drainTimeout", "drainDelay"],
    problem: (values) => (values.drainTimeout <= values.drainDelay ? "must be longer than --drain-delay" : null),
  },
];

export const nodeCommand: Command<typeof table, NodeSettings> = {
  usage: "npm run node --",
  purpose: "Runs one node. Nodes with the same store form one cluster.",
  table,
  checks,
  complete,
};

function complete(values: NodeValues) {
  const name = values.name ?? `node-${values.port}`;
  const pods = podSettings(values);
  return {
    ...without(values, { ...storeTable, ...kubernetesTable, ...peerTlsTable, ...adminTable }),
    /** Null: the admin side is beside the page. */
    admin: adminAddress(values),
    store: storeSettings(values),
    owner: values.owner,
    /** The pods that are nodes. Null: nodes register in the store. */
    pods,
    knownLedgerFile: values.knownLedgerFile,
    peerHost: values.peerHost ?? values.host,
    peerSecurity: peerSecurity(values),
    name,
    // On a machine without a region label, the operator's variable is empty, which counts as not set.
    region: values.region ?? (pods ? UNKNOWN_REGION : "local"),
    /** Null: acknowledged hits are only in memory until they are committed. */
    dataDir: values.dataDir === "none" ? null : (values.dataDir ?? resolve(join("data", name))),
    log: logFormat(values.log),
  };
}

/** Where the admin side listens. Those who reach a public port must not reach it, so it stays on loopback unless a setting moves it. */
function adminAddress({ host, port, adminHost, adminPort }: NodeValues) {
  if (adminPort === null && adminHost === null && isLoopback(host)) return null;
  return { host: adminHost ?? "127.0.0.1", port: adminPort ?? usualAdminPort(port) };
}

function usualAdminPort(port: number): number {
  if (port === 0) return 0;
  return port + ADMIN_PORT_DISTANCE <= LAST_PORT ? port + ADMIN_PORT_DISTANCE : port - ADMIN_PORT_DISTANCE;
}

/** The address of the page of a node whose server was bound to `port`. */
export function urlOf({ url, host, peerHost }: NodeSettings, port: number): string {
  return url ?? `http://${hostPort(isWildcard(host) ? peerHost : host, port)}`;
}
