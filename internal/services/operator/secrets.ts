import type { CounterCluster, StringMap } from "../../core/operator/counter_cluster.ts";
import type { ResourceEvent } from "../../core/operator/decision.ts";
import type { Component } from "../../core/operator/desired/names.ts";
import { childMeta } from "../../core/operator/desired/names.ts";
import { type KubernetesApi, KubernetesError, type KubernetesObject, type Resource } from "../../ports/kubernetes.ts";
import { FIELD_MANAGER } from "./operator_name.ts";
import { type Ownership, ownershipOf } from "./ownership.ts";
import { isConflict, isFailure, isRefusal, type RefusedObjects } from "./refused_objects.ts";

export const SECRETS: Resource = { apiVersion: "v1", plural: "secrets", namespaced: true };

interface Secret extends KubernetesObject {
  readonly type?: string;
  /** Base64. */
  readonly data?: StringMap;
}

/** A Secret as the operator last read it. */
export interface FoundSecret {
  readonly name: string;
  /** Its texts by their keys. Empty if there is none, or if it is another's. */
  readonly texts: StringMap;
  readonly annotations: StringMap;
  /** Null: there is none. */
  readonly object: KubernetesObject | null;
  /** Null: there is none. */
  readonly ownership: Ownership | null;
}

export interface SecretContent {
  readonly component: Component;
  readonly type: "Opaque" | "kubernetes.io/tls";
  readonly texts: StringMap;
  readonly annotations?: StringMap;
}

export interface SecretsDeps {
  readonly api: KubernetesApi;
  readonly record: (cluster: CounterCluster, event: ResourceEvent) => void;
}

/**
 * Reads and writes single Secrets by their names. The operator may neither list nor watch Secrets: it would learn all Secrets of a namespace.
 * A Secret is written only as it was last read, so two operators cannot replace each other's keys.
 */
export class Secrets {
  readonly #api: KubernetesApi;
  readonly #refused: RefusedObjects;
  readonly #record: (cluster: CounterCluster, event: ResourceEvent) => void;
  readonly #leaving = new Set<string>();
  /** Those that were there. */
  readonly #seen = new Set<string>();

  constructor({ api, record }: SecretsDeps, refused: RefusedObjects) {
    this.#api = api;
    this.#record = record;
    this.#refused = refused;
  }

  /** Those that belong to an earlier resource of the name, or are being deleted. */
  get leaving(): readonly string[] {
    return [...this.#leaving];
  }

  /** Throws KubernetesError if the API server was not reached. */
  async read(cluster: CounterCluster, name: string): Promise<FoundSecret> {
    const object = await this.#find(cluster, name);
    const ownership = object && ownershipOf(object, cluster);
    if (ownership === "former" || ownership === "leaving") this.#leaving.add(`Secret ${name}`);
    else this.#leaving.delete(`Secret ${name}`);
    if (ownership === "own") this.#seen.add(`Secret ${name}`);
    const data = ownership === "own" || cluster.spec.tls.issuerRef ? object?.data : {};
    const texts = Object.entries(data ?? {}).map(([key, text]) => [key, decoded(text)]);
    return {
      name,
      texts: Object.fromEntries(texts),
      annotations: object?.metadata.annotations ?? {},
      object,
      ownership,
    };
  }

  /** False if the API server refuses it, which is recorded, or if another operator was first. Throws KubernetesError otherwise. */
  async write(cluster: CounterCluster, found: FoundSecret, content: SecretContent): Promise<boolean> {
    const title = `Secret ${found.name}`;
    if (found.ownership === "former" || found.ownership === "leaving") return false;
    if (found.ownership === "foreign") {
      this.#refused.recordRefusal(title, "", OTHER_OWNER);
      return false;
    }
    try {
      await this.#put(cluster, found, content);
      if (found.object === null && this.#seen.has(title)) {
        const message = `${title} was deleted and has been created again`;
        this.#record(cluster, { type: "Normal", reason: "DriftCorrected", message });
      }
      this.#seen.add(title);
      this.#refused.settle(title);
      return true;
    } catch (error) {
      if (!(error instanceof KubernetesError)) throw error;
      if (isConflict(error)) return false;
      if (!isRefusal(error) && !isFailure(error)) throw error;
      this.#refused.recordRefusal(title, "", error.message);
      return false;
    }
  }

  /** Nothing if the operator may not read it: writing it then reports why. */
  async #find(cluster: CounterCluster, name: string): Promise<Secret | null> {
    try {
      return await this.#api.read<Secret>(SECRETS, cluster.metadata.namespace, name);
    } catch (error) {
      if (error instanceof KubernetesError && isRefusal(error)) return null;
      throw error;
    }
  }

  async #put(cluster: CounterCluster, { name, object }: FoundSecret, content: SecretContent): Promise<void> {
    const { component, type, texts, annotations } = content;
    const meta = childMeta(cluster, component, name, annotations);
    const data = Object.fromEntries(Object.entries(texts).map(([key, text]) => [key, encoded(text)]));
    const secret = { apiVersion: "v1", kind: "Secret", type, data };
    if (object === null) {
      await this.#api.create<Secret>(SECRETS, { ...secret, metadata: meta });
      return;
    }
    const { labels, annotations: others, uid, resourceVersion } = object.metadata;
    const metadata = {
      ...meta,
      labels: { ...labels, ...meta.labels },
      annotations: { ...others, ...annotations },
      ...(uid && { uid }),
      ...(resourceVersion && { resourceVersion }),
    };
    await this.#api.replace<Secret>(SECRETS, { ...secret, metadata }, FIELD_MANAGER);
  }
}

const OTHER_OWNER = "it exists and does not belong to this resource: delete it, or rename the resource";

function decoded(base64: string): string {
  return Buffer.from(base64, "base64").toString("utf8");
}

function encoded(text: string): string {
  return Buffer.from(text, "utf8").toString("base64");
}
