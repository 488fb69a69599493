/**
 * Floats that must not be taken for integers.
 */
/**
 * A float whose value happens to be whole, such as `3.0`, where no type says that it is one: as a plain number it would be
 * taken for an integer.
 *
 * @example
 * ```ts
 * const three = new Float64(3);
 * [+three + 0.5, String(three)]; // => [3.5, "3.0"]
 * ```
 */
export class Float64 {
  /** The float. */
  readonly value: number;

  /** Marks the number as a float. */
  constructor(value: number) {
    this.value = value;
  }

  /** The float as a plain number, so that arithmetic works. */
  valueOf(): number {
    return this.value;
  }

  /** The float as JSON writes it, with a fraction or an exponent. */
  toString(): string {
    return floatText(this.value);
  }

  /** The float as a plain number: `JSON.stringify` has no spelling for the difference. */
  toJSON(): number {
    return this.value;
  }
}

/** The float as JSON writes it, with a fraction or an exponent; `null` where JSON has no word for it. */
export function floatText(value: number): string {
  if (!Number.isFinite(value)) return "null";
  if (Object.is(value, -0)) return "-0.0";
  const text = String(value);
  return Number.isInteger(value) && !text.includes("e") ? `${text}.0` : text;
}
