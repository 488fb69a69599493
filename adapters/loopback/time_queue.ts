/**
 * A queue ordered by time, then by order of arrival.
 */

interface Entry<A> {
  readonly time: number;
  readonly order: number;
  readonly value: A;
}

/** The queue: a binary heap. */
export class TimeQueue<A> {
  readonly #heap: Array<Entry<A>> = [];
  #order = 0;

  /** How many values are queued. */
  get size(): number {
    return this.#heap.length;
  }

  /** The time of the first value; Infinity when there is none. */
  get next(): number {
    return this.#heap[0]?.time ?? Infinity;
  }

  /** Queues a value. */
  add(time: number, value: A): void {
    const entry: Entry<A> = { time, order: this.#order++, value };
    this.#heap.push(entry);
    this.#rise(this.#heap.length - 1, entry);
  }

  /** Takes the first value out if its time is not after `until`. */
  take(until: number): A | undefined {
    const first = this.#heap[0];
    if (first === undefined || first.time > until) return undefined;
    this.#removeAt(0);
    return first.value;
  }

  /** Takes that value out, wherever it is. */
  remove(value: A): void {
    const index = this.#heap.findIndex((entry) => entry.value === value);
    if (index >= 0) this.#removeAt(index);
  }

  #removeAt(index: number): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || index === heap.length) return;
    heap[index] = last;
    this.#sink(this.#rise(index, last), last);
  }

  #rise(from: number, entry: Entry<A>): number {
    const heap = this.#heap;
    let index = from;
    while (index > 0) {
      const up = (index - 1) >> 1;
      const parent = heap[up];
      if (parent === undefined || before(parent, entry)) break;
      heap[index] = parent;
      index = up;
    }
    heap[index] = entry;
    return index;
  }

  #sink(from: number, entry: Entry<A>): void {
    const heap = this.#heap;
    let index = from;
    for (;;) {
      const left = 2 * index + 1;
      const one = heap[left];
      if (one === undefined) break;
      const other = heap[left + 1];
      const child = other !== undefined && before(other, one) ? left + 1 : left;
      const smaller = heap[child];
      if (smaller === undefined || before(entry, smaller)) break;
      heap[index] = smaller;
      index = child;
    }
    heap[index] = entry;
  }
}

function before<A>(one: Entry<A>, other: Entry<A>): boolean {
  return one.time < other.time || (one.time === other.time && one.order < other.order);
}
