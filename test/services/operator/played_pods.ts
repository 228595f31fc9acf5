import { createCounterPages } from "../../../internal/adapters/counter_http/counter_pages.ts";
import { Requests } from "../../../internal/adapters/kubernetes/requests.ts";
import { systemClock as clock } from "../../../internal/adapters/system/system_clock.ts";
import type { CounterPages } from "../../../internal/ports/counter_pages.ts";
import type { KubernetesObject, ObjectMeta } from "../../../internal/ports/kubernetes.ts";
import { PODS } from "../../../internal/services/operator/child_kinds.ts";
import type { NodeProcess } from "../../processes/node_process.ts";
import type { OperatorWorld } from "./operator_world.ts";

const KUBELET = { fieldManager: "a-kubelet", force: true } as const;

/** What a kubelet and the controllers would write: pods of a resource, of which each is a node process on loopback. */
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

  /** The pod is told to leave, its container ends with these last words, and it is gone at once. */
  async leave(node: NodeProcess, message: string): Promise<void> {
    const { api, namespace, server } = this.#world;
    await api.remove(PODS, { name: node.name, namespace });
    const terminated = { exitCode: 0, reason: "Completed", message };
    const container = { name: "counter", image: "counter", imageID: "", ready: false, restartCount: 0 };
    await this.#status(node, { phase: "Succeeded", containerStatuses: [{ ...container, state: { terminated } }] });
    await new Requests(server.access(), clock, "test").send({
      method: "DELETE",
      path: `/api/v1/namespaces/${namespace}/pods/${node.name}`,
      query: { gracePeriodSeconds: "0" },
    });
  }

  async #status({ name }: NodeProcess, status: object): Promise<void> {
    const metadata = { name, namespace: this.#world.namespace };
    await this.#apply({ apiVersion: "v1", kind: "Pod", metadata, ...{ status } }, true);
  }

  /** What the Deployment's controller says when all of its pods are ready, and all of them new unless said. */
  async deployed(replicas: number, updatedReplicas = replicas): Promise<void> {
    const { api, namespace } = this.#world;
    const found = await this.#world.child("Deployment", this.#name);
    const counts = { replicas, updatedReplicas, readyReplicas: replicas, availableReplicas: replicas };
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
