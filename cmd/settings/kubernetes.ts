import { filePath } from "./files.ts";
import type { Check, Parse, ValuesOf } from "./read/setting.ts";
import { oneOf } from "./values.ts";

/** The pods of a cluster, and the one that this process runs in. */
export interface PodSettings {
  readonly namespace: string;
  /** Name of the headless Service that selects them. */
  readonly service: string;
  readonly uid: string;
}

/** The resource that a ledger belongs to. It tells clusters apart that share an etcd. */
export interface Owner {
  readonly namespace: string;
  readonly name: string;
  /** Differs if the resource was deleted and created again under the same name. */
  readonly uid: string;
}

const NAME = "[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?";
const UID = "[A-Za-z0-9-]{1,64}";

const namespace: Parse<string> = (text) =>
  /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/.test(text)
    ? { value: text }
    : { problem: "must be the name of a namespace" };

const service: Parse<string> = (text) =>
  /^[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?$/.test(text) ? { value: text } : { problem: "must be the name of a Service" };

const podUid: Parse<string> = (text) =>
  new RegExp(`^${UID}$`).test(text)
    ? { value: text }
    : { problem: "must be the UID of a pod: 1 to 64 characters (a-z 0-9 -)" };

const owner: Parse<Owner> = (text) => {
  const [, namespace, name, uid] = new RegExp(`^(${NAME})/(${NAME})/(${UID})$`).exec(text) ?? [];
  if (namespace === undefined || name === undefined || uid === undefined)
    return { problem: "must be NAMESPACE/NAME/UID of the resource that the cluster belongs to" };
  return { value: { namespace, name, uid } };
};

/** Settings of a node in a pod. */
export const kubernetesTable = {
  discovery: {
    placeholder: "source",
    parse: oneOf("store", "kubernetes"),
    default: "store",
    help: "how the leader finds nodes: store (they register in it) or kubernetes (it watches the endpoints of a Service)",
  },
  namespace: {
    placeholder: "name",
    parse: namespace,
    default: null,
    whenAbsent: "none",
    help: "with --discovery kubernetes: namespace of the pods",
  },
  peerService: {
    placeholder: "name",
    parse: service,
    default: null,
    whenAbsent: "none",
    help: "with --discovery kubernetes: headless Service that selects the pods",
  },
  podUid: {
    placeholder: "uid",
    parse: podUid,
    default: null,
    whenAbsent: "none",
    help: "with --discovery kubernetes: UID of this node's pod",
  },
  knownLedgerFile: {
    placeholder: "file",
    parse: filePath,
    default: null,
    whenAbsent: "none",
    help: "file with the id of the known ledger; while it has one, no leader creates a new ledger",
  },
  owner: {
    placeholder: "owner",
    parse: owner,
    default: null,
    whenAbsent: "none",
    help: "NAMESPACE/NAME/UID that claims --etcd-prefix; nodes of another owner cannot use that prefix",
  },
} as const;

type Values = ValuesOf<typeof kubernetesTable> & {
  readonly store: { readonly kind: string };
  readonly port: number;
  readonly peerPort: number;
};

const needed = ["namespace", "peerService", "podUid"] as const;

export const kubernetesChecks: readonly Check<Values>[] = [
  ...needed.flatMap((about) => [
    check(about, (v) => v.discovery === "kubernetes" && v[about] === null, "must be set with --discovery kubernetes"),
    check(about, (v) => v.discovery === "store" && v[about] !== null, "works only with --discovery kubernetes"),
  ]),
  ...(["port", "peerPort"] as const).map((about) =>
    check(
      about,
      (v) => v.discovery === "kubernetes" && v[about] === 0,
      "must be the same in every pod, so it cannot be 0",
    ),
  ),
  {
    about: "owner",
    reads: ["owner", "store"],
    problem: (v) => (v.owner !== null && v.store.kind !== "etcd" ? "works only with --store etcd://..." : null),
  },
];

function check(about: keyof Values & string, bad: (values: Values) => boolean, problem: string): Check<Values> {
  return { about, reads: [about, "discovery"], problem: (values) => (bad(values) ? problem : null) };
}

/** Null if nodes register in the store. */
export function podSettings({ namespace, peerService, podUid }: Values): PodSettings | null {
  if (namespace === null || peerService === null || podUid === null) return null;
  return { namespace, service: peerService, uid: podUid };
}
