import { resolve } from "node:path";
import type { MemberAddress, Membership } from "../../internal/core/etcd_member/member.ts";
import { host, hostPort } from "./addresses.ts";
import { filePath, type LiveFile, pemFile, pemPath } from "./files.ts";
import { logFormat, logTable } from "./log_settings.ts";
import { type Check, type Command, type Parse, type ValuesOf, without } from "./read/setting.ts";
import { bytes, label, wholeNumber } from "./values.ts";

/** The settings of `cmd/etcd_member.ts`. */
export type EtcdMemberSettings = ReturnType<typeof complete>;

interface NamedHost {
  readonly name: string;
  readonly host: string;
}

const members: Parse<readonly NamedHost[]> = (text) => {
  const read = text.split(",").map((item) => {
    const [name = "", address = "", ...rest] = item.split("=");
    const parsed = host(address);
    return "value" in parsed && "value" in label(name) && rest.length === 0 ? { name, host: parsed.value } : null;
  });
  const good = read.filter((member) => member !== null);
  const distinct = new Set(good.map(({ name }) => name)).size;
  if (good.length === read.length && distinct === read.length && [1, 3].includes(read.length)) return { value: good };
  return { problem: "must be NAME=HOST for one member, or a comma-separated list of three" };
};

const directory: Parse<string> = (text) => ({ value: resolve(text) });

const tlsTable = {
  tlsCa: {
    placeholder: "file",
    parse: pemPath,
    default: null,
    whenAbsent: "clients and members connect without TLS",
    help: "file with the authorities that sign the certificates of clients and members (PEM)",
  },
  tlsCert: {
    placeholder: "file",
    parse: pemPath,
    default: null,
    whenAbsent: "none",
    help: "file with this member's certificate, which names spiffe://CLUSTER/store (PEM)",
  },
  tlsKey: {
    placeholder: "file",
    parse: pemPath,
    default: null,
    whenAbsent: "none",
    help: "file with the key of this certificate (PEM)",
  },
} as const;

const table = {
  name: {
    placeholder: "name",
    parse: label,
    default: null,
    whenAbsent: "none; it must be set",
    help: "name of this member",
  },
  members: {
    placeholder: "name=host,...",
    parse: members,
    default: null,
    whenAbsent: "none; it must be set",
    help: "all members including this one, with the host names that they use for each other",
  },
  host: { placeholder: "host", parse: host, default: "0.0.0.0", help: "address for etcd to listen on" },
  clientPort: { placeholder: "port", parse: wholeNumber(1, 65_535), default: "2379", help: "etcd's port for clients" },
  peerPort: {
    placeholder: "port",
    parse: wholeNumber(1, 65_535),
    default: "2380",
    help: "etcd's port for other members",
  },
  metricsPort: {
    placeholder: "port",
    parse: wholeNumber(1, 65_535),
    default: "2381",
    help: "etcd's port for probes and metrics",
  },
  readyPort: {
    placeholder: "port",
    parse: wholeNumber(1, 65_535),
    default: "2382",
    help: "with TLS, etcd's port for probes that ask whether it serves clients",
  },
  ...tlsTable,
  dataDir: {
    placeholder: "path",
    parse: directory,
    default: "/var/lib/etcd",
    help: "directory of the member's volume",
  },
  config: {
    placeholder: "file",
    parse: filePath,
    default: "/etc/etcd/etcd.yaml",
    help: "file to write when etcd may start: its configuration",
  },
  quota: {
    placeholder: "size",
    parse: bytes("16MiB", "8GiB"),
    default: "512MiB",
    help: "largest size of etcd's database; the volume needs twice as much, and room for etcd's log",
  },
  ...logTable,
} as const;

type EtcdMemberValues = ValuesOf<typeof table>;

const tlsChecks = Object.keys(tlsTable).map((about) => {
  const name = about as keyof typeof tlsTable;
  return {
    about: name,
    reads: ["tlsCa", "tlsCert", "tlsKey"],
    problem: ({ tlsCa, tlsCert, tlsKey }) =>
      [tlsCa, tlsCert, tlsKey].includes(null) && [tlsCa, tlsCert, tlsKey].some((file) => file !== null)
        ? "needs all of --tls-ca, --tls-cert and --tls-key"
        : null,
  } satisfies Check<EtcdMemberValues>;
});

export const etcdMemberCommand: Command<typeof table, EtcdMemberSettings> = {
  usage: "node cmd/etcd_member.ts",
  purpose:
    "Prepares the volume of one member of a managed etcd, waits until etcd may start, and writes its configuration.\nExit codes: 0 etcd may start, 1 it failed, 2 a setting is wrong, 3 a person must decide.",
  table,
  checks: [
    { about: "name", reads: ["name"], problem: ({ name }) => (name === null ? "must be set" : null) },
    { about: "members", reads: ["members"], problem: (values) => (values.members === null ? "must be set" : null) },
    {
      about: "name",
      reads: ["name", "members"],
      problem: ({ name, members }) =>
        name !== null && members !== null && !members.some((member) => member.name === name)
          ? "must be one of the names in --members"
          : null,
    },
    ...tlsChecks,
  ],
  complete,
};

function complete(values: EtcdMemberValues) {
  const { name, members, log, ...rest } = without(values, tlsTable);
  const all = (members ?? []).map((member) => addressOf(member, values));
  const me = all.find((member) => member.name === name);
  if (!me) throw new Error(`--name ${name} is not one of --members, though a check requires it`);
  const membership: Membership = { me, all };
  return { ...rest, membership, tls: tlsOf(values), log: logFormat(log) };
}

/** Null: without TLS. */
function tlsOf({ tlsCa: ca, tlsCert: cert, tlsKey: key }: EtcdMemberValues) {
  if (ca === null || cert === null || key === null) return null;
  const live = { ca: liveFile(ca), cert: liveFile(cert), key: liveFile(key) };
  return { files: { ca, cert, key }, present: () => ({ ca: live.ca(), cert: live.cert(), key: live.key() }) };
}

function liveFile(path: string): LiveFile {
  const parsed = pemFile(path);
  if ("problem" in parsed) throw new Error(`${path} ${parsed.problem}, though it was read before`);
  return parsed.value;
}

function addressOf({ name, host }: NamedHost, { peerPort, clientPort, tlsCa }: EtcdMemberValues): MemberAddress {
  const url = (port: number) => `${tlsCa === null ? "http" : "https"}://${hostPort(host, port)}`;
  return { name, peerUrl: url(peerPort), clientUrl: url(clientPort) };
}
