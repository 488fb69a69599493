/**
 * Takes JSON values apart into messages. The first thing that is wrong is noted, and everything that is read afterwards is
 * only a stand-in: whoever reads asks once, at the end, whether there was an error.
 */
import { DecodeError, type DecodeErrorReason } from "./errors.ts";
import { Float64 } from "./float64.ts";
import { isJsonArray, isJsonObject, JsonObject, type JsonValue, ownedKey } from "./json.ts";

/** The greatest u32. */
export const MAX_U32 = 0xffffffff;

/** The error of one message, if there is one. */
export class Shape {
  /** The `op` of the message. */
  readonly what: string;
  /** What was wrong first. */
  error: DecodeError | undefined = undefined;

  /** Nothing wrong yet. */
  constructor(what: string) {
    this.what = what;
  }

  /** Notes an error, unless there is one already. */
  fail(reason: DecodeErrorReason, where: string, detail: string): void {
    if (this.error === undefined) this.error = new DecodeError({ reason, what: this.what, where, detail });
  }

  /** Notes that a value is not of the kind that is asked for. */
  mismatch(where: string, expected: string, value: JsonValue): void {
    this.fail("invalid-type", where, `expected ${expected}, found ${describe(value)}`);
  }
}

const NO_OBJECT = new JsonObject();

/**
 * The keys of one object. A key that occurs twice is an error where it is asked for; keys that nobody asks for are
 * ignored.
 */
export class ObjectShape {
  readonly #shape: Shape;
  readonly #object: JsonObject;
  readonly #path: string;

  /** The keys of a value that must be an object. */
  constructor(shape: Shape, value: JsonValue, path: string) {
    this.#shape = shape;
    this.#path = path;
    this.#object = isJsonObject(value) ? value : NO_OBJECT;
    if (!isJsonObject(value)) shape.mismatch(path, "an object", value);
  }

  /** The path of a key, for errors. */
  at(key: string): string {
    return this.#path === "" ? key : `${this.#path}.${key}`;
  }

  /** The value of a key; absent keys are errors. */
  required(key: string): JsonValue {
    const value = this.#get(key);
    if (value === undefined) this.#shape.fail("missing-field", this.at(key), "the key is missing");
    return value ?? null;
  }

  /** The value of a key, where `null` stands for an absent one. */
  optional(key: string): JsonValue | undefined {
    return this.#get(key) ?? undefined;
  }

  /** The value of a key, where `null` is a value like others. */
  present(key: string): JsonValue | undefined {
    return this.#get(key);
  }

  string(key: string): string {
    const value = this.required(key);
    if (typeof value === "string") return value;
    this.#shape.mismatch(this.at(key), "a string", value);
    return "";
  }

  optionalString(key: string): string | undefined {
    const value = this.optional(key);
    if (value === undefined || typeof value === "string") return value;
    this.#shape.mismatch(this.at(key), "a string", value);
    return undefined;
  }

  /** An id of 64 bits, of which 2^53 - 1 are taken. */
  u64(key: string): number {
    return integer(this.#shape, this.required(key), this.at(key), Number.MAX_SAFE_INTEGER);
  }

  /** An id of 64 bits that may be absent. */
  optionalU64(key: string): number | undefined {
    const value = this.optional(key);
    return value === undefined ? undefined : integer(this.#shape, value, this.at(key), Number.MAX_SAFE_INTEGER);
  }

  u32(key: string): number {
    return integer(this.#shape, this.required(key), this.at(key), MAX_U32);
  }

  /** A boolean that is false where it is absent. */
  flag(key: string): boolean {
    const value = this.present(key);
    if (value === undefined) return false;
    if (typeof value !== "boolean") this.#shape.mismatch(this.at(key), "a boolean", value);
    return value === true;
  }

  /** A list; `read` makes something of each item. */
  list<T>(key: string, read: (value: JsonValue, path: string) => T): ReadonlyArray<T> {
    return listOf(this.#shape, this.required(key), this.at(key), read);
  }

  /** A list that is empty where it is absent. */
  optionalList<T>(key: string, read: (value: JsonValue, path: string) => T): ReadonlyArray<T> {
    const value = this.present(key);
    return value === undefined ? [] : listOf(this.#shape, value, this.at(key), read);
  }

  strings(key: string): ReadonlyArray<string> {
    return this.list(key, this.#readString);
  }

  optionalStrings(key: string): ReadonlyArray<string> {
    return this.optionalList(key, this.#readString);
  }

  u64s(key: string): ReadonlyArray<number> {
    return this.list(key, (value, path) => integer(this.#shape, value, path, Number.MAX_SAFE_INTEGER));
  }

  u32s(key: string): ReadonlyArray<number> {
    return this.list(key, (value, path) => integer(this.#shape, value, path, MAX_U32));
  }

  /** A map from text to text that is empty where it is absent. Of a repeated key, the last value counts. */
  optionalMetadata(key: string): ReadonlyMap<string, string> {
    const metadata = new Map<string, string>();
    const value = this.present(key);
    if (value === undefined) return metadata;
    if (!isJsonObject(value)) {
      this.#shape.mismatch(this.at(key), "an object", value);
      return metadata;
    }
    for (const [index, name] of value.keys.entries()) {
      const text = value.values[index]!;
      if (typeof text === "string") metadata.set(ownedKey(name), text);
      else this.#shape.mismatch(`${this.at(key)}[${JSON.stringify(name.slice(0, 40))}]`, "a string", text);
    }
    return metadata;
  }

  readonly #readString = (value: JsonValue, path: string): string => {
    if (typeof value === "string") return value;
    this.#shape.mismatch(path, "a string", value);
    return "";
  };

  #get(key: string): JsonValue | undefined {
    if (this.#object.repeats(key)) {
      this.#shape.fail("duplicate-field", this.at(key), "the key occurs more than once");
    }
    return this.#object.get(key);
  }
}

function listOf<T>(
  shape: Shape,
  value: JsonValue,
  path: string,
  read: (value: JsonValue, path: string) => T,
): ReadonlyArray<T> {
  const items: Array<T> = [];
  if (!isJsonArray(value)) {
    shape.mismatch(path, "a list", value);
    return items;
  }
  for (let index = 0; index < value.length && shape.error === undefined; index++) {
    items.push(read(value[index]!, `${path}[${index}]`));
  }
  return items;
}

function integer(shape: Shape, value: JsonValue, path: string, max: number): number {
  if (typeof value === "number" && value >= 0 && value <= max) return value;
  if (typeof value !== "number" && typeof value !== "bigint") shape.mismatch(path, "an integer", value);
  else shape.fail("invalid-value", path, `${value} is not from 0 to ${max}`);
  return 0;
}

/** A value in a word or two, for errors. */
export function describe(value: JsonValue): string {
  if (value === null) return "null";
  if (typeof value === "string") return `the string ${JSON.stringify(shortened(value))}`;
  if (typeof value === "number" || typeof value === "bigint") return `the integer ${value}`;
  if (typeof value === "boolean") return String(value);
  if (value instanceof Float64) return `the float ${value}`;
  return isJsonArray(value) ? "a list" : "an object";
}

/** Text from a peer, cut to what belongs in an error. */
export function shortened(text: string): string {
  return text.length <= 40 ? text : `${text.slice(0, 40)}…`;
}
