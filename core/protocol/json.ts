/**
 * A strict reader for JSON text. `JSON.parse` will not do by itself: it loses the spelling of numbers (`3.0`, integers
 * beyond 2^53) and repeated keys, and takes lone surrogates and `1e309`.
 */
import { Float64 } from "./float64.ts";
import { MAX_U64 } from "./u64.ts";

/**
 * How deep arrays and objects can be nested. Deeper text is refused: the reader calls itself once per level, and no
 * message of the protocol comes near it.
 */
export const MAX_JSON_DEPTH = 128;

/**
 * An object as it was written: its keys in order, repeated ones too. A list, since most objects are asked for a few known
 * keys, which takes less time than it takes to build a map; and no plain object, where keys from outside would meet a
 * prototype.
 */
export class JsonObject {
  /** The keys. They can be slices of the text: see {@linkcode ownedKey}. */
  readonly keys: Array<string> = [];
  /** The values, each at the place of its key. */
  readonly values: Array<JsonValue> = [];

  /** The value of a key, the last one where it is repeated. */
  get(key: string): JsonValue | undefined {
    return this.values[this.keys.lastIndexOf(key)];
  }

  /** Whether a key occurs more than once. */
  repeats(key: string): boolean {
    return this.keys.indexOf(key) !== this.keys.lastIndexOf(key);
  }
}

/**
 * A JSON value. A number written without fraction and exponent is a `number` where that is exact, else a `bigint` from
 * the least i64 to the greatest u64; all other numbers are `Float64`, integers beyond that range and `-0` among them.
 */
export type JsonValue =
  | null
  | boolean
  | string
  | number
  | bigint
  | Float64
  | ReadonlyArray<JsonValue>
  | JsonObject;

/** Why text is no JSON, or none that is taken. */
export class JsonError {
  /** What was wrong, as a class. */
  readonly reason: "json-eof" | "json-syntax" | "json-recursion-limit" | "json-number-range";
  /** Where, in UTF-16 units from the start. */
  readonly offset: number;
  /** What was wrong, in words. */
  readonly detail: string;

  /** An error at that place. */
  constructor(reason: JsonError["reason"], offset: number, detail: string) {
    this.reason = reason;
    this.offset = offset;
    this.detail = detail;
  }
}

/** Reads one JSON value; nothing but white space may stand around it. Takes time linear in the text's length. */
export function parseJson(text: string): JsonValue | JsonError {
  // Text that was decoded from bytes is well-formed anyway; text from elsewhere might not be.
  if (!text.isWellFormed()) return new JsonError("json-syntax", 0, "the text has half a surrogate pair");
  return new JsonReader(text).document();
}

/** Whether a value is an object. */
export function isJsonObject(value: JsonValue): value is JsonObject {
  return value instanceof JsonObject;
}

/** Whether a value is an array. (`Array.isArray` does not narrow readonly arrays.) */
export function isJsonArray(value: JsonValue): value is ReadonlyArray<JsonValue> {
  return Array.isArray(value);
}

const MIN_I64 = -(2n ** 63n);
/** Longer than the longest integer of the range, sign included: no need to make a big integer of it first. */
const MAX_INTEGER_LENGTH = 20;

/** Strings can be slices of text of up to this many units: it does no harm that they keep the whole of it in memory. */
const SMALL_TEXT = 4096;
/** Longer strings are found faster by searching for their end. */
const MAX_PLAIN = 64;

const QUOTE = 0x22;
const COMMA = 0x2c;
const MINUS = 0x2d;
const COLON = 0x3a;
const OPEN_BRACKET = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

/** Reads from the left; a method that fails notes why in `failure` and returns undefined. */
class JsonReader {
  readonly text: string;
  position = 0;
  depth = 0;
  failure: JsonError | undefined = undefined;
  readonly number: RegExp = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;

  constructor(text: string) {
    this.text = text;
  }

  document(): JsonValue | JsonError {
    this.space();
    const value = this.value();
    if (value === undefined) return this.failure!;
    this.space();
    if (this.position < this.text.length) {
      return new JsonError("json-syntax", this.position, "something stands behind the value");
    }
    return value;
  }

  value(): JsonValue | undefined {
    const code = this.text.charCodeAt(this.position);
    switch (code) {
      case OPEN_BRACE:
        return this.nested(true);
      case OPEN_BRACKET:
        return this.nested(false);
      case QUOTE:
        return this.string();
      case 0x74:
        return this.word("true", true);
      case 0x66:
        return this.word("false", false);
      case 0x6e:
        return this.word("null", null);
    }
    if (code === MINUS || (code >= 0x30 && code <= 0x39)) return this.numeral();
    return this.unexpected("a value");
  }

  nested(object: boolean): JsonValue | undefined {
    if (this.depth === MAX_JSON_DEPTH) {
      return this.fail("json-recursion-limit", this.position, `nested more than ${MAX_JSON_DEPTH} deep`);
    }
    this.depth++;
    this.position++;
    this.space();
    const value = object ? this.object() : this.array();
    this.depth--;
    return value;
  }

  object(): JsonObject | undefined {
    const object = new JsonObject();
    if (this.taken(CLOSE_BRACE)) return object;
    for (;;) {
      if (this.text.charCodeAt(this.position) !== QUOTE) return this.unexpected("a key");
      // Keys seldom outlive the reading; where they do, in maps, they are made strings of their own.
      const key = this.plain() ?? this.quoted();
      if (key === undefined) return undefined;
      this.space();
      if (!this.taken(COLON)) return this.unexpected("a colon");
      this.space();
      const value = this.value();
      if (value === undefined) return undefined;
      object.keys.push(key);
      object.values.push(value);
      this.space();
      if (this.taken(CLOSE_BRACE)) return object;
      if (!this.taken(COMMA)) return this.unexpected("a comma or the end of the object");
      this.space();
    }
  }

  array(): ReadonlyArray<JsonValue> | undefined {
    const items: Array<JsonValue> = [];
    if (this.taken(CLOSE_BRACKET)) return items;
    for (;;) {
      const value = this.value();
      if (value === undefined) return undefined;
      items.push(value);
      this.space();
      if (this.taken(CLOSE_BRACKET)) return items;
      if (!this.taken(COMMA)) return this.unexpected("a comma or the end of the list");
      this.space();
    }
  }

  string(): string | undefined {
    return this.text.length <= SMALL_TEXT ? this.plain() ?? this.quoted() : this.quoted();
  }

  /** A short string without escapes, as a slice of the text; undefined, with nothing read, where it is not one. */
  plain(): string | undefined {
    const text = this.text;
    const start = this.position + 1;
    const stop = start + MAX_PLAIN;
    for (let at = start; at < stop; at++) {
      const code = text.charCodeAt(at);
      if (code === QUOTE) {
        this.position = at + 1;
        return text.slice(start, at);
      }
      // False at the end of the text, too, where the code is NaN.
      if (!(code >= 0x20) || code === BACKSLASH) return undefined;
    }
    return undefined;
  }

  /** Any string. It is one of its own: a slice would keep the whole text in memory for as long as it is used. */
  quoted(): string | undefined {
    const text = this.text;
    const start = this.position;
    let end = text.indexOf('"', start + 1);
    while (end !== -1 && escaped(text, start, end)) end = text.indexOf('"', end + 1);
    if (end === -1) return this.fail("json-eof", text.length, "the text ends within a string");
    this.position = end + 1;
    // For what stands between the quotes there is nothing faster.
    let value: string;
    try {
      value = JSON.parse(text.slice(start, end + 1));
    } catch {
      return this.fail("json-syntax", start, "the string has a control character or an escape that is none");
    }
    // Without an escape it is as well-formed as the text.
    if (value.length === end - start - 1 || value.isWellFormed()) return value;
    return this.fail("json-syntax", start, "the string has half a surrogate pair");
  }

  numeral(): JsonValue | undefined {
    const start = this.position;
    this.number.lastIndex = start;
    if (!this.number.test(this.text)) {
      this.position = start + 1;
      return this.unexpected("a digit");
    }
    const end = this.number.lastIndex;
    this.position = end;
    // What cuts a number short shows behind it: `1.`, `1e` and `1e+` at the end of the text, `01` and `1.x` elsewhere.
    const next = this.text.charCodeAt(end);
    if (next === 0x2e || (next | 0x20) === 0x65) return this.brokenNumeral(end);
    const value = numberOf(this.text.slice(start, end));
    if (value === undefined) return this.fail("json-number-range", start, "the number is too large for a float");
    return value;
  }

  brokenNumeral(end: number): undefined {
    let position = end + 1;
    const sign = this.text.charCodeAt(position);
    if (this.text.charCodeAt(end) !== 0x2e && (sign === 0x2b || sign === MINUS)) position++;
    this.position = position;
    return this.unexpected("a digit");
  }

  word(word: string, value: boolean | null): boolean | null | undefined {
    if (this.text.startsWith(word, this.position)) {
      this.position += word.length;
      return value;
    }
    let length = 1;
    while (this.text.charCodeAt(this.position + length) === word.charCodeAt(length)) length++;
    this.position += length;
    return this.unexpected(`\`${word}\``);
  }

  space(): void {
    for (;;) {
      const code = this.text.charCodeAt(this.position);
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return;
      this.position++;
    }
  }

  taken(code: number): boolean {
    if (this.text.charCodeAt(this.position) !== code) return false;
    this.position++;
    return true;
  }

  unexpected(wanted: string): undefined {
    if (this.position >= this.text.length) {
      return this.fail("json-eof", this.text.length, `the text ends where ${wanted} is expected`);
    }
    const found = String.fromCodePoint(this.text.codePointAt(this.position)!);
    return this.fail("json-syntax", this.position, `expected ${wanted}, found ${JSON.stringify(found)}`);
  }

  fail(reason: JsonError["reason"], offset: number, detail: string): undefined {
    this.failure = new JsonError(reason, offset, detail);
    return undefined;
  }
}

/** The key as a string of its own, and not a slice that keeps the whole text in memory. */
export function ownedKey(key: string): string {
  return JSON.parse(JSON.stringify(key));
}

/** Whether the quote at `end` belongs to the string that starts at `start`: an odd number of backslashes is before it. */
function escaped(text: string, start: number, end: number): boolean {
  let first = end;
  while (first - 1 > start && text.charCodeAt(first - 1) === BACKSLASH) first--;
  return (end - first) % 2 === 1;
}

function numberOf(text: string): number | bigint | Float64 | undefined {
  const value = Number(text);
  if (!Number.isFinite(value)) return undefined;
  const integer = /^-?[0-9]+$/.test(text);
  if (!integer || Object.is(value, -0)) return new Float64(value);
  if (Number.isSafeInteger(value)) return value;
  if (text.length > MAX_INTEGER_LENGTH) return new Float64(value);
  const exact = BigInt(text);
  return exact >= MIN_I64 && exact <= MAX_U64 ? exact : new Float64(value);
}
