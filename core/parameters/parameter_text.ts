/**
 * Parameters as text to be kept: the JSON of the protocol, so that nothing of their types is lost.
 */
import { DecodeError } from "../protocol/errors.ts";
import { JsonError, parseJson } from "../protocol/json.ts";
import { parameterJson, readParameter } from "../protocol/parameter_json.ts";
import type { Parameter } from "../protocol/parameter.ts";
import { ObjectShape, Shape, shortened } from "../protocol/shape.ts";

const WHAT = "parameters";

/**
 * Writes parameters as JSON text that is fit for a file, one parameter a line. {@linkcode parseParameters} reads it: bytes,
 * integers of 64 bits and floats that are whole come back as what they were.
 *
 * @example
 * ```ts
 * import { formatParameters, parseParameters } from "@fieldlink/fieldlink";
 *
 * const text = formatParameters([{ name: "serial", value: 9007199254740993n }]);
 * console.log(parseParameters(text)); // [{ name: "serial", value: 9007199254740993n }]
 * ```
 */
export function formatParameters(parameters: ReadonlyArray<Parameter>): string {
  return `{"parameters":[\n${parameters.map(parameterJson).join(",\n")}\n]}\n`;
}

/**
 * Reads what {@linkcode formatParameters} has written, or what a person has made of it. Gives the first thing that is
 * wrong as an error: text that is no such JSON, a value that is not of its type, a name that occurs twice.
 *
 * @example
 * ```ts
 * import { parseParameters } from "@fieldlink/fieldlink";
 *
 * console.log(parseParameters('{"parameters":[{"name":"speed","type":"float64","value":2.0}]}'));
 * ```
 */
export function parseParameters(text: string): ReadonlyArray<Parameter> | DecodeError {
  const json = parseJson(text);
  if (json instanceof JsonError) {
    return new DecodeError({ reason: json.reason, what: WHAT, where: `offset ${json.offset}`, detail: json.detail });
  }
  const shape = new Shape(WHAT);
  const names = new Set<string>();
  const parameters = new ObjectShape(shape, json, "").list("parameters", (value, path) => {
    const parameter = readParameter(shape, value, path);
    if (names.has(parameter.name)) {
      shape.fail("duplicate-field", path, `the name ${JSON.stringify(shortened(parameter.name))} occurs twice`);
    }
    names.add(parameter.name);
    return parameter;
  });
  return shape.error ?? parameters;
}
