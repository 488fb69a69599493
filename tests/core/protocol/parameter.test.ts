import { describe, expect, it } from "vitest";
import {
  checkParameter,
  type ClientMessage,
  decodeClientText,
  DecodeError,
  encodeClientText,
  Float64,
  InvalidParameter,
  MAX_PARAMETER_DEPTH,
  type Parameter,
  parameterType,
  type ParameterValue,
} from "../../../core/protocol/mod.ts";

/** Reads a parameter from the JSON of its fields. */
function read(json: string): Parameter | DecodeError {
  const message: ClientMessage | DecodeError = decodeClientText(`{"op":"setParameters","parameters":[${json}]}`);
  if (message instanceof DecodeError) return message;
  return message.op === "setParameters" ? message.parameters[0]! : expect.unreachable();
}

function value(json: string): ParameterValue | undefined {
  const parameter = read(`{"name":"p",${json}}`);
  return parameter instanceof DecodeError ? expect.unreachable(parameter.message) : parameter.value;
}

function reason(json: string): string | undefined {
  const parameter = read(`{"name":"p",${json}}`);
  return parameter instanceof DecodeError ? parameter.reason : undefined;
}

/** The JSON of a parameter's fields. */
function written(parameter: Parameter): string {
  const text = encodeClientText({ op: "setParameters", parameters: [parameter] });
  return text.slice('{"op":"setParameters","parameters":['.length, -"]}".length);
}

function nested(depth: number): ParameterValue {
  let value: ParameterValue = [];
  for (let level = 1; level < depth; level++) value = [value];
  return value;
}

describe("reading numbers (M-11)", () => {
  it("an integer without a type stays one", () => expect(value('"value":123')).toBe(123));
  it("an integer of type float64 is a float", () => {
    expect(read('{"name":"p","type":"float64","value":123}')).toEqual({ name: "p", type: "float64", value: 123 });
  });
  it("integers of type float64_array are floats", () => {
    expect(value('"type":"float64_array","value":[123,456]')).toEqual([123, 456]);
  });
  it("a fraction is a float without a type, too", () => expect(value('"value":1.23')).toBe(1.23));
  it("integers and floats in one array become floats", () => {
    expect(value('"value":[1,2.5]')).toEqual([new Float64(1), 2.5]);
  });
  it("numbers and text in one array are an error", () => expect(reason('"value":[1,2.5,"three"]')).toBe("mixed-array"));

  it("a whole float without a type is told from an integer", () => {
    expect(value('"value":3.0')).toEqual(new Float64(3));
    expect(value('"value":[3e0,4.0]')).toEqual([new Float64(3), new Float64(4)]);
    expect(value('"value":{"a":[[1.0,1]]}')).toEqual(new Map([["a", [[new Float64(1), 1]]]]));
  });
  it("integers beyond 2^53 - 1 are bigint up to i64, and floats beyond", () => {
    expect(value('"value":9007199254740993')).toBe(9007199254740993n);
    expect(value('"value":-9223372036854775808')).toBe(-9223372036854775808n);
    expect(value('"value":9223372036854775808')).toBe(9223372036854775808);
    expect(value('"value":[9223372036854775808]')).toEqual([9223372036854775808]);
    expect(value('"value":[[1,9223372036854775808]]')).toEqual([[1, 9223372036854775808]]);
  });
  it("-0 is a float", () => expect(value('"value":-0')).toBe(-0));
  it("a number too large for a float is an error", () => expect(reason('"value":1e309')).toBe("json-number-range"));
});

describe("reading the rest (M-12)", () => {
  it("booleans, lists of them, and text", () => {
    expect(value('"value":true')).toBe(true);
    expect(value('"value":[true,false]')).toEqual([true, false]);
    expect(value('"value":""')).toBe("");
  });
  it("a name alone is an unset parameter", () => expect(read('{"name":"p"}')).toEqual({ name: "p" }));
  it("a type without a value is unset, too", () => {
    expect(read('{"name":"p","type":"byte_array"}')).toEqual({ name: "p", type: "byte_array" });
  });
  it("base64 of type byte_array is bytes", () => {
    expect(value('"type":"byte_array","value":"ECAw"')).toEqual(Uint8Array.of(16, 32, 48));
  });
  it("base64 without a type is text", () => expect(value('"value":"ECAw"')).toBe("ECAw"));
  it.each(["!!!!", "ECA", "ECAw\\n", "ECA w", "-_-_", "ECB=", "EB==", "E===", "===="])("%s is no base64", (text) => {
    expect(reason(`"type":"byte_array","value":"${text}"`)).toBe("invalid-base64");
  });
  it("of a repeated key the last value counts, deeper down as well", () => {
    expect(value('"value":1,"value":{"a":1,"b":2,"a":3}')).toEqual(new Map([["a", 3], ["b", 2]]));
  });
  it("keys that look like numbers or prototypes are keys like others", () => {
    expect(value('"value":{"10":1,"9":2,"__proto__":3}')).toEqual(new Map([["10", 1], ["9", 2], ["__proto__", 3]]));
  });

  it.each([
    ["a key that is none of the three", '"value":1,"unit":"m"', "unknown-field"],
    ["null as type", '"type":null', "invalid-type"],
    ["null as value", '"value":null', "no-variant"],
    ["null deeper down", '"value":[[null]]', "no-variant"],
    ["an unknown type", '"type":"int64","value":1', "unknown-variant"],
    ["a type that is no text", '"type":1', "invalid-type"],
    ["byte_array of a number", '"type":"byte_array","value":1', "parameter-type-mismatch"],
    ["byte_array of null", '"type":"byte_array","value":null', "parameter-type-mismatch"],
    ["float64 of text", '"type":"float64","value":"1"', "parameter-type-mismatch"],
    ["float64 of an array", '"type":"float64","value":[1]', "parameter-type-mismatch"],
    ["float64 of null", '"type":"float64","value":null', "parameter-type-mismatch"],
    ["float64_array of a number", '"type":"float64_array","value":1', "parameter-type-mismatch"],
    ["float64_array of text", '"type":"float64_array","value":[1,"2"]', "parameter-type-mismatch"],
    ["an array of a number and a map", '"value":[1,{}]', "mixed-array"],
    ["an array of a float and null", '"value":[1.5,null]', "mixed-array"],
  ])("%s is an error", (_, json, expected) => expect(reason(json)).toBe(expected));

  it("a parameter without a name, or that is none, is an error", () => {
    expect(read('{"value":1}')).toMatchObject({ reason: "missing-field", where: "parameters[0].name" });
    expect(read('{"name":1}')).toMatchObject({ reason: "invalid-type", where: "parameters[0].name" });
    expect(read("[]")).toMatchObject({ reason: "invalid-type", where: "parameters[0]" });
  });
  it("one bad parameter fails the whole message", () => {
    expect(read('{"name":"good"},{"name":"bad","value":null}')).toMatchObject({ where: "parameters[1].value" });
  });
});

describe("writing (M-13)", () => {
  it.each<readonly [string, Parameter, string]>([
    ["a float", { name: "p", value: 2.5 }, '{"name":"p","type":"float64","value":2.5}'],
    ["a whole float", { name: "p", type: "float64", value: 2 }, '{"name":"p","type":"float64","value":2.0}'],
    ["a float array", { name: "p", value: [1, 2.5] }, '{"name":"p","type":"float64_array","value":[1.0,2.5]}'],
    [
      "whole floats",
      { name: "p", type: "float64_array", value: [1, 2] },
      '{"name":"p","type":"float64_array","value":[1.0,2.0]}',
    ],
    ["an integer", { name: "p", value: 7 }, '{"name":"p","value":7}'],
    ["a large integer", { name: "p", value: 9007199254740993n }, '{"name":"p","value":9007199254740993}'],
    ["integers", { name: "p", value: [1, -2] }, '{"name":"p","value":[1,-2]}'],
    ["text", { name: "p", value: "é" }, '{"name":"p","value":"é"}'],
    ["bytes", { name: "p", value: Uint8Array.of(0x10, 0x20, 0x30) }, '{"name":"p","type":"byte_array","value":"ECAw"}'],
    ["a boolean", { name: "p", value: true }, '{"name":"p","value":true}'],
    ["a map, its keys sorted", {
      name: "p",
      value: new Map<string, ParameterValue>([["b", [1, new Float64(1)]], ["a", "x"]]),
    }, '{"name":"p","value":{"a":"x","b":[1,1.0]}}'],
    ["an unset parameter", { name: "p" }, '{"name":"p"}'],
    ["a marked float", { name: "p", value: new Float64(3) }, '{"name":"p","value":3.0}'],
    ["marked floats", { name: "p", value: [new Float64(3), new Float64(4)] }, '{"name":"p","value":[3.0,4.0]}'],
    ["no elements", { name: "p", value: [] }, '{"name":"p","value":[]}'],
    ["-0", { name: "p", value: -0 }, '{"name":"p","type":"float64","value":-0.0}'],
    [
      "a float beyond 2^53",
      { name: "p", value: 2 ** 53 },
      '{"name":"p","type":"float64","value":9007199254740992.0}',
    ],
    ["a float with an exponent", { name: "p", value: 1e300 }, '{"name":"p","type":"float64","value":1e+300}'],
    ["fractions deeper down", { name: "p", value: [[1, 2.5]] }, '{"name":"p","value":[[1,2.5]]}'],
  ])("%s", (_, parameter, json) => {
    expect(written(parameter)).toBe(json);
    expect(checkParameter(parameter)).toBeUndefined();
  });

  it("what JSON has no word for is written as null, as the reference does", () => {
    expect(written({ name: "p", value: Number.NaN })).toBe('{"name":"p","type":"float64","value":null}');
    expect(written({ name: "p", value: [[Infinity]] })).toBe('{"name":"p","value":[[null]]}');
  });
  it("a value that contains itself is cut off, and does not hang", () => {
    const endless: Array<ParameterValue> = [];
    endless.push(endless);
    expect(written({ name: "p", value: endless })).toContain("[null]");
    expect(checkParameter({ name: "p", value: endless })).toBeInstanceOf(InvalidParameter);
  });
});

describe("checkParameter", () => {
  it.each<readonly [string, Parameter]>([
    ["NaN", { name: "p", value: Number.NaN }],
    ["an infinite float deeper down", { name: "p", value: new Map([["a", [new Float64(Infinity)]]]) }],
    ["an integer beyond 64 bits", { name: "p", value: 2n ** 63n }],
    ["bytes within an array", { name: "p", value: [Uint8Array.of(1)] }],
    ["bytes of type float64", { name: "p", type: "float64", value: Uint8Array.of(1) }],
    ["text of type byte_array", { name: "p", type: "byte_array", value: "ECAw" }],
    ["text in a float64_array", { name: "p", type: "float64_array", value: [1, "2"] }],
    ["a number of type float64_array", { name: "p", type: "float64_array", value: 1 }],
    ["numbers mixed with text", { name: "p", value: [1, "a"] }],
    ["half a surrogate pair", { name: "p", value: ["\ud800"] }],
    ["half a surrogate pair in a key", { name: "p", value: new Map([["\ud800", 1]]) }],
    ["nesting beyond the reader's bound", { name: "p", value: nested(MAX_PARAMETER_DEPTH + 1) }],
  ])("refuses %s, which would not arrive", (_, parameter) => {
    expect(checkParameter(parameter)).toMatchObject({ _tag: "InvalidParameter", name: "p" });
  });

  it("lets pass exactly the nesting that a reader takes", () => {
    const parameter = { name: "p", value: nested(MAX_PARAMETER_DEPTH) };
    expect(checkParameter(parameter)).toBeUndefined();
    expect(read(written(parameter))).toEqual(parameter);
  });
});

describe("Float64", () => {
  it("counts as its number and is written with a fraction", () => {
    expect(new Float64(3).valueOf() + 0.5).toBe(3.5);
    expect(`${new Float64(3)} ${new Float64(-0)} ${new Float64(1e21)} ${new Float64(0.5)}`).toBe("3.0 -0.0 1e+21 0.5");
    expect(JSON.stringify({ a: new Float64(3) })).toBe('{"a":3}');
  });
  it("needs no type where a plain number would", () => {
    expect(parameterType({ name: "p", value: new Float64(3) })).toBeUndefined();
    expect(parameterType({ name: "p", value: 3.5 })).toBe("float64");
  });
});
