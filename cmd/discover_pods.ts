import type { NodePorts } from "../internal/core/kubernetes/members.ts";
import type { Clock } from "../internal/ports/clock.ts";
import type { Discovery } from "../internal/ports/discovery.ts";
import type { Logger } from "../internal/ports/logger.ts";
import type { Random } from "../internal/ports/random.ts";
import { version } from "./settings/from_process.ts";
import type { PodSettings } from "./settings/kubernetes.ts";

interface Surroundings {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

/** Nodes are pods. What talks to the Kubernetes API is loaded when this node leads for the first time. */
export async function discoverPods(pods: PodSettings, ports: NodePorts, around: Surroundings): Promise<Discovery> {
  const { PodDiscovery } = await import("../internal/adapters/kubernetes/pod_discovery.ts");
  const connect = async () => {
    const { connectKubernetes } = await import("../internal/adapters/kubernetes/connect.ts");
    return connectKubernetes({ ...around, version: version() });
  };
  const { namespace, selector } = pods;
  return new PodDiscovery({ ...around, namespace, selector, ports, connect });
}
