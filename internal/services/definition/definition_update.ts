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

export interface DefinitionUpdateParts {
  readonly api: KubernetesApi;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Milliseconds. */
  readonly timeout: number;
}

/** `kept`: there is a newer one. */
export type DefinitionOutcome = "applied" | "kept";

const DEFINITIONS: Resource = {
  apiVersion: "apiextensions.k8s.io/v1",
  plural: "customresourcedefinitions",
  namespaced: false,
};
/** Helm's own: as another manager's, the definition could not be applied by a later `helm install`. */
const HELM = "helm";
/** Whoever is refused reads it: `conflict with "..."`. */
const GUARD = "a newer definition of CounterCluster, which stays if you install with --skip-crds";
const PAUSE = 1_000;
/** The chart makes the permissions for this just before; an API server hears of them a moment later. */
const PATIENCE = 10_000;

/** Brings the cluster's definition up to `wanted`, and never back. Throws KubernetesError, or DefinitionNotReady at the timeout. */
export async function updateDefinition(wanted: Definition, parts: DefinitionUpdateParts): Promise<DefinitionOutcome> {
  return new DefinitionUpdate(wanted, parts).run();
}

/** The time was over first. */
export class DefinitionNotReady extends Error {
  override readonly name = "DefinitionNotReady";
}

class DefinitionUpdate {
  readonly #wanted: Definition;
  readonly #parts: DefinitionUpdateParts;
  readonly #began: number;
  #told = "";

  constructor(wanted: Definition, parts: DefinitionUpdateParts) {
    this.#wanted = wanted;
    this.#parts = parts;
    this.#began = parts.clock.monotonic();
  }

  async run(): Promise<DefinitionOutcome> {
    const { logger } = this.#parts;
    const wanted = revisionOf(this.#wanted);
    const found = await this.#gone(await this.#read());
    if (found && revisionOf(found) > wanted) {
      logger.info("the definition in the cluster is newer and stays", { found: revisionOf(found), ours: wanted });
      return "kept";
    }
    logger.info("applies the definition", { revision: wanted, found: found ? revisionOf(found) : "none" });
    await this.#apply(this.#wanted, HELM);
    await this.#guard(marksOfOlder(wanted));
    await this.#established();
    logger.info("the definition is in use", { revision: wanted });
    return "applied";
  }

  /** What is being deleted would take the new one with it. */
  async #gone(found: Definition | null): Promise<Definition | null> {
    let left = found;
    while (left?.metadata.deletionTimestamp) {
      await this.#pause("the definition is being deleted, and all its resources with it; waits for the end of that");
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
      await this.#pause(refused ? `the API server refuses it: ${refused}` : "waits for the API server to use it");
    }
  }

  #read(): Promise<Definition | null> {
    return this.#insist((api) => api.read<Definition>(DEFINITIONS, "", this.#wanted.metadata.name));
  }

  #apply(definition: Definition, fieldManager: string): Promise<Definition> {
    return this.#insist((api) => api.apply(DEFINITIONS, definition, { fieldManager, force: true }));
  }

  /** Tries again for as long as another try could end differently. */
  async #insist<T>(call: (api: KubernetesApi) => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await call(this.#parts.api);
      } catch (error) {
        if (!(error instanceof KubernetesError) || !this.#mayPass(error)) throw error;
        await this.#pause(error.message);
      }
    }
  }

  #mayPass({ status }: KubernetesError): boolean {
    if (status === 401 || status === 403) return this.#elapsed < PATIENCE;
    // Not reached, overloaded, or restarting.
    return status === null || status === 429 || status >= 500;
  }

  get #elapsed(): number {
    return this.#parts.clock.monotonic() - this.#began;
  }

  async #pause(why: string): Promise<void> {
    const { clock, logger, timeout } = this.#parts;
    if (this.#elapsed + PAUSE > timeout) throw new DefinitionNotReady(`not done in ${timeout / 1000} s: ${why}`);
    if (why !== this.#told) logger.info(why);
    this.#told = why;
    await new Promise<void>((resolve) => clock.after(PAUSE, resolve));
  }
}
