import { membersOf, type NodePorts, type PodFacts } from "../../core/kubernetes/members.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Discovery, Member } from "../../ports/discovery.ts";
import {
  KubernetesError,
  type KubernetesObject,
  type KubernetesWatcher,
  type Resource,
} from "../../ports/kubernetes.ts";
import type { Logger } from "../../ports/logger.ts";

export interface PodDiscoveryDeps {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly namespace: string;
  /** Labels of the cluster's pods, in the syntax of `kubectl -l`. */
  readonly selector: string;
  readonly ports: NodePorts;
  /** Called at the first question for members: a node that never leads loads nothing for it. */
  readonly connect: () => Promise<KubernetesWatcher>;
}

/** Milliseconds for which the first question waits for the first list. */
const FIRST_LIST_TIMEOUT_MS = 1_000;
const PODS: Resource = { apiVersion: "v1", plural: "pods", namespaced: true };

type ListedPod = KubernetesObject & PodFacts;

/**
 * Nodes are the pods that the Kubernetes API lists. A watch runs from the first question until `rest`. Only leaders ask: if each of a
 * thousand pods watched a thousand pods, every change of all would be a million events.
 */
export class PodDiscovery implements Discovery {
  readonly #deps: PodDiscoveryDeps;
  #list: PodList | null = null;

  constructor(deps: PodDiscoveryDeps) {
    this.#deps = deps;
  }

  /** Kubernetes knows this pod. */
  register(_self: Member): void {}

  async withdraw(): Promise<void> {
    this.rest();
  }

  rest(): void {
    this.#list?.stop();
    this.#list = null;
  }

  async members(): Promise<readonly Member[]> {
    this.#list ??= new PodList(this.#deps);
    return membersOf(await this.#list.pods(), this.#deps.ports);
  }
}

/** The pods. While the API is unreachable or refuses, the last list stays. */
class PodList {
  readonly #deps: PodDiscoveryDeps;
  readonly #pods = new Map<string, PodFacts>();
  readonly #firstReport: Promise<void>;
  #listed = false;
  #stopped = false;
  #failure: unknown = null;
  #stopWatch = () => {};

  constructor(deps: PodDiscoveryDeps) {
    this.#deps = deps;
    this.#firstReport = new Promise((resolve) => {
      const cancel = deps.clock.after(FIRST_LIST_TIMEOUT_MS, resolve);
      const reported = () => {
        cancel();
        resolve();
      };
      this.#begin(reported).catch((error) => {
        this.#failure = error;
        reported();
      });
    });
  }

  /** Throws KubernetesError until the first list has come. */
  async pods(): Promise<Iterable<PodFacts>> {
    await this.#firstReport;
    if (this.#listed) return this.#pods.values();
    throw this.#failure ?? new KubernetesError("The Kubernetes API has not listed the pods yet", null, "");
  }

  stop(): void {
    this.#stopped = true;
    this.#stopWatch();
  }

  async #begin(reported: () => void): Promise<void> {
    const { connect, namespace, selector } = this.#deps;
    const watcher = await connect();
    if (this.#stopped) return;
    this.#stopWatch = watcher.watch<ListedPod>(
      PODS,
      { namespace, labels: selector },
      {
        listed: (pods) => {
          this.#replace(pods);
          reported();
        },
        changed: (pod) => this.#keep(pod),
        deleted: (pod) => void this.#pods.delete(pod.metadata.name),
        failed: (error) => {
          this.#fail(error);
          reported();
        },
      },
    );
  }

  #replace(pods: readonly ListedPod[]): void {
    this.#listed = true;
    this.#pods.clear();
    for (const pod of pods) this.#keep(pod);
  }

  /** Keeps only what is needed: a pod takes several kilobytes, and there may be a thousand. */
  #keep({ metadata: { name, uid, labels }, status: { phase, podIP } = {} }: ListedPod): void {
    this.#pods.set(name, {
      metadata: { name, ...(uid && { uid }), ...(labels && { labels }) },
      status: { ...(phase && { phase }), ...(podIP && { podIP }) },
    });
  }

  #fail(error: KubernetesError): void {
    this.#failure = error;
    // Without a list, the next question throws it.
    if (!this.#listed) return;
    const { message, status, reason } = error;
    this.#deps.logger.warn("cannot watch pods; the last list stays in use", { error: message, status, reason });
  }
}
