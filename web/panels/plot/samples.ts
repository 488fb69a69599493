/**
 * The numbers that a plot keeps and what of them it draws.
 */

/** Rows that are kept; the oldest goes first. */
export const MAX_SAMPLES = 65_536;
/** Lines of one plot. */
export const MAX_SERIES = 8;

/** How late a row may be, in s. */
const LATE_S = 1;

/** What is drawn: times, and the numbers of each series at them. */
export type Drawn = ReadonlyArray<ReadonlyArray<number | null>>;

/** A ring of rows: a time, in s, and a number for each series (NaN: none). */
export class Samples {
  readonly #capacity: number;
  readonly #times: Float64Array;
  readonly #series: Array<Float64Array> = [];
  /** Rows there have ever been since it was empty. */
  #count = 0;

  constructor(capacity: number = MAX_SAMPLES) {
    this.#capacity = capacity;
    this.#times = new Float64Array(capacity);
  }

  /** Rows that are kept. */
  get length(): number {
    return Math.min(this.#count, this.#capacity);
  }

  /** The series there are. */
  get seriesCount(): number {
    return this.#series.length;
  }

  /** The time of the newest row, in s; NaN where there is none. */
  get lastTime(): number {
    return this.#count === 0 ? NaN : this.#times[(this.#count - 1) % this.#capacity]!;
  }

  /** One more series; it has no numbers in the rows there are. */
  addSeries(): void {
    this.#series.push(new Float64Array(this.#capacity).fill(NaN));
  }

  /** Takes a series away, with its numbers. */
  removeSeries(index: number): void {
    this.#series.splice(index, 1);
  }

  /**
   * Adds a row. Where time goes back by more than a second, as in a recording that begins again, what was there before is
   * forgotten; a row that is a little late is drawn at the time of the newest.
   */
  add(time: number, numberOf: (series: number) => number): void {
    if (time < this.lastTime - LATE_S) this.clear();
    const at = this.#count % this.#capacity;
    this.#times[at] = this.#count === 0 ? time : Math.max(time, this.lastTime);
    this.#series.forEach((series, index) => {
      series[at] = numberOf(index);
    });
    this.#count += 1;
  }

  /** Forgets all rows. */
  clear(): void {
    this.#count = 0;
  }

  /** The newest number of a series; NaN where there is none. */
  last(series: number): number {
    return this.#count === 0 ? NaN : this.#series[series]![(this.#count - 1) % this.#capacity]!;
  }

  /**
   * The rows from a time to another, in s. Where they are more than twice as many as `buckets`, each of so many equal
   * spans of time is drawn as two points, with the least and the greatest number in it, so that no peak is lost.
   */
  drawn(from: number, to: number, buckets: number): Drawn {
    const first = this.#firstFrom(from);
    const end = this.#firstFrom(to, true);
    if (end - first <= buckets * 2) return this.#rows(first, end);
    return this.#extremes(first, end, { from, span: (to - from) / buckets });
  }

  #rows(first: number, end: number): Drawn {
    const rows: Array<Array<number | null>> = [this.#times, ...this.#series].map(() => []);
    for (let row = first; row < end; row += 1) {
      const at = row % this.#capacity;
      rows[0]!.push(this.#times[at]!);
      this.#series.forEach((series, index) => rows[index + 1]!.push(orNull(series[at]!)));
    }
    return rows;
  }

  #extremes(first: number, end: number, { from, span }: { readonly from: number; readonly span: number }): Drawn {
    const times: Array<number> = [];
    const columns: Array<Array<number | null>> = this.#series.map(() => []);
    for (let row = first; row < end;) {
      const bucket = Math.floor((this.#times[row % this.#capacity]! - from) / span);
      const until = from + (bucket + 1) * span;
      let next = row;
      do next += 1; while (next < end && this.#times[next % this.#capacity]! < until);
      times.push(from + (bucket + 0.25) * span, from + (bucket + 0.75) * span);
      this.#series.forEach((series, index) => columns[index]!.push(...this.#range(series, row, next)));
      row = next;
    }
    return [times, ...columns];
  }

  /** The least and the greatest of some rows, in the order in which they came. */
  #range(series: Float64Array, first: number, end: number): [number | null, number | null] {
    let [least, most, leastAt, mostAt] = [Infinity, -Infinity, first, first];
    for (let row = first; row < end; row += 1) {
      const number = series[row % this.#capacity]!;
      if (number < least) [least, leastAt] = [number, row];
      if (number > most) [most, mostAt] = [number, row];
    }
    if (least > most) return [null, null];
    return leastAt <= mostAt ? [least, most] : [most, least];
  }

  /** The first row of a time or later, or later alone; rows are numbered from the first there ever was. */
  #firstFrom(time: number, isAfter = false): number {
    let low = this.#count - this.length;
    let high = this.#count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const its = this.#times[middle % this.#capacity]!;
      if (its < time || (isAfter && its === time)) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function orNull(number: number): number | null {
  return Number.isNaN(number) ? null : number;
}
