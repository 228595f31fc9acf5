import {
  type Definition,
  isEstablished,
  marksOfOlder,
  namesRefused,
  revisionOf,
} from "../../core/operator/definition.ts";
import type { Clock } from "../../ports/clock.ts";
import { type KubernetesApi, KubernetesError, type Resource } from "../../ports/kubernetes.ts";
import type { Logger } from "../../ports/logger.ts";

export interface DefinitionUpdateDeps {
  readonly api: KubernetesApi;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Milliseconds. */
  readonly timeout: number;
}

/** `kept`: the cluster has a newer definition. */
export type DefinitionOutcome = "applied" | "kept";

const DEFINITIONS: Resource = {
  apiVersion: "apiextensions.k8s.io/v1",
  plural: "customresourcedefinitions",
  namespaced: false,
};
/** Helm's own name. If another manager owned the definition, a later `helm install` could not apply its own. */
const HELM = "helm";
/** A name that people read when they are refused: `conflict with "..."`. */
const GUARD = "a newer definition of CounterCluster, which stays if you install with --skip-crds";
const RETRY_MS = 1_000;
/** Milliseconds for which a refusal is retried. The chart creates the permissions just before, and the API server learns of them a moment later. */
const REFUSAL_TOLERANCE_MS = 10_000;

/** Applies the definition `wanted`, unless the cluster has a newer one. Throws KubernetesError, or DefinitionNotReady at the timeout. */
export async function updateDefinition(wanted: Definition, deps: DefinitionUpdateDeps): Promise<DefinitionOutcome> {
  return new DefinitionUpdate(wanted, deps).run();
}

/** The definition was not in use before the timeout. */
export class DefinitionNotReady extends Error {
  override readonly name = "DefinitionNotReady";
}

class DefinitionUpdate {
  readonly #wanted: Definition;
  readonly #deps: DefinitionUpdateDeps;
  readonly #began: number;
  #reported = "";

  constructor(wanted: Definition, deps: DefinitionUpdateDeps) {
    this.#wanted = wanted;
    this.#deps = deps;
    this.#began = deps.clock.monotonic();
  }

  async run(): Promise<DefinitionOutcome> {
    const { logger } = this.#deps;
    const wanted = revisionOf(this.#wanted);
    const found = await this.#afterDeletion(await this.#read());
    if (found && revisionOf(found) > wanted) {
      logger.info("definition not applied: the cluster has a newer one", { found: revisionOf(found), ours: wanted });
      return "kept";
    }
    logger.info("applying the definition", { revision: wanted, found: found ? revisionOf(found) : "none" });
    await this.#apply(this.#wanted, HELM);
    await this.#guard(marksOfOlder(wanted));
    await this.#established();
    logger.info("definition in use", { revision: wanted });
    return "applied";
  }

  /** Waits until a definition that is being deleted is gone. Otherwise its deletion would take the new one with it. */
  async #afterDeletion(found: Definition | null): Promise<Definition | null> {
    let left = found;
    while (left?.metadata.deletionTimestamp) {
      await this.#pause("the old definition is being deleted with all its resources; waiting until it is gone");
      left = await this.#read();
    }
    return left;
  }

  async #guard(annotations: Readonly<Record<string, string>>): Promise<void> {
    const { apiVersion, kind, metadata } = this.#wanted;
    if (Object.keys(annotations).length === 0) return;
    await this.#apply({ apiVersion, kind, metadata: { name: metadata.name, annotations } }, GUARD);
  }

  async #established(): Promise<void> {
    for (;;) {
      const found = await this.#read();
      if (found && isEstablished(found)) return;
      const refused = found && namesRefused(found);
      await this.#pause(
        refused
          ? `the API server refuses the names of the definition: ${refused}`
          : "waiting until the API server serves the definition",
      );
    }
  }

  #read(): Promise<Definition | null> {
    return this.#retry((api) => api.read<Definition>(DEFINITIONS, "", this.#wanted.metadata.name));
  }

  #apply(definition: Definition, fieldManager: string): Promise<Definition> {
    return this.#retry((api) => api.apply(DEFINITIONS, definition, { fieldManager, force: true }));
  }

  /** Retries errors that may pass. */
  async #retry<T>(call: (api: KubernetesApi) => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await call(this.#deps.api);
      } catch (error) {
        if (!(error instanceof KubernetesError) || !this.#mayPass(error)) throw error;
        await this.#pause(error.message);
      }
    }
  }

  #mayPass({ status }: KubernetesError): boolean {
    if (status === 401 || status === 403) return this.#elapsed < REFUSAL_TOLERANCE_MS;
    // Unreachable, overloaded or restarting.
    return status === null || status === 429 || status >= 500;
  }

  get #elapsed(): number {
    return this.#deps.clock.monotonic() - this.#began;
  }

  async #pause(why: string): Promise<void> {
    const { clock, logger, timeout } = this.#deps;
    if (this.#elapsed + RETRY_MS > timeout)
      throw new DefinitionNotReady(`not in use after ${timeout / 1000} s: ${why}`);
    if (why !== this.#reported) logger.info(why);
    this.#reported = why;
    await new Promise<void>((resolve) => clock.after(RETRY_MS, resolve));
  }
}
