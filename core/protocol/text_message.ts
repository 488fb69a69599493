/**
 * What the text messages of both directions have in common: they are JSON objects, and `op` says which message it is.
 */
import { DecodeError } from "./errors.ts";
import { isJsonObject, JsonError, type JsonValue, parseJson } from "./json.ts";
import { describe, ObjectShape, Shape, shortened } from "./shape.ts";

/** A message whose `op` has been read. */
export interface OpenTextMessage {
  /** The message's `op`. */
  readonly op: string;
  /** Notes what is wrong with the rest. */
  readonly shape: Shape;
  /** The keys of the message. */
  readonly keys: ObjectShape;
}

const WHAT = "text message";

/** Reads JSON text as far as its `op`. */
export function openTextMessage(text: string): OpenTextMessage | DecodeError {
  const json = parseJson(text);
  if (json instanceof JsonError) {
    return new DecodeError({ reason: json.reason, what: WHAT, where: `offset ${json.offset}`, detail: json.detail });
  }
  const op = readOp(json);
  if (op instanceof DecodeError) return op;
  const shape = new Shape(shortened(op));
  return { op, shape, keys: new ObjectShape(shape, json, "") };
}

function readOp(json: JsonValue): string | DecodeError {
  if (!isJsonObject(json)) return wrong("invalid-type", "the start", `expected an object, found ${describe(json)}`);
  const op = json.get("op");
  if (op === undefined) return wrong("missing-op", "op", "the key is missing");
  if (json.repeats("op")) return wrong("duplicate-field", "op", "the key occurs more than once");
  return typeof op === "string" ? op : wrong("invalid-type", "op", `expected a string, found ${describe(op)}`);
}

function wrong(reason: DecodeError["reason"], where: string, detail: string): DecodeError {
  return new DecodeError({ reason, what: WHAT, where, detail });
}

/** The error for an `op` that this direction does not have. */
export function unknownOp(op: string): DecodeError {
  return wrong("unknown-variant", "op", `${JSON.stringify(shortened(op))} is no message of this direction`);
}
