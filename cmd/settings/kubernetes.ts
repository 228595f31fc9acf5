import { filePath } from "./files.ts";
import type { Check, Parse, ValuesOf } from "./read/setting.ts";
import { oneOf } from "./values.ts";

/** The pods of a cluster, and which of them this process runs in. */
export interface PodSettings {
  readonly namespace: string;
  /** As `kubectl -l` takes them. */
  readonly selector: string;
  readonly uid: string;
}

/** Whose ledger it is, where several clusters share an etcd. */
export interface Owner {
  readonly namespace: string;
  readonly name: string;
  /** Tells one that was deleted from another that has its name now. */
  readonly uid: string;
}

const NAME = "[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?";
const UID = "[A-Za-z0-9-]{1,64}";

const namespace: Parse<string> = (text) =>
  /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/.test(text) ? { value: text } : { wrong: "must be the name of a namespace" };

const podSelector: Parse<string> = (text) =>
  /^[!-~]{1,1000}$/.test(text) ? { value: text } : { wrong: "must be labels with commas between, like app=visits" };

const podUid: Parse<string> = (text) =>
  new RegExp(`^${UID}$`).test(text) ? { value: text } : { wrong: "must be a pod's uid: a-z 0-9 -, at most 64" };

const owner: Parse<Owner> = (text) => {
  const [, namespace, name, uid] = new RegExp(`^(${NAME})/(${NAME})/(${UID})$`).exec(text) ?? [];
  if (namespace === undefined || name === undefined || uid === undefined)
    return { wrong: "must be NAMESPACE/NAME/UID of what the cluster belongs to" };
  return { value: { namespace, name, uid } };
};

/** What a node needs to know to live in a pod. */
export const kubernetesTable = {
  discovery: {
    placeholder: "where",
    parse: oneOf("store", "kubernetes"),
    default: "store",
    help: "how nodes are found: they register in the store, or the leader asks Kubernetes for its pods",
  },
  namespace: {
    placeholder: "name",
    parse: namespace,
    default: null,
    otherwise: "none",
    help: "namespace of the pods, for --discovery kubernetes",
  },
  podSelector: {
    placeholder: "labels",
    parse: podSelector,
    default: null,
    otherwise: "none",
    help: "labels of the pods, for --discovery kubernetes",
  },
  podUid: {
    placeholder: "uid",
    parse: podUid,
    default: null,
    otherwise: "none",
    help: "uid of the pod that this node runs in, for --discovery kubernetes",
  },
  knownLedgerFile: {
    placeholder: "file",
    parse: filePath,
    default: null,
    otherwise: "none",
    help: "while this file names a ledger, no leader creates another one",
  },
  owner: {
    placeholder: "owner",
    parse: owner,
    default: null,
    otherwise: "none",
    help: "NAMESPACE/NAME/UID that claims --etcd-prefix; another namespace or name is refused there",
  },
} as const;

type Values = ValuesOf<typeof kubernetesTable> & {
  readonly store: { readonly kind: string };
  readonly port: number;
  readonly peerPort: number;
};

const needed = ["namespace", "podSelector", "podUid"] as const;

export const kubernetesChecks: readonly Check<Values>[] = [
  ...needed.flatMap((about) => [
    check(about, (v) => v.discovery === "kubernetes" && v[about] === null, "is needed for --discovery kubernetes"),
    check(about, (v) => v.discovery === "store" && v[about] !== null, "is only for --discovery kubernetes"),
  ]),
  ...(["port", "peerPort"] as const).map((about) =>
    check(about, (v) => v.discovery === "kubernetes" && v[about] === 0, "must be the same in every pod, so not 0"),
  ),
  {
    about: "owner",
    reads: ["owner", "store"],
    wrong: (v) => (v.owner !== null && v.store.kind !== "etcd" ? "is only for --store etcd://..." : null),
  },
];

function check(about: keyof Values & string, bad: (values: Values) => boolean, wrong: string): Check<Values> {
  return { about, reads: [about, "discovery"], wrong: (values) => (bad(values) ? wrong : null) };
}

/** Null where nodes register in the store. */
export function podSettings({ namespace, podSelector, podUid }: Values): PodSettings | null {
  if (namespace === null || podSelector === null || podUid === null) return null;
  return { namespace, selector: podSelector, uid: podUid };
}
