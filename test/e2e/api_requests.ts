import { applyObjects, kubectl } from "./kubectl.ts";

const SCHEMA = "global-cluster-e2e";

/**
 * Counts the requests of a namespace's service accounts to the API server while `act` runs. `act` may read the number. The server's metrics
 * count requests by FlowSchema, not by account. So these service accounts get a FlowSchema of their own.
 */
export async function withRequestsCounted(
  namespace: string,
  act: (asked: () => Promise<number>) => Promise<void>,
): Promise<void> {
  await applyObjects(flowSchema(namespace));
  try {
    await kubectl("wait", "--for=condition=Dangling=False", `flowschema/${SCHEMA}`, "--timeout=90s");
    await act(() => sumOf("apiserver_flowcontrol_dispatched_requests_total", `flow_schema="${SCHEMA}"`));
  } finally {
    await kubectl("delete", "flowschema", SCHEMA);
  }
}

/** Watches on objects of a single namespace, from all clients. Only operators and counters have many of them. */
export function watchesOfNamespaces(): Promise<number> {
  return sumOf("apiserver_longrunning_requests", 'scope="namespace"');
}

/** The sum of a metric of the API server over all series with a label. */
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
      // It precedes the FlowSchema for all service accounts, and has the same priority level.
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
