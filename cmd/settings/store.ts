import { etcdEndpoint } from "./addresses.ts";
import { pemFile, secretFile, writableFilePath } from "./files.ts";
import type { Check, Parse, ValuesOf } from "./read/setting.ts";
import { whatever } from "./values.ts";

export type StoreSettings = SqliteSettings | EtcdSettings;

export interface SqliteSettings {
  readonly kind: "sqlite";
  /** Absolute path. */
  readonly file: string;
}

export interface EtcdSettings {
  readonly kind: "etcd";
  /** `host:port`, at least one. */
  readonly endpoints: readonly string[];
  /** Before every key of ours. */
  readonly prefix: string;
  /** PEM, as the files are now; absent: no TLS. */
  readonly tls?: () => { readonly ca: Buffer; readonly cert?: Buffer; readonly key?: Buffer };
  readonly auth?: { readonly username: string; readonly password: string };
}

type StoreAddress = SqliteSettings | { readonly kind: "etcd"; readonly endpoints: readonly string[] };

const storeAddress: Parse<StoreAddress> = (text) => {
  const [, scheme, rest = ""] = /^(sqlite:|etcd:\/\/)(.+)$/.exec(text) ?? [];
  if (scheme === "sqlite:") {
    const path = writableFilePath(rest);
    return "wrong" in path ? path : { value: { kind: "sqlite", file: path.value } };
  }
  const endpoints = rest.split(",").map(etcdEndpoint);
  if (scheme === undefined || endpoints.includes(null)) {
    return { wrong: "must be sqlite:FILE or etcd://HOST:PORT[,HOST:PORT...]" };
  }
  return { value: { kind: "etcd", endpoints: endpoints.filter((endpoint) => endpoint !== null) } };
};

const etcdPrefix: Parse<string> = (text) =>
  /^[!-~]{1,255}$/.test(text) ? { value: text } : { wrong: "must be 1 to 255 printable characters without spaces" };

/** Where the ledger is; the settings of everything that opens a store. */
export const storeTable = {
  store: {
    placeholder: "store",
    parse: storeAddress,
    default: "sqlite:./data/store.sqlite",
    help: "where the ledger is: sqlite:FILE (nodes of one machine) or etcd://HOST:PORT[,HOST:PORT...]",
  },
  etcdPrefix: {
    placeholder: "text",
    parse: etcdPrefix,
    default: "/global-cluster/",
    help: "what every key in etcd begins with; clusters that share an etcd need one each",
  },
  etcdCa: {
    placeholder: "file",
    parse: pemFile,
    default: null,
    otherwise: "none: no TLS",
    help: "certificates that etcd's own is checked against; turns TLS on",
  },
  etcdCert: {
    placeholder: "file",
    parse: pemFile,
    default: null,
    otherwise: "none",
    help: "client certificate for etcd",
  },
  etcdKey: {
    placeholder: "file",
    parse: pemFile,
    default: null,
    otherwise: "none",
    help: "key of the client certificate",
  },
  etcdUser: {
    placeholder: "name",
    parse: whatever,
    default: null,
    otherwise: "none",
    help: "user of an etcd with authentication",
  },
  etcdPassword: {
    placeholder: "text",
    parse: whatever,
    default: null,
    otherwise: "none",
    help: "its password",
    only: "variable",
  },
  etcdPasswordFile: {
    placeholder: "file",
    parse: secretFile,
    default: null,
    otherwise: "none",
    help: "a file whose first line is its password",
  },
} as const;

type StoreValues = ValuesOf<typeof storeTable>;
type StoreKey = keyof StoreValues;

const etcdKeys = ["etcdCa", "etcdCert", "etcdKey", "etcdUser", "etcdPassword", "etcdPasswordFile"] as const;

export const storeChecks: readonly Check<StoreValues>[] = [
  ...etcdKeys.map((about) =>
    check(about, ["store"], (v) => v.store.kind === "sqlite", "is only for --store etcd://..."),
  ),
  check("etcdCert", ["etcdKey"], (v) => v.etcdKey === null, "needs --etcd-key with it"),
  check("etcdKey", ["etcdCert"], (v) => v.etcdCert === null, "needs --etcd-cert with it"),
  check("etcdCert", ["etcdCa"], (v) => v.etcdCa === null, "needs --etcd-ca with it"),
  check(
    "etcdUser",
    ["etcdPassword", "etcdPasswordFile"],
    (v) => v.etcdPassword === null && v.etcdPasswordFile === null,
    "needs GLOBAL_CLUSTER_ETCD_PASSWORD or --etcd-password-file with it",
  ),
  check("etcdPassword", ["etcdUser"], (v) => v.etcdUser === null, "needs --etcd-user with it"),
  check("etcdPasswordFile", ["etcdUser"], (v) => v.etcdUser === null, "needs --etcd-user with it"),
  check(
    "etcdPasswordFile",
    ["etcdPassword"],
    (v) => v.etcdPassword !== null,
    "cannot stand beside GLOBAL_CLUSTER_ETCD_PASSWORD",
  ),
];

/** Holds only where `about` was given at all. */
function check(about: StoreKey, others: readonly StoreKey[], bad: (values: StoreValues) => boolean, wrong: string) {
  return {
    about,
    reads: [about, ...others],
    wrong: (values: StoreValues) => (values[about] !== null && bad(values) ? wrong : null),
  };
}

export function storeSettings(values: StoreValues): StoreSettings {
  if (values.store.kind === "sqlite") return values.store;
  const { etcdCa: ca, etcdCert: cert, etcdKey: key, etcdUser: username } = values;
  const password = values.etcdPassword ?? values.etcdPasswordFile;
  return {
    ...values.store,
    prefix: values.etcdPrefix,
    ...(ca && { tls: () => ({ ca: ca(), ...(cert && key && { cert: cert(), key: key() }) }) }),
    ...(username !== null && password !== null && { auth: { username, password } }),
  };
}
