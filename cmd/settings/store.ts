import { etcdEndpoint } from "./addresses.ts";
import { type LiveFile, pemFile, secretFile, writableFilePath } from "./files.ts";
import type { Check, Parse, ValuesOf } from "./read/setting.ts";
import { anyText } from "./values.ts";

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
  /** First part of every key. */
  readonly prefix: string;
  /** Absent: no TLS. */
  readonly tls?: StoreTls;
  readonly auth?: { readonly username: string; readonly password: string };
}

export interface StoreTls {
  /** PEM, the files' present content. */
  readonly present: () => { readonly ca: Buffer; readonly cert?: Buffer; readonly key?: Buffer };
  /** Absolute paths. Null: there is no client certificate. */
  readonly files: { readonly ca: string; readonly cert: string; readonly key: string } | null;
}

type StoreAddress = SqliteSettings | { readonly kind: "etcd"; readonly endpoints: readonly string[] };

const storeAddress: Parse<StoreAddress> = (text) => {
  const [, scheme, rest = ""] = /^(sqlite:|etcd:\/\/)(.+)$/.exec(text) ?? [];
  if (scheme === "sqlite:") {
    const path = writableFilePath(rest);
    return "problem" in path ? path : { value: { kind: "sqlite", file: path.value } };
  }
  const endpoints = rest.split(",").map(etcdEndpoint);
  if (scheme === undefined || endpoints.includes(null)) {
    return { problem: "must be sqlite:FILE or etcd://HOST:PORT[,HOST:PORT...]" };
  }
  return { value: { kind: "etcd", endpoints: endpoints.filter((endpoint) => endpoint !== null) } };
};

const etcdPrefix: Parse<string> = (text) =>
  /^[!-~]{1,255}$/.test(text) ? { value: text } : { problem: "must be 1 to 255 printable characters without spaces" };

/** The settings of every program that opens a store. */
export const storeTable = {
  store: {
    placeholder: "store",
    parse: storeAddress,
    default: "sqlite:./data/store.sqlite",
    help: "where the totals are: sqlite:FILE (nodes on one machine) or etcd://HOST:PORT[,HOST:PORT...]",
  },
  etcdPrefix: {
    placeholder: "text",
    parse: etcdPrefix,
    default: "/global-cluster/",
    help: "first part of every key in etcd; clusters that share an etcd need different ones",
  },
  etcdCa: {
    placeholder: "file",
    parse: pemFile,
    default: null,
    whenAbsent: "none, no TLS",
    help: "file with the certificates of etcd's authority (PEM); turns TLS on",
  },
  etcdCert: {
    placeholder: "file",
    parse: pemFile,
    default: null,
    whenAbsent: "none",
    help: "file with the client certificate for etcd (PEM)",
  },
  etcdKey: {
    placeholder: "file",
    parse: pemFile,
    default: null,
    whenAbsent: "none",
    help: "file with the key of the client certificate (PEM)",
  },
  etcdUser: {
    placeholder: "name",
    parse: anyText,
    default: null,
    whenAbsent: "none",
    help: "user name, if etcd has authentication",
  },
  etcdPassword: {
    placeholder: "text",
    parse: anyText,
    default: null,
    whenAbsent: "none",
    help: "password of the etcd user",
    only: "variable",
  },
  etcdPasswordFile: {
    placeholder: "file",
    parse: secretFile,
    default: null,
    whenAbsent: "none",
    help: "file with the password of the etcd user in its first line",
  },
} as const;

type StoreValues = ValuesOf<typeof storeTable>;
type StoreKey = keyof StoreValues;

const etcdKeys = ["etcdCa", "etcdCert", "etcdKey", "etcdUser", "etcdPassword", "etcdPasswordFile"] as const;

export const storeChecks: readonly Check<StoreValues>[] = [
  ...etcdKeys.map((about) =>
    check(about, ["store"], (v) => v.store.kind === "sqlite", "works only with --store etcd://..."),
  ),
  check("etcdCert", ["etcdKey"], (v) => v.etcdKey === null, "needs --etcd-key"),
  check("etcdKey", ["etcdCert"], (v) => v.etcdCert === null, "needs --etcd-cert"),
  check("etcdCert", ["etcdCa"], (v) => v.etcdCa === null, "needs --etcd-ca"),
  check(
    "etcdUser",
    ["etcdPassword", "etcdPasswordFile"],
    (v) => v.etcdPassword === null && v.etcdPasswordFile === null,
    "needs GLOBAL_CLUSTER_ETCD_PASSWORD or --etcd-password-file",
  ),
  check("etcdPassword", ["etcdUser"], (v) => v.etcdUser === null, "needs --etcd-user"),
  check("etcdPasswordFile", ["etcdUser"], (v) => v.etcdUser === null, "needs --etcd-user"),
  check(
    "etcdPasswordFile",
    ["etcdPassword"],
    (v) => v.etcdPassword !== null,
    "cannot be combined with GLOBAL_CLUSTER_ETCD_PASSWORD",
  ),
];

/** A check that applies only if `about` has a value. */
function check(about: StoreKey, others: readonly StoreKey[], bad: (values: StoreValues) => boolean, problem: string) {
  return {
    about,
    reads: [about, ...others],
    problem: (values: StoreValues) => (values[about] !== null && bad(values) ? problem : null),
  };
}

export function storeSettings(values: StoreValues): StoreSettings {
  if (values.store.kind === "sqlite") return values.store;
  const { etcdCa: ca, etcdCert: cert, etcdKey: key, etcdUser: username } = values;
  const password = values.etcdPassword ?? values.etcdPasswordFile;
  return {
    ...values.store,
    prefix: values.etcdPrefix,
    ...(ca && { tls: storeTls(ca, cert, key) }),
    ...(username !== null && password !== null && { auth: { username, password } }),
  };
}

function storeTls(ca: LiveFile, cert: LiveFile | null, key: LiveFile | null): StoreTls {
  const present = () => ({ ca: ca(), ...(cert && key && { cert: cert(), key: key() }) });
  return { present, files: cert && key && { ca: ca.path, cert: cert.path, key: key.path } };
}
