import { createCounterPages } from "../../../internal/adapters/counter_http/counter_pages.ts";
import { KeptConnections, ObjectRequests } from "../../../internal/adapters/kubernetes/object_requests.ts";
import type { CounterPages } from "../../../internal/ports/counter_pages.ts";
import type { KubernetesObject, ObjectMeta } from "../../../internal/ports/kubernetes.ts";
import { PODS } from "../../../internal/services/operator/child_kinds.ts";
import type { NodeProcess } from "../../processes/node_process.ts";
import type { OperatorWorld } from "./operator_world.ts";

const KUBELET = { fieldManager: "a-kubelet", force: true } as const;

/** Plays the kubelet and the controllers for a resource whose pods are node processes on loopback. */
export class PlayedPods {
  readonly #world: OperatorWorld;
  readonly #name: string;
  readonly #nodes = new Map<string, NodeProcess>();
  readonly #pages = createCounterPages();

  constructor(world: OperatorWorld, name: string) {
    this.#world = world;
    this.#name = name;
  }

  /** The way to the nodes' pages by the addresses of their pods. */
  get pages(): CounterPages {
    return {
      read: (address) => {
        const node = this.#nodes.get(address.replace(/:4000$/, ""));
        return this.#pages.read(node ? new URL(node.url).host : "127.0.0.1:1");
      },
    };
  }

  /** A running pod of the node's name. */
  async run(node: NodeProcess): Promise<void> {
    const ip = `10.7.0.${this.#nodes.size + 1}`;
    this.#nodes.set(ip, node);
    const metadata = { name: node.name, namespace: this.#world.namespace, labels: this.#labels() };
    const containers = [{ name: "counter", image: "counter" }];
    // Only a pod that is on a machine is given time to leave.
    await this.#apply({ apiVersion: "v1", kind: "Pod", metadata, ...{ spec: { containers, nodeName: "a-machine" } } });
    await this.#status(node, { phase: "Running", podIP: ip, podIPs: [{ ip }], conditions: [] });
  }

  /** Deletes the pod. Its container ends with this termination message, and the pod is gone at once. */
  async leave(node: NodeProcess, message: string): Promise<void> {
    const { api, namespace, server } = this.#world;
    await api.remove(PODS, { name: node.name, namespace });
    const terminated = { exitCode: 0, reason: "Completed", message };
    const container = { name: "counter", image: "counter", imageID: "", ready: false, restartCount: 0 };
    await this.#status(node, { phase: "Succeeded", containerStatuses: [{ ...container, state: { terminated } }] });
    const path = `/api/v1/namespaces/${namespace}/pods/${node.name}`;
    const request = { path, userAgent: "a-kubelet", signal: AbortSignal.timeout(10_000) };
    const access = server.access();
    const objects = new ObjectRequests(access.server, new KeptConnections(access), request);
    const head = { apiVersion: "v1", kind: "Pod", metadata: { name: node.name, namespace } };
    await objects.delete(head, undefined, undefined, 0);
  }

  async #status({ name }: NodeProcess, status: object): Promise<void> {
    const metadata = { name, namespace: this.#world.namespace };
    await this.#apply({ apiVersion: "v1", kind: "Pod", metadata, ...{ status } }, true);
  }

  /** Writes the Deployment's status: all pods are ready unless `readyReplicas` says otherwise, and `updatedReplicas` of them are new. */
  async deployed(replicas: number, updatedReplicas = replicas, readyReplicas = replicas): Promise<void> {
    const { api, namespace } = this.#world;
    const found = await this.#world.child("Deployment", this.#name);
    const counts = { replicas, updatedReplicas, readyReplicas, availableReplicas: readyReplicas };
    const status = { ...counts, observedGeneration: found?.metadata.generation ?? 0 };
    const deployments = { apiVersion: "apps/v1", plural: "deployments", namespaced: true };
    const head = { apiVersion: "apps/v1", kind: "Deployment", metadata: { name: this.#name, namespace } };
    await api.apply<KubernetesObject & { status: object }>(
      deployments,
      { ...head, status },
      { ...KUBELET, status: true },
    );
  }

  end(): void {
    this.#pages.close();
  }

  #labels(): NonNullable<ObjectMeta["labels"]> {
    return {
      "app.kubernetes.io/name": "global-cluster",
      "app.kubernetes.io/instance": this.#name,
      "app.kubernetes.io/component": "counter",
    };
  }

  async #apply(object: KubernetesObject, status = false): Promise<void> {
    await this.#world.api.apply(PODS, object, { ...KUBELET, status });
  }
}
