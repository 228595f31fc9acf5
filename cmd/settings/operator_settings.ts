import { host } from "./addresses.ts";
import { filePath } from "./files.ts";
import { logForm, logTable } from "./log_form.ts";
import type { Command, Parse, ValuesOf } from "./read/setting.ts";
import { label, wholeNumber } from "./values.ts";

/** What `npm run operator` is told. */
export interface OperatorSettings {
  /** Whose resources it serves; null: all namespaces. */
  readonly namespaces: readonly string[] | null;
  /** Of `spec.class`: the others belong to other operators. */
  readonly class: string;
  /** Runs in the pods of resources that name none. */
  readonly image: string;
  readonly host: string;
  /** Of health and metrics; 0: any free port. */
  readonly port: number;
  /** Absolute path, or null: as the API's clients find it. */
  readonly kubeconfig: string | null;
  readonly log: "text" | "json";
}

/** A DNS label (RFC 1123), as namespaces' names are. */
const NAMESPACE = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

const namespaces: Parse<readonly string[] | "*"> = (text) => {
  if (text.trim() === "*") return { value: "*" };
  const names = text.split(",").map((name) => name.trim());
  const bad = names.find((name) => !NAMESPACE.test(name));
  if (bad === undefined) return { value: [...new Set(names)] };
  return { wrong: `must be names of namespaces with commas between, or * for all; ${JSON.stringify(bad)} is none` };
};

/** A registry with or without a port, a path, and a tag, a digest or both. */
const image: Parse<string> = (text) =>
  /^(?:[A-Za-z0-9][\w.-]*(?::\d+)?\/)?[\w.-]+(?:\/[\w.-]+)*(?::[\w.-]+)?(?:@[a-z0-9]+:[0-9a-f]+)?$/.test(text)
    ? { value: text }
    : { wrong: "must be an image such as registry.example.com/global-cluster:1.2.3" };

const table = {
  namespaces: {
    placeholder: "names",
    parse: namespaces,
    default: null,
    otherwise: "the one that it runs in",
    help: "namespaces whose resources it serves, with commas between; *: all",
  },
  class: {
    placeholder: "name",
    parse: label,
    default: "default",
    help: "it serves only resources whose spec.class is this, so that two operators never fight",
  },
  image: {
    placeholder: "image",
    parse: image,
    default: null,
    otherwise: "none: it must be given",
    help: "runs in the pods of resources that name no image",
  },
  host: {
    placeholder: "host",
    parse: host,
    default: "0.0.0.0",
    help: "address that it listens on for health and metrics; 0.0.0.0: all",
  },
  port: {
    placeholder: "port",
    parse: wholeNumber(0, 65_535),
    default: "8080",
    help: "port of health and metrics; 0: any free one",
  },
  kubeconfig: {
    placeholder: "file",
    parse: filePath,
    default: null,
    otherwise: "in a pod its service account, elsewhere KUBECONFIG or ~/.kube/config",
    help: "how to reach the Kubernetes API",
  },
  ...logTable,
} as const;

type OperatorValues = ValuesOf<typeof table>;

/** `ownNamespace`: of the pod that this runs in; null outside of Kubernetes. */
export function operatorCommand(ownNamespace: string | null): Command<typeof table, OperatorSettings> {
  return {
    usage: "npm run operator --",
    purpose: "Runs the operator: it turns CounterClusters of a Kubernetes cluster into counters, and keeps them so.",
    prefix: "GLOBAL_CLUSTER_OPERATOR_",
    table,
    checks: [
      {
        about: "image",
        reads: ["image"],
        wrong: ({ image }) =>
          image === null ? "must be given: it runs in the pods of resources that name none" : null,
      },
      {
        about: "namespaces",
        reads: ["namespaces"],
        wrong: ({ namespaces }) =>
          namespaces === null && ownNamespace === null ? "must be given outside of Kubernetes; *: all" : null,
      },
    ],
    complete: (values) => complete(values, ownNamespace),
  };
}

function complete({ namespaces, image, log, ...values }: OperatorValues, own: string | null): OperatorSettings {
  return {
    ...values,
    namespaces: namespaces === "*" ? null : (namespaces ?? (own === null ? [] : [own])),
    image: image ?? "",
    log: logForm(log),
  };
}
