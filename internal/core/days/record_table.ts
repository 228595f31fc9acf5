const MIN_SLOTS = 64;

/**
 * Where each record of a block begins, by a hash of its counter's name: a table with open addressing and linear probing. Records are only
 * added and moved.
 *
 * Invariant: at most three quarters of the slots are taken.
 */
export class RecordTable {
  /** Where a record begins, plus 1; 0: the slot is free. */
  readonly #slots: Uint32Array;
  #taken = 0;

  /** With room for half as many records more. */
  constructor(records: number) {
    let slots = MIN_SLOTS;
    while (slots < 2 * records) slots *= 2;
    this.#slots = new Uint32Array(slots);
  }

  /** No record can be added. */
  get isFull(): boolean {
    return 4 * (this.#taken + 1) > 3 * this.#slots.length;
  }

  /** The first slot where a record with this hash may be. */
  slotOf(hash: number): number {
    return hash & (this.#slots.length - 1);
  }

  /** The slot where it may be otherwise. */
  after(slot: number): number {
    return (slot + 1) & (this.#slots.length - 1);
  }

  /** Where the record of a slot begins; -1: the slot is free, and there is no such record. */
  at(slot: number): number {
    return (this.#slots[slot] as number) - 1;
  }

  /** Adds a record that is not here. */
  add(hash: number, at: number): void {
    let slot = this.slotOf(hash);
    while (this.#slots[slot] !== 0) slot = this.after(slot);
    this.#slots[slot] = at + 1;
    this.#taken++;
  }

  /** All records behind `at` begin `by` bytes later. */
  move(at: number, by: number): void {
    if (by === 0) return;
    for (let slot = 0; slot < this.#slots.length; slot++)
      if ((this.#slots[slot] as number) > at + 1) this.#slots[slot] = (this.#slots[slot] as number) + by;
  }
}
