import type { KubernetesObject, Resource, Scope } from "../../ports/kubernetes.ts";
import { collectionPath, selection } from "./paths.ts";
import type { Requests } from "./reader.ts";

/** Objects in one answer; more come in further ones. */
const PAGE = 500;

export interface Listing<T> {
  readonly items: readonly T[];
  /** The moment that the list shows; a watch goes on from there. */
  readonly resourceVersion: string;
}

interface Page {
  readonly apiVersion: string;
  /** `PodList` of pods. */
  readonly kind: string;
  readonly metadata: { readonly resourceVersion: string; readonly continue?: string };
  readonly items: readonly KubernetesObject[] | null;
}

/** Every object in `scope`, as of one moment. Throws KubernetesError, with the status 410 if the moment passed while pages were read. */
export async function listAll<T>(requests: Requests, resource: Resource, scope: Scope): Promise<Listing<T>> {
  const items: T[] = [];
  for (let next = ""; ; ) {
    const query = { ...selection(scope), limit: String(PAGE), ...(next && { continue: next }) };
    const path = collectionPath(resource, scope.namespace);
    const page = (await requests.send({ method: "GET", path, query })) as Page;
    items.push(...withKind<T>(page));
    next = page.metadata.continue ?? "";
    if (!next) return { items, resourceVersion: page.metadata.resourceVersion };
  }
}

/** In a list the API leaves out what each of its objects has in common. */
function withKind<T>({ apiVersion, kind, items }: Page): T[] {
  return (items ?? []).map((item) => ({ ...item, apiVersion, kind: kind.replace(/List$/, "") }) as T);
}
