import { applyObjects, kubectl } from "./kubectl.ts";

const SCHEMA = "global-cluster-e2e";

/**
 * While `act` runs, the API server counts what the service accounts of a namespace ask of it, and `act` may look at that number. The server's
 * metrics do not say who asked, but how many requests came in by which FlowSchema: so these service accounts get one of their own.
 */
export async function withRequestsCounted(
  namespace: string,
  act: (asked: () => Promise<number>) => Promise<void>,
): Promise<void> {
  await applyObjects(flowSchema(namespace));
  try {
    await kubectl("wait", "--for=condition=Dangling=False", `flowschema/${SCHEMA}`, "--timeout=30s");
    await act(() => sumOf("apiserver_flowcontrol_dispatched_requests_total", `flow_schema="${SCHEMA}"`));
  } finally {
    await kubectl("delete", "flowschema", SCHEMA);
  }
}

/** Watches of a single namespace's objects, whosever they are. Nobody but operators and counters has many of them. */
export function watchesOfNamespaces(): Promise<number> {
  return sumOf("apiserver_longrunning_requests", 'scope="namespace"');
}

/** Over the series of a metric of the API server that have a label. */
async function sumOf(metric: string, label: string): Promise<number> {
  const series = (await kubectl("get", "--raw", "/metrics"))
    .split("\n")
    .filter((line) => line.startsWith(`${metric}{`));
  return series.filter((line) => line.includes(label)).reduce((sum, line) => sum + Number(line.split(" ").at(-1)), 0);
}

function flowSchema(namespace: string): object {
  const everything = { verbs: ["*"], apiGroups: ["*"], resources: ["*"], namespaces: ["*"], clusterScope: true };
  return {
    apiVersion: "flowcontrol.apiserver.k8s.io/v1",
    kind: "FlowSchema",
    metadata: { name: SCHEMA },
    spec: {
      // Before the one for all service accounts, and treated as by that one.
      matchingPrecedence: 8_000,
      priorityLevelConfiguration: { name: "workload-low" },
      rules: [
        {
          subjects: [{ kind: "Group", group: { name: `system:serviceaccounts:${namespace}` } }],
          resourceRules: [everything],
          nonResourceRules: [{ verbs: ["*"], nonResourceURLs: ["*"] }],
        },
      ],
    },
  };
}
