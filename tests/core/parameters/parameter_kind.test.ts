import fc from "fast-check";
import { assert, describe, it } from "vitest";
import { conform, kindOf, type ParameterKind, sameValue } from "../../../core/parameters/parameter_kind.ts";
import { checkParameter, Float64, type ParameterValue } from "../../../core/protocol/mod.ts";
import { formatParameters, type Parameter, parseParameters } from "../../../mod.ts";

function kept(kind: ParameterKind, value: ParameterValue): ParameterValue | undefined | string {
  const conformed = conform(kind, { name: "p", value });
  return typeof conformed === "string" ? `refused: ${conformed}` : conformed.value;
}

const map = new Map<string, ParameterValue>([["a", 1], ["b", [true]]]);

describe("the kind of a parameter", () => {
  it("follows from the value where none is declared", () => {
    const kinds = ([true, "x", 3, 3n, 1.5, new Float64(3), new Uint8Array(1), [1, 2.5], [1, 2], ["x"], map] as const)
      .map((value) => kindOf({ name: "p", value }));
    assert.deepEqual(kinds, [
      "boolean",
      "string",
      "number",
      "number",
      "float64",
      "float64",
      "byte_array",
      "float64_array",
      "array",
      "array",
      "map",
    ]);
    assert.equal(kindOf({ name: "p" }), "any");
  });

  it("takes what fits, floats from integers too, and nothing that would be rounded", () => {
    assert.deepEqual(conform("float64", { name: "p", value: 2 }), { name: "p", type: "float64", value: 2 });
    assert.deepEqual(conform("float64_array", { name: "p", value: [1, new Float64(2), 3n] }), {
      name: "p",
      type: "float64_array",
      value: [1, 2, 3],
    });
    assert.strictEqual(kept("float64", 2n ** 60n), 2 ** 60);
    assert.match(
      String(kept("float64", 2n ** 60n + 1n)),
      /^refused: it must be a number that a float can hold: received/,
    );
    assert.strictEqual(kept("integer", 7n), 7);
    assert.strictEqual(kept("integer", -(2n ** 63n)), -(2n ** 63n));
    assert.deepEqual(kept("integer_array", [1, 2n ** 62n]), [1, 2n ** 62n]);
    assert.deepEqual(kept("map", map), map);
  });

  it("makes floats of integers in an array with floats, as a reader does, unless that would round one", () => {
    const floats = { name: "p", type: "float64_array" as const, value: [1, 2.5, 2 ** 53] };
    assert.deepEqual(conform("any", { name: "p", value: [1, new Float64(2.5), 2n ** 53n] }), floats);
    assert.deepEqual(kept("array", [1, 2, 2n ** 53n + 1n]), [1, 2, 2n ** 53n + 1n]);
    assert.match(
      String(kept("any", [2n ** 53n + 1n, 0.5])),
      /^refused: it must be an array of numbers that floats can hold/,
    );
  });

  it("refuses what is of another type, and says what is needed", () => {
    const wrong: ReadonlyArray<readonly [ParameterKind, ParameterValue, string]> = [
      ["boolean", 1, "it must be true or false: received number 1"],
      ["integer", 1.5, "it must be an integer of 64 bits: received number 1.5"],
      ["integer", new Float64(2), "it must be an integer of 64 bits: received the float 2.0"],
      ["integer", 2n ** 63n, `${2n ** 63n} is beyond 64 bits with sign`],
      ["number", "3", "it must be a number: received text"],
      ["number", NaN, "NaN is no JSON number"],
      ["string", new Uint8Array(), "it must be text: received bytes"],
      ["byte_array", "AAAA", "it must be bytes: received text"],
      ["boolean_array", [true, 1], "it must be an array of true and false: received an array that does not fit"],
      ["string_array", ["a", 1], "it must be an array of texts: received an array that does not fit"],
      [
        "float64_array",
        [1, "2"],
        "it must be an array of numbers that floats can hold: received an array that does not fit",
      ],
      ["map", [1], "it must be a map: received an array that does not fit"],
      ["any", [1, "mixed"], "its value is an array that mixes numbers with something else"],
    ];
    for (const [kind, value, detail] of wrong) assert.equal(conform(kind, { name: "p", value }), detail, kind);
    const odd: ReadonlyArray<unknown> = [null, {}, Symbol("x"), () => 1, [undefined], new Map([["a", null]])];
    for (const value of odd) {
      assert.isString(conform("any", { name: "p", value: value as ParameterValue }), String(value));
    }
    const cycle: Array<ParameterValue> = [];
    cycle.push(cycle);
    assert.isString(conform("any", { name: "p", value: cycle }));
  });

  it("keeps a copy that whoever has given the value cannot change", () => {
    const bytes = new Uint8Array([1]);
    const deep = [[1]];
    const copies = [kept("any", bytes), kept("any", deep)];
    bytes[0] = 9;
    deep[0]![0] = 9;
    assert.deepEqual(copies, [new Uint8Array([1]), [[1]]]);
  });
});

const scalar = fc.oneof(
  fc.integer(),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => new Float64(value)),
  fc.boolean(),
  fc.string(),
);
const { value: anyValue } = fc.letrec<{ value: ParameterValue }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small" },
    scalar,
    fc.uint8Array(),
    fc.array(tie("value"), { maxLength: 4 }),
    fc.array(fc.tuple(fc.string(), tie("value")), { maxLength: 4 }).map((entries) => new Map(entries)),
  ),
}));

describe("parameters as text", () => {
  it("come back as they were: integers of 64 bits, bytes, floats that are whole", () => {
    fc.assert(
      fc.property(fc.array(anyValue, { maxLength: 5 }), (values) => {
        const parameters = values.flatMap((value, index): ReadonlyArray<Parameter> => {
          const conformed = conform("any", { name: `p${index}`, value });
          return typeof conformed === "string" || checkParameter(conformed) !== undefined ? [] : [conformed];
        });
        const read = parseParameters(formatParameters(parameters));
        if (!Array.isArray(read)) throw read;
        assert.equal(read.length, parameters.length);
        for (const [index, { name, value }] of parameters.entries()) {
          const again = conform("any", read[index]);
          assert.isTrue(typeof again !== "string" && again.name === name && sameValue(again.value, value));
        }
      }),
      { numRuns: 1000 },
    );
  });

  it("are refused when they are no such text, or have a name twice", () => {
    const wrong = ["", "[]", "{}", '{"parameters":{}}', '{"parameters":[{"name":"a","value":1}', '{"parameters":[1]}'];
    for (const text of wrong) assert.notInstanceOf(parseParameters(text), Array, text);
    const twice = parseParameters('{"parameters":[{"name":"a","value":1},{"name":"a","value":2}]}');
    assert.include(String(twice), 'the name "a" occurs twice');
  });
});
