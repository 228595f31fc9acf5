import { membersOf, type NodePorts, type PodFacts } from "../../core/kubernetes/members.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Discovery, Member } from "../../ports/discovery.ts";
import { type KubernetesApi, KubernetesError, type KubernetesObject, type Resource } from "../../ports/kubernetes.ts";
import type { Logger } from "../../ports/logger.ts";

export interface PodDiscoveryParts {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly namespace: string;
  /** Labels of the cluster's pods, as `kubectl -l` takes them. */
  readonly selector: string;
  readonly ports: NodePorts;
  /** Asked for once somebody asks for members: a node that never leads loads nothing for it. */
  readonly connect: () => Promise<KubernetesApi>;
}

/** Milliseconds that whoever asks first waits for the first list. */
const FIRST_LIST = 1_000;
const PODS: Resource = { apiVersion: "v1", plural: "pods", namespaced: true };

type Pod = KubernetesObject & PodFacts;

/**
 * Nodes are the pods that the Kubernetes API lists. They are followed from the first question on until `rest`: only leaders ask, because a
 * thousand pods that each follow a thousand pods would be a million events.
 */
export class PodDiscovery implements Discovery {
  readonly #parts: PodDiscoveryParts;
  #list: PodList | null = null;

  constructor(parts: PodDiscoveryParts) {
    this.#parts = parts;
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
    this.#list ??= new PodList(this.#parts);
    return membersOf(await this.#list.pods(), this.#parts.ports);
  }
}

/** The pods, from the first list on; when the API is away or refuses, the last list stands. */
class PodList {
  readonly #parts: PodDiscoveryParts;
  readonly #pods = new Map<string, PodFacts>();
  readonly #firstWord: Promise<void>;
  #listed = false;
  #stopped = false;
  #trouble: unknown = null;
  #unfollow = () => {};

  constructor(parts: PodDiscoveryParts) {
    this.#parts = parts;
    this.#firstWord = new Promise((resolve) => {
      const cancel = parts.clock.after(FIRST_LIST, resolve);
      const heard = () => {
        cancel();
        resolve();
      };
      this.#begin(heard).catch((error) => {
        this.#trouble = error;
        heard();
      });
    });
  }

  /** Throws KubernetesError as long as there is no list. */
  async pods(): Promise<Iterable<PodFacts>> {
    await this.#firstWord;
    if (this.#listed) return this.#pods.values();
    throw this.#trouble ?? new KubernetesError("The Kubernetes API has not listed the pods yet", null, "");
  }

  stop(): void {
    this.#stopped = true;
    this.#unfollow();
  }

  async #begin(heard: () => void): Promise<void> {
    const { connect, namespace, selector } = this.#parts;
    const api = await connect();
    if (this.#stopped) return;
    this.#unfollow = api.follow<Pod>(
      PODS,
      { namespace, labels: selector },
      {
        listed: (pods) => {
          this.#replace(pods);
          heard();
        },
        changed: (pod) => this.#keep(pod),
        gone: (pod) => void this.#pods.delete(pod.metadata.name),
        failed: (error) => {
          this.#fail(error);
          heard();
        },
      },
    );
  }

  #replace(pods: readonly Pod[]): void {
    this.#listed = true;
    this.#pods.clear();
    for (const pod of pods) this.#keep(pod);
  }

  /** A pod takes several kilobytes, and there may be a thousand. */
  #keep({ metadata: { name, uid, labels }, status: { phase, podIP } = {} }: Pod): void {
    this.#pods.set(name, {
      metadata: { name, ...(uid && { uid }), ...(labels && { labels }) },
      status: { ...(phase && { phase }), ...(podIP && { podIP }) },
    });
  }

  #fail(error: KubernetesError): void {
    this.#trouble = error;
    // Without a list, whoever asks hears of it.
    if (!this.#listed) return;
    const { message, status, reason } = error;
    this.#parts.logger.warn("pods cannot be followed; the last list stands", { error: message, status, reason });
  }
}
