import { host } from "./addresses.ts";
import { filePath } from "./files.ts";
import { logFormat, logTable } from "./log_settings.ts";
import type { Command, Parse, ValuesOf } from "./read/setting.ts";
import { duration, label, wholeNumber } from "./values.ts";

/** The settings of `npm run operator`. */
export type OperatorSettings = ReturnType<typeof complete>;

/** The name of a namespace is a DNS label (RFC 1123). */
const NAMESPACE = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

const namespaces: Parse<readonly string[] | "*"> = (text) => {
  if (text.trim() === "*") return { value: "*" };
  const names = text.split(",").map((name) => name.trim());
  const bad = names.find((name) => !NAMESPACE.test(name));
  if (bad === undefined) return { value: [...new Set(names)] };
  return { problem: "must be * or a comma-separated list of namespaces", part: bad };
};

/** A registry with or without a port, a path, and a tag, a digest or both. */
const image: Parse<string> = (text) =>
  /^(?:[A-Za-z0-9][\w.-]*(?::\d+)?\/)?[\w.-]+(?:\/[\w.-]+)*(?::[\w.-]+)?(?:@[a-z0-9]+:[0-9a-f]+)?$/.test(text)
    ? { value: text }
    : { problem: "must be an image such as registry.example.com/global-cluster:1.2.3" };

const table = {
  namespaces: {
    placeholder: "names",
    parse: namespaces,
    default: null,
    whenAbsent: "the namespace of its own pod",
    help: "comma-separated list of the namespaces that it serves; *: all",
  },
  class: {
    placeholder: "name",
    parse: label,
    default: "default",
    help: "serves only resources with this spec.class, so that each resource has one operator",
  },
  image: {
    placeholder: "image",
    parse: image,
    default: null,
    whenAbsent: "none; it must be set",
    help: "image of the pods of every resource that does not set its own",
  },
  host: {
    placeholder: "host",
    parse: host,
    default: "0.0.0.0",
    help: "address to listen on for health and metrics; 0.0.0.0: all addresses of this machine",
  },
  port: {
    placeholder: "port",
    parse: wholeNumber(0, 65_535),
    default: "8080",
    help: "port of health and metrics; 0: any free port",
  },
  leafLife: {
    placeholder: "time",
    parse: duration("1m", "9000h"),
    default: "2160h",
    help: "how long the certificates of pods are valid; they are renewed at two thirds of it",
  },
  authorityLife: {
    placeholder: "time",
    parse: duration("4m", "200000h"),
    default: "87600h",
    help: "how long a cluster's authority is valid; the store restarts once when it is renewed, at two thirds of it",
  },
  kubeconfig: {
    placeholder: "file",
    parse: filePath,
    default: null,
    whenAbsent: "in a pod its service account, otherwise KUBECONFIG or ~/.kube/config",
    help: "file with the address of the Kubernetes API and the credentials for it",
  },
  ...logTable,
} as const;

type OperatorValues = ValuesOf<typeof table>;

/** `ownNamespace`: the namespace of this process's pod. Null outside of Kubernetes. */
export function operatorCommand(ownNamespace: string | null): Command<typeof table, OperatorSettings> {
  return {
    usage: "npm run operator --",
    purpose:
      "Runs the operator, which creates and maintains the counters of a Kubernetes cluster (resources of kind CounterCluster).",
    prefix: "GLOBAL_CLUSTER_OPERATOR_",
    table,
    checks: [
      {
        about: "image",
        reads: ["image"],
        problem: ({ image }) =>
          image === null ? "must be set: it is the image of every pod whose resource does not set its own" : null,
      },
      {
        about: "namespaces",
        reads: ["namespaces"],
        problem: ({ namespaces }) =>
          namespaces === null && ownNamespace === null ? "must be set outside of Kubernetes; *: all" : null,
      },
      {
        about: "authorityLife",
        reads: ["authorityLife", "leafLife"],
        problem: ({ authorityLife, leafLife }) =>
          authorityLife < 3 * leafLife
            ? "must be at least three times --leaf-life: an old authority outlives its certificates"
            : null,
      },
    ],
    complete: (values) => complete(values, ownNamespace),
  };
}

function complete(values: OperatorValues, ownNamespace: string | null) {
  const { namespaces, image, log, leafLife: leafMs, authorityLife: authorityMs, ...rest } = values;
  return {
    ...rest,
    lives: { leafMs, authorityMs },
    /** Null: all namespaces. */
    namespaces: namespaces === "*" ? null : (namespaces ?? (ownNamespace === null ? [] : [ownNamespace])),
    image: image ?? "",
    log: logFormat(log),
  };
}
