/** Bytes of a block when it is new. A block is walked from its beginning, so it is short. */
const BLOCK_BYTES = 4_096;

/** Names that follow one another: of each its length in one byte, and its characters in ASCII. */
interface Block {
  /** Its first name. */
  first: string;
  /** All its names begin with this many characters of `first`. Names that programs make often begin alike. */
  common: number;
  bytes: Uint8Array;
  /** Bytes that are taken. */
  end: number;
}

/**
 * Counter names in order of their code units. An order is kept while names arrive, because sorting a million of them at once would stop
 * the event loop for a second. They are bytes in blocks: as strings they would take twice as much memory.
 */
export class SortedNames {
  /** In order. Invariant: none is empty. */
  readonly #blocks: Block[] = [];
  size = 0;

  /** Adds a name of at most 255 ASCII characters. It must be new. */
  add(name: string): void {
    this.size++;
    const index = Math.max(0, this.#lastFrom(name));
    const block = this.#blocks[index];
    if (!block) this.#blocks.push(blockOf(name));
    else if (block.end + name.length + 1 <= BLOCK_BYTES) insert(block, name);
    else this.#split(index, name);
  }

  /** Removes a name. It must be there. */
  delete(name: string): void {
    const index = this.#lastFrom(name);
    const block = this.#blocks[index];
    if (!block) return;
    const end = placeAfter(block, name);
    const at = end - 1 - name.length;
    block.bytes.copyWithin(at, end, block.end);
    block.end -= end - at;
    if (block.end === 0) this.#blocks.splice(index, 1);
    else if (at === 0) block.first = nameAt(block, 0);
    this.size--;
  }

  /** The names after `after`, in order. They must not change meanwhile. */
  *after(after: string): Iterable<string> {
    const index = Math.max(0, this.#lastFrom(after));
    for (let i = index; i < this.#blocks.length; i++) {
      const block = this.#blocks[i] as Block;
      let at = i === index ? placeAfter(block, after) : 0;
      for (; at < block.end; at += 1 + (block.bytes[at] as number)) yield nameAt(block, at);
    }
  }

  /** Index of the last block whose first name is not greater than `name`; -1: there is none. */
  #lastFrom(name: string): number {
    let low = 0;
    let high = this.#blocks.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#blocks[middle] as Block).first <= name) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }

  /** Divides a full block in two, and adds `name` to one of them. */
  #split(index: number, name: string): void {
    const block = this.#blocks[index] as Block;
    let at = 0;
    while (at < block.end / 2) at += 1 + (block.bytes[at] as number);
    const next = { first: nameAt(block, at), common: 0, bytes: new Uint8Array(BLOCK_BYTES), end: block.end - at };
    next.bytes.set(block.bytes.subarray(at, block.end));
    block.end = at;
    for (const half of [block, next]) half.common = alike(half.first, lastOf(half));
    this.#blocks.splice(index + 1, 0, next);
    insert(name < next.first ? block : next, name);
  }
}

function blockOf(name: string): Block {
  const block = { first: name, common: name.length, bytes: new Uint8Array(BLOCK_BYTES), end: 0 };
  insert(block, name);
  return block;
}

function insert(block: Block, name: string): void {
  const at = placeAfter(block, name);
  block.bytes.copyWithin(at + 1 + name.length, at, block.end);
  block.bytes[at] = name.length;
  for (let i = 0; i < name.length; i++) block.bytes[at + 1 + i] = name.charCodeAt(i);
  block.end += 1 + name.length;
  block.common = Math.min(block.common, alike(block.first, name));
  if (at === 0) block.first = name;
}

/** The number of characters with which both names begin. */
function alike(a: string, b: string): number {
  const most = Math.min(a.length, b.length);
  let count = 0;
  while (count < most && a.charCodeAt(count) === b.charCodeAt(count)) count++;
  return count;
}

/** Offset of the first name in the block that is greater than `name`, or its end. */
function placeAfter({ first, common, bytes, end }: Block, name: string): number {
  if (alike(first, name) < common) return name < first ? 0 : end;
  let at = 0;
  while (at < end && !isGreater(bytes, at, name, common)) at += 1 + (bytes[at] as number);
  return at;
}

/** Whether the name at `at`, which begins with `common` characters of `name`, is greater than `name`. */
function isGreater(bytes: Uint8Array, at: number, name: string, common: number): boolean {
  const length = bytes[at] as number;
  const shorter = Math.min(length, name.length);
  for (let i = common; i < shorter; i++) {
    const difference = (bytes[at + 1 + i] as number) - name.charCodeAt(i);
    if (difference !== 0) return difference > 0;
  }
  return length > name.length;
}

function lastOf(block: Block): string {
  let last = 0;
  for (let at = 0; at < block.end; at += 1 + (block.bytes[at] as number)) last = at;
  return nameAt(block, last);
}

function nameAt({ bytes }: Block, at: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + at + 1, bytes[at] as number).toString("latin1");
}
