import type { CounterCluster } from "../../core/operator/counter_cluster.ts";
import type { ResourceEvent } from "../../core/operator/decision.ts";
import type { DesiredObject } from "../../core/operator/desired/object.ts";
import { usedObjects } from "../../core/operator/used_objects.ts";
import { type KubernetesApi, KubernetesError, type KubernetesObject } from "../../ports/kubernetes.ts";
import type { Cache } from "./cache.ts";
import { type ChildKind, childKind } from "./child_kinds.ts";
import { comparable, titleOf } from "./comparable.ts";
import { editedByHand } from "./edited_by_hand.ts";
import { FIELD_MANAGER } from "./operator_name.ts";
import { ownershipOf } from "./ownership.ts";
import { isConflict, isFailure, isRefusal, type RefusedObjects } from "./refused_objects.ts";
import { scaledByHand } from "./scaled_by_hand.ts";

export interface ChildrenDeps {
  readonly api: KubernetesApi;
  readonly cache: Pick<Cache, "child" | "children" | "record">;
  readonly record: (cluster: CounterCluster, event: ResourceEvent) => void;
}

/** What was applied, and what the object was afterwards. */
interface Applied {
  readonly wanted: string;
  readonly result: string;
  /** The version before it was applied. A watch may still report it. */
  readonly before: string | undefined;
  /** The latest version that is as it was applied. */
  version: string | undefined;
  /** Whether a watch has reported it since. */
  seen: boolean;
}

/** Makes one resource's objects as desired. Sends nothing to the API server if they are already. */
export class Children {
  readonly #deps: ChildrenDeps;
  readonly #refusedObjects: RefusedObjects;
  readonly #applied = new Map<string, Applied>();

  constructor(deps: ChildrenDeps, refusals: RefusedObjects) {
    this.#deps = deps;
    this.#refusedObjects = refusals;
  }

  /** False while it waits for something that passes by itself. Throws KubernetesError if the API server was unreachable or busy. */
  async reconcile(cluster: CounterCluster, desired: readonly DesiredObject[]): Promise<boolean> {
    let settled = true;
    const missing = new Set<string>();
    for (const object of desired) {
      const lacking = usedObjects(object).filter((title) => missing.has(title));
      const done = lacking.length > 0 ? this.#withhold(object, lacking) : await this.#attempt(cluster, object);
      settled = done && settled;
      if (!done || this.#refusedObjects.has(titleOf(object))) this.#noteMissing(cluster, object, missing);
    }
    return (await this.#removeUnwanted(cluster, desired)) && settled;
  }

  /** An object that was not applied is missing, unless an earlier version of it is there and belongs to the resource. */
  #noteMissing(cluster: CounterCluster, desired: DesiredObject, missing: Set<string>): void {
    const found = this.#deps.cache.child(childKind(desired), cluster, desired.metadata.name);
    if (!found || ownershipOf(found, cluster) !== "own") missing.add(titleOf(desired));
  }

  /** Does not apply an object that uses missing ones: somebody else's may have their names. False while that may pass by itself. */
  #withhold(desired: DesiredObject, lacking: readonly string[]): boolean {
    if (!lacking.some((title) => this.#refusedObjects.has(title))) return false;
    const message = `it uses ${lacking.join(" and ")}, which this resource does not have`;
    this.#refusedObjects.recordRefusal(titleOf(desired), NOTHING, message);
    return true;
  }

  async #attempt(cluster: CounterCluster, desired: DesiredObject): Promise<boolean> {
    const title = titleOf(desired);
    const wanted = JSON.stringify(desired);
    if (this.#refusedObjects.mustWait(title, wanted)) return true;
    try {
      return await this.#reconcileOne(cluster, desired, title, wanted);
    } catch (error) {
      // The namespace is being deleted, so it needs no more objects.
      if (error instanceof KubernetesError && /is being terminated/.test(error.message)) return false;
      return this.#recordRefusal(error, title, wanted, childKind(desired));
    }
  }

  /** False if it may pass by itself. Throws errors that do not concern this one object. */
  #recordRefusal(error: unknown, title: string, tried: string, kind: ChildKind): boolean {
    if (!(error instanceof KubernetesError)) throw error;
    if (isFailure(error)) {
      this.#refusedObjects.recordFailure(title, tried, error.message);
      return false;
    }
    // For example a second operator. The next turn sees what it wrote.
    if (isConflict(error)) return false;
    if (!isRefusal(error)) throw error;
    this.#refusedObjects.recordRefusal(title, tried, explain(error, kind));
    return true;
  }

  async #reconcileOne(
    cluster: CounterCluster,
    desired: DesiredObject,
    title: string,
    wanted: string,
  ): Promise<boolean> {
    const kind = childKind(desired);
    const { namespace, name } = desired.metadata;
    const known = this.#deps.cache.child(kind, cluster, name);
    if (known && this.#isAsWanted(title, wanted, known)) return true;
    // No object with our label has this name, but another object may.
    const found = known ?? (await this.#deps.api.read(kind, namespace, name));
    if (!found) return this.#apply(cluster, desired, wanted, null);
    if (!known && this.#isAsWanted(title, wanted, found)) return true;
    switch (ownershipOf(found, cluster)) {
      case "own":
        return this.#apply(cluster, desired, wanted, found);
      case "former":
      case "leaving":
        return false;
      case "foreign":
        this.#refusedObjects.recordRefusal(title, wanted, OTHER_OWNER);
        return true;
    }
  }

  async #apply(
    cluster: CounterCluster,
    desired: DesiredObject,
    wanted: string,
    found: KubernetesObject | null,
  ): Promise<boolean> {
    const title = titleOf(desired);
    const uid = found?.metadata.uid;
    // With the uid, the API server refuses if the object was deleted, or deleted and created again, since it was read.
    const object = { ...desired, metadata: { ...desired.metadata, ...(uid && { uid }) } };
    const options = { fieldManager: FIELD_MANAGER, force: true };
    const kind = childKind(desired);
    const restored = found !== null && (await this.#restore(cluster, kind, found, desired));
    const result = await this.#deps.api.apply<KubernetesObject>(kind, object, options);
    this.#deps.cache.record(cluster, kind, result);
    const event = found && scaledByHand(cluster, found, desired);
    if (event) this.#deps.record(cluster, event);
    else if (!restored) this.#reportDrift(cluster, title, wanted, found, result);
    const { resourceVersion: version } = result.metadata;
    const before = found?.metadata.resourceVersion;
    this.#applied.set(title, { wanted, result: comparable(result), before, version, seen: false });
    this.#refusedObjects.settle(title);
    return true;
  }

  /** Undoes the edits of others, and reports whose they were. This comes before applying, so that no pod runs with half of an edit. */
  async #restore(
    cluster: CounterCluster,
    kind: ChildKind,
    found: KubernetesObject,
    desired: DesiredObject,
  ): Promise<boolean> {
    const edit = editedByHand(cluster, found, desired);
    if (edit === null) return false;
    const result = await this.#deps.api.replace(kind, edit.object, FIELD_MANAGER);
    // An edit that sets one of the API's defaults stays, and there is nothing to undo.
    const undone = comparable(found) !== comparable(result);
    if (undone) this.#deps.record(cluster, edit.event);
    return undone;
  }

  #isAsWanted(title: string, wanted: string, found: KubernetesObject): boolean {
    const applied = this.#applied.get(title);
    if (!applied || applied.wanted !== wanted) return false;
    const { resourceVersion } = found.metadata;
    const isNews = resourceVersion !== applied.version;
    if (isNews && resourceVersion === applied.before) return true;
    if (isNews && comparable(found) !== applied.result) return false;
    applied.version = resourceVersion;
    applied.seen = true;
    return true;
  }

  #reportDrift(
    cluster: CounterCluster,
    title: string,
    wanted: string,
    found: KubernetesObject | null,
    result: KubernetesObject,
  ): void {
    const applied = this.#applied.get(title);
    if (applied?.wanted !== wanted || !applied.seen || (found && comparable(found) === comparable(result))) return;
    const message = found
      ? `${title} was changed and has been restored`
      : `${title} was deleted and has been created again`;
    this.#deps.record(cluster, { type: "Normal", reason: "DriftCorrected", message });
  }

  async #removeUnwanted(cluster: CounterCluster, desired: readonly DesiredObject[]): Promise<boolean> {
    const wanted = new Set(desired.map(titleOf));
    const unwanted = [...this.#deps.cache.children(cluster)].filter(
      ([, object]) => !wanted.has(titleOf(object)) && ownershipOf(object, cluster) === "own",
    );
    const concerned = new Set([...wanted, ...unwanted.map(([, object]) => titleOf(object))]);
    for (const title of [...this.#applied.keys()]) if (!wanted.has(title)) this.#applied.delete(title);
    this.#refusedObjects.settleOthers(concerned);
    let settled = true;
    for (const [kind, object] of unwanted) settled = (await this.#remove(cluster, kind, object)) && settled;
    return settled;
  }

  async #remove(cluster: CounterCluster, kind: ChildKind, object: KubernetesObject): Promise<boolean> {
    const title = titleOf(object);
    if (this.#refusedObjects.mustWait(title, NOTHING)) return true;
    try {
      await this.#deps.api.remove(kind, object.metadata);
      this.#deps.cache.record(cluster, kind, object, true);
      this.#refusedObjects.settle(title);
      return true;
    } catch (error) {
      return this.#recordRefusal(error, title, NOTHING, kind);
    }
  }
}

const OTHER_OWNER = "it exists and does not belong to this resource: delete it, or rename the resource";

/** What is tried if an object must not exist, or must not be applied. */
const NOTHING = "";

function explain({ status, message }: KubernetesError, { foreign, kind }: ChildKind): string {
  return status === 404 && foreign
    ? `this cluster has no ${kind}: install the software that defines it, or remove it from the resource`
    : message;
}
