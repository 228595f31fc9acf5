import type { KubernetesError, KubernetesObject, WatchHandler } from "../../../internal/ports/kubernetes.ts";

/** Records what a watch reports. */
export class RecordingHandler<T extends KubernetesObject> implements WatchHandler<T> {
  /** The objects that exist, by name. */
  readonly present = new Map<string, T>();
  readonly failures: KubernetesError[] = [];
  /** How often the whole list came. */
  lists = 0;

  listed(objects: readonly T[]): void {
    this.lists++;
    this.present.clear();
    for (const object of objects) this.present.set(object.metadata.name, object);
  }

  changed(object: T): void {
    this.present.set(object.metadata.name, object);
  }

  deleted(object: T): void {
    this.present.delete(object.metadata.name);
  }

  failed(error: KubernetesError): void {
    this.failures.push(error);
  }

  /** Sorted, with commas between. */
  get names(): string {
    return [...this.present.keys()].sort().join();
  }
}
