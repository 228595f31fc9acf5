import { resolve } from "node:path";
import type { MemberAddress, Membership } from "../../internal/core/etcd_member/member.ts";
import { host, hostPort } from "./addresses.ts";
import { filePath } from "./files.ts";
import { logForm, logTable } from "./log_form.ts";
import type { Command, Parse, ValuesOf } from "./setting.ts";
import { bytes, label, wholeNumber } from "./values.ts";

/** What `cmd/etcd_member.ts` is told. */
export interface EtcdMemberSettings {
  readonly membership: Membership;
  /** Address to listen on. */
  readonly host: string;
  readonly clientPort: number;
  readonly peerPort: number;
  readonly metricsPort: number;
  /** Absolute path of the volume. */
  readonly dataDirectory: string;
  /** Absolute path of the file to write. */
  readonly config: string;
  readonly quotaBytes: number;
  readonly log: "text" | "json";
}

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
  return { wrong: "must be NAME=HOST of one member, or of three with commas between" };
};

const directory: Parse<string> = (text) => ({ value: resolve(text) });

const table = {
  name: {
    placeholder: "name",
    parse: label,
    default: null,
    otherwise: "it must be given",
    help: "name of this member",
  },
  members: {
    placeholder: "name=host,...",
    parse: members,
    default: null,
    otherwise: "it must be given",
    help: "all members, this one among them, and the host names that they reach each other by",
  },
  host: { placeholder: "host", parse: host, default: "0.0.0.0", help: "address that etcd listens on" },
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
  dataDir: { placeholder: "path", parse: directory, default: "/var/lib/etcd", help: "where the member's volume is" },
  config: {
    placeholder: "file",
    parse: filePath,
    default: "/etc/etcd/etcd.yaml",
    help: "etcd's configuration, which is written when etcd may start",
  },
  quota: {
    placeholder: "size",
    parse: bytes("16MiB", "8GiB"),
    default: "512MiB",
    help: "how large etcd's database may become; the volume has to hold it twice, and its log",
  },
  ...logTable,
} as const;

type Values = ValuesOf<typeof table>;

export const etcdMemberCommand: Command<typeof table, EtcdMemberSettings> = {
  usage: "node cmd/etcd_member.ts",
  purpose:
    "Prepares the disk of one member of a managed etcd, waits until its etcd may start, and writes its configuration.\nExits with 0 when etcd may start, 1 when it failed, 2 for a wrong setting, 3 when a person has to decide.",
  table,
  checks: [
    { about: "name", reads: ["name"], wrong: ({ name }) => (name === null ? "must be given" : null) },
    { about: "members", reads: ["members"], wrong: (values) => (values.members === null ? "must be given" : null) },
    {
      about: "name",
      reads: ["name", "members"],
      wrong: ({ name, members }) =>
        name !== null && members !== null && !members.some((member) => member.name === name)
          ? "must be one of the names in --members"
          : null,
    },
  ],
  complete,
};

function complete(values: Values): EtcdMemberSettings {
  const all = (values.members ?? []).map((member) => addressOf(member, values));
  const me = all.find(({ name }) => name === values.name);
  if (!me) throw new Error(`--name ${values.name} is not one of --members, which was checked`);
  return {
    membership: { me, all },
    host: values.host,
    clientPort: values.clientPort,
    peerPort: values.peerPort,
    metricsPort: values.metricsPort,
    dataDirectory: values.dataDir,
    config: values.config,
    quotaBytes: values.quota,
    log: logForm(values.log),
  };
}

function addressOf({ name, host }: NamedHost, { peerPort, clientPort }: Values): MemberAddress {
  const url = (port: number) => `http://${hostPort(host, port)}`;
  return { name, peerUrl: url(peerPort), clientUrl: url(clientPort) };
}
