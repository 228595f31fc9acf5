import { type EndpointFacts, membersOf, type NodePorts } from "../../core/kubernetes/members.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Discovery, Member } from "../../ports/discovery.ts";
import {
  KubernetesError,
  type KubernetesObject,
  type KubernetesWatcher,
  type Resource,
} from "../../ports/kubernetes.ts";
import type { Logger } from "../../ports/logger.ts";

export interface EndpointDiscoveryDeps {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly namespace: string;
  /** Name of the headless Service that selects the cluster's pods. */
  readonly service: string;
  /** UID of this node's pod. */
  readonly self: string;
  readonly ports: NodePorts;
  /** Called at the first question for members: a node that never leads loads nothing for it. */
  readonly connect: () => Promise<KubernetesWatcher>;
}

/** Milliseconds for which the first question waits for the first list. */
const FIRST_LIST_TIMEOUT_MS = 1_000;
const ENDPOINT_SLICES: Resource = {
  apiVersion: "discovery.k8s.io/v1",
  plural: "endpointslices",
  namespaced: true,
};
/** Kubernetes gives it to each slice of a Service. */
const SERVICE_LABEL = "kubernetes.io/service-name";

interface EndpointSlice extends KubernetesObject {
  readonly endpoints?: readonly EndpointFacts[] | null;
}

/**
 * Nodes are the pods behind a headless Service, as its EndpointSlices list them. Pods themselves are not read: they have all their variables
 * in them, also those of others in the namespace. A watch runs from the first question until `rest`. Only leaders ask: if each of a
 * thousand pods watched a thousand endpoints, every change of all would be a million events.
 */
export class EndpointDiscovery implements Discovery {
  readonly #deps: EndpointDiscoveryDeps;
  #list: EndpointList | null = null;

  constructor(deps: EndpointDiscoveryDeps) {
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

  /**
   * Kubernetes writes slices later than it starts pods, and deletes them with their Service. A list without this pod is not the whole list, so
   * it is an error: a leader that took it for the whole one could take nobody's ledger for no ledger.
   */
  async members(): Promise<readonly Member[]> {
    const { ports, service, self } = this.#deps;
    this.#list ??= new EndpointList(this.#deps);
    const members = membersOf(await this.#list.endpoints(), ports);
    if (members.some(({ id }) => id === self)) return members;
    throw new KubernetesError(`The endpoints of the Service ${service} do not include this pod yet`, null, "");
  }
}

/** The endpoints. While the API is unreachable or refuses, the last list stays. */
class EndpointList {
  readonly #deps: EndpointDiscoveryDeps;
  /** By the names of their slices. A slice has at most a hundred. */
  readonly #slices = new Map<string, readonly EndpointFacts[]>();
  readonly #firstReport: Promise<void>;
  #listed = false;
  #stopped = false;
  #failure: unknown = null;
  #stopWatch = () => {};

  constructor(deps: EndpointDiscoveryDeps) {
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
  async endpoints(): Promise<Iterable<EndpointFacts>> {
    await this.#firstReport;
    if (this.#listed) return [...this.#slices.values()].flat();
    throw this.#failure ?? new KubernetesError("The Kubernetes API has not listed the endpoints yet", null, "");
  }

  stop(): void {
    this.#stopped = true;
    this.#stopWatch();
  }

  async #begin(reported: () => void): Promise<void> {
    const { connect, namespace, service } = this.#deps;
    const watcher = await connect();
    if (this.#stopped) return;
    this.#stopWatch = watcher.watch<EndpointSlice>(
      ENDPOINT_SLICES,
      { namespace, labels: `${SERVICE_LABEL}=${service}` },
      {
        listed: (slices) => {
          this.#replace(slices);
          reported();
        },
        changed: (slice) => this.#keep(slice),
        deleted: (slice) => void this.#slices.delete(slice.metadata.name),
        failed: (error) => {
          this.#fail(error);
          reported();
        },
      },
    );
  }

  #replace(slices: readonly EndpointSlice[]): void {
    this.#listed = true;
    this.#slices.clear();
    for (const slice of slices) this.#keep(slice);
  }

  /** Keeps only what is needed: there may be a thousand endpoints. */
  #keep({ metadata, endpoints }: EndpointSlice): void {
    const kept = (endpoints ?? []).map(({ addresses = [], targetRef }) => ({
      addresses: addresses.filter(isText),
      ...(targetRef && { targetRef }),
    }));
    this.#slices.set(metadata.name, kept);
  }

  #fail(error: KubernetesError): void {
    this.#failure = error;
    // Without a list, the next question throws it.
    if (!this.#listed) return;
    const { message, status, reason } = error;
    this.#deps.logger.warn("cannot watch endpoints; the last list stays in use", { error: message, status, reason });
  }
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}
