/** What is cheap to make again, but not for each request. Strangers choose the names of counters, so there may be any number. */
const MOST_ENTRIES = 1024;

/** A cache that is emptied when it is full: what is asked for often is soon in it again. */
export class BoundedMap<V> extends Map<string, V> {
  override set(key: string, value: V): this {
    if (this.size >= MOST_ENTRIES) this.clear();
    return super.set(key, value);
  }
}
