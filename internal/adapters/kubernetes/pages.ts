import type { KubernetesObject } from "../../ports/kubernetes.ts";

/** Objects in one response; a longer list comes in several. */
export const PAGE_SIZE = 500;

export interface Listing<T> {
  readonly items: readonly T[];
  /** The moment that the list shows. A watch continues from there. */
  readonly resourceVersion: string;
}

export interface ListPage {
  readonly apiVersion: string;
  /** `PodList` of pods. */
  readonly kind: string;
  readonly metadata: { readonly resourceVersion: string; readonly continue?: string };
  readonly items: readonly KubernetesObject[] | null;
}

/**
 * Every object of a list, as of one moment. `read` gets the token of the next page, none for the first.
 * Throws KubernetesError, with the status 410 if reading took so long that the API server has forgotten the moment.
 */
export async function allPages<T>(read: (next: string | undefined) => Promise<ListPage>): Promise<Listing<T>> {
  const items: T[] = [];
  for (let next: string | undefined; ; ) {
    const page = await read(next);
    items.push(...withKind<T>(page));
    next = page.metadata.continue || undefined;
    if (!next) return { items, resourceVersion: page.metadata.resourceVersion };
  }
}

/** A list names the kind of its objects once; they have none of their own. */
function withKind<T>({ apiVersion, kind, items }: ListPage): T[] {
  return (items ?? []).map((item) => ({ ...item, apiVersion, kind: kind.replace(/List$/, "") }) as T);
}
