import type { NodePorts } from "../../internal/core/kubernetes/members.ts";
import type { Clock } from "../../internal/ports/clock.ts";
import type { Discovery } from "../../internal/ports/discovery.ts";
import type { Logger } from "../../internal/ports/logger.ts";
import type { Random } from "../../internal/ports/random.ts";
import type { PodSettings } from "../settings/kubernetes.ts";
import { version } from "../settings/read/from_process.ts";

interface System {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

/** Discovery of nodes that are pods. Loads the code for the Kubernetes API only when this node leads for the first time. */
export async function discoverPods(pods: PodSettings, ports: NodePorts, system: System): Promise<Discovery> {
  const { EndpointDiscovery } = await import("../../internal/adapters/kubernetes/endpoint_discovery.ts");
  const connect = async () => {
    const { connectWatcher } = await import("../../internal/adapters/kubernetes/connect.ts");
    return connectWatcher({ ...system, version: version() });
  };
  const { namespace, service, uid: self } = pods;
  return new EndpointDiscovery({ ...system, namespace, service, self, ports, connect });
}
