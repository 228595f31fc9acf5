import type { CounterCluster } from "../../core/operator/counter_cluster.ts";
import type { ResourceEvent } from "../../core/operator/decision.ts";
import type { DesiredObject } from "../../core/operator/desired/object.ts";
import { type KubernetesApi, KubernetesError, type KubernetesObject } from "../../ports/kubernetes.ts";
import type { ApiView } from "./api_view.ts";
import { belongingOf } from "./belonging.ts";
import { type ChildKind, childKind } from "./child_kinds.ts";
import { editedByHand } from "./edited_by_hand.ts";
import { essence, titleOf } from "./object_essence.ts";
import { FIELD_MANAGER } from "./operator_name.ts";
import { isFailure, isRefusal, type Refusals } from "./refusals.ts";
import { scaledByHand } from "./scaled_by_hand.ts";

export interface ChildrenParts {
  readonly api: KubernetesApi;
  readonly view: Pick<ApiView, "child" | "children" | "note">;
  readonly record: (cluster: CounterCluster, event: ResourceEvent) => void;
}

/** An object as it was applied, and what it was afterwards. */
interface Applied {
  readonly wanted: string;
  readonly there: string;
  /** Versions that hold nothing new: the one that was there before, of which news may still be on its way, and the latest that was seen unchanged. */
  readonly before: string | undefined;
  version: string | undefined;
  /** Whether it was seen to be there since. */
  seen: boolean;
}

/** Makes one resource's objects what is desired of them, and asks the API server nothing when they are. */
export class Children {
  readonly #parts: ChildrenParts;
  readonly #refusals: Refusals;
  readonly #applied = new Map<string, Applied>();

  constructor(parts: ChildrenParts, refusals: Refusals) {
    this.#parts = parts;
    this.#refusals = refusals;
  }

  /** False when it waits for something that passes by itself. Throws KubernetesError when the API server was not reached, or busy. */
  async bring(cluster: CounterCluster, desired: readonly DesiredObject[]): Promise<boolean> {
    let settled = true;
    for (const object of desired) settled = (await this.#attempt(cluster, object)) && settled;
    return (await this.#removeUnwanted(cluster, desired)) && settled;
  }

  async #attempt(cluster: CounterCluster, desired: DesiredObject): Promise<boolean> {
    const title = titleOf(desired);
    const wanted = JSON.stringify(desired);
    if (this.#refusals.stands(title, wanted)) return true;
    try {
      return await this.#bringOne(cluster, desired, title, wanted);
    } catch (error) {
      // What the garbage collector is about to take away needs no more children.
      if (error instanceof KubernetesError && /is being terminated/.test(error.message)) return false;
      return this.#noteRefusal(error, title, wanted, childKind(desired));
    }
  }

  /** False: it may well pass. Throws what does not concern this one object. */
  #noteRefusal(error: unknown, title: string, tried: string, kind: ChildKind): boolean {
    if (!(error instanceof KubernetesError)) throw error;
    if (isFailure(error)) {
      this.#refusals.noteFailure(title, tried, error.message);
      return false;
    }
    if (!isRefusal(error)) throw error;
    this.#refusals.note(title, tried, explain(error, kind));
    return true;
  }

  async #bringOne(cluster: CounterCluster, desired: DesiredObject, title: string, wanted: string): Promise<boolean> {
    const kind = childKind(desired);
    const { namespace, name } = desired.metadata;
    const known = this.#parts.view.child(kind, cluster, name);
    if (known && this.#isAsWanted(title, wanted, known)) return true;
    // It is not among what carries our label: that does not mean that nobody has this name.
    const found = known ?? (await this.#parts.api.read(kind, namespace, name));
    if (!found) return this.#apply(cluster, desired, wanted, null);
    if (!known && this.#isAsWanted(title, wanted, found)) return true;
    switch (belongingOf(found, cluster)) {
      case "own":
        return this.#apply(cluster, desired, wanted, found);
      case "former":
      case "leaving":
        return false;
      case "foreign":
        this.#refusals.note(title, wanted, `A ${title} exists and is not ours: delete it, or rename the resource`);
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
    // With the uid, the API server refuses if the object was deleted, or made again, since we saw it.
    const object = { ...desired, metadata: { ...desired.metadata, ...(uid && { uid }) } };
    const options = { fieldManager: FIELD_MANAGER, force: true };
    const kind = childKind(desired);
    const edited = found !== null && (await this.#putBack(cluster, kind, found, desired));
    const result = await this.#parts.api.apply<KubernetesObject>(kind, object, options);
    this.#parts.view.note(cluster, kind, result);
    const event = found && scaledByHand(cluster, found, desired);
    if (event) this.#parts.record(cluster, event);
    else if (!edited) this.#tellOfDrift(cluster, title, wanted, found, result);
    const { resourceVersion: version } = result.metadata;
    const before = found?.metadata.resourceVersion;
    this.#applied.set(title, { wanted, there: essence(result), before, version, seen: false });
    this.#refusals.settle(title);
    return true;
  }

  /** Undoes what others added, and tells whose edit it was. Before applying: pods never run half of it. */
  async #putBack(
    cluster: CounterCluster,
    kind: ChildKind,
    found: KubernetesObject,
    desired: DesiredObject,
  ): Promise<boolean> {
    const edit = editedByHand(cluster, found, desired);
    if (edit === null) return false;
    const result = await this.#parts.api.replace(kind, edit.object, FIELD_MANAGER);
    // Who applies a default of the API keeps it, and there is nothing to undo.
    const undone = essence(found) !== essence(result);
    if (undone) this.#parts.record(cluster, edit.event);
    return undone;
  }

  #isAsWanted(title: string, wanted: string, found: KubernetesObject): boolean {
    const applied = this.#applied.get(title);
    if (!applied || applied.wanted !== wanted) return false;
    const { resourceVersion } = found.metadata;
    const isNews = resourceVersion !== applied.version;
    if (isNews && resourceVersion === applied.before) return true;
    if (isNews && essence(found) !== applied.there) return false;
    applied.version = resourceVersion;
    applied.seen = true;
    return true;
  }

  #tellOfDrift(
    cluster: CounterCluster,
    title: string,
    wanted: string,
    found: KubernetesObject | null,
    result: KubernetesObject,
  ): void {
    const applied = this.#applied.get(title);
    if (applied?.wanted !== wanted || !applied.seen || (found && essence(found) === essence(result))) return;
    const message = found ? `${title} had been changed and is put back` : `${title} had been deleted and is made again`;
    this.#parts.record(cluster, { type: "Normal", reason: "DriftCorrected", message });
  }

  async #removeUnwanted(cluster: CounterCluster, desired: readonly DesiredObject[]): Promise<boolean> {
    const wanted = new Set(desired.map(titleOf));
    const unwanted = [...this.#parts.view.children(cluster)].filter(
      ([, object]) => !wanted.has(titleOf(object)) && belongingOf(object, cluster) === "own",
    );
    const concerned = new Set([...wanted, ...unwanted.map(([, object]) => titleOf(object))]);
    for (const title of [...this.#applied.keys()]) if (!wanted.has(title)) this.#applied.delete(title);
    this.#refusals.settleOthers(concerned);
    let settled = true;
    for (const [kind, object] of unwanted) settled = (await this.#remove(cluster, kind, object)) && settled;
    return settled;
  }

  async #remove(cluster: CounterCluster, kind: ChildKind, object: KubernetesObject): Promise<boolean> {
    const title = titleOf(object);
    if (this.#refusals.stands(title, NOTHING)) return true;
    try {
      await this.#parts.api.remove(kind, object.metadata);
      this.#parts.view.note(cluster, kind, object, true);
      this.#refusals.settle(title);
      return true;
    } catch (error) {
      return this.#noteRefusal(error, title, NOTHING, kind);
    }
  }
}

/** What is wanted where nothing is. */
const NOTHING = "";

function explain({ status, message }: KubernetesError, { foreign, kind }: ChildKind): string {
  return status === 404 && foreign
    ? `this cluster has no ${kind}: install what defines it, or do not ask for it`
    : message;
}
