/**
 * Random ROS definitions, with random messages of them.
 */
import * as fc from "fast-check";

/** A definition's text, and a message of it. */
export interface RosCase {
  readonly definition: string;
  readonly message: Readonly<Record<string, unknown>>;
}

interface FieldType {
  readonly name: string;
  readonly value: fc.Arbitrary<unknown>;
}

const big = (min: bigint, max: bigint): fc.Arbitrary<unknown> => fc.bigInt({ min, max });
const float32 = fc.float({ noNaN: true });
// The writer of CDR that the messages are made with counts letters where it should count bytes.
const letters = fc.string({ unit: "grapheme-ascii", maxLength: 12 });
const anyText = fc.string({ unit: "grapheme", maxLength: 12 });

const numbers: ReadonlyArray<FieldType> = [
  { name: "int8", value: fc.integer({ min: -128, max: 127 }) },
  { name: "uint8", value: fc.integer({ min: 0, max: 255 }) },
  { name: "int16", value: fc.integer({ min: -32768, max: 32767 }) },
  { name: "uint16", value: fc.integer({ min: 0, max: 65535 }) },
  { name: "int32", value: fc.integer() },
  { name: "uint32", value: fc.integer({ min: 0, max: 0xffff_ffff }) },
  { name: "int64", value: big(-(2n ** 63n), 2n ** 63n - 1n) },
  { name: "uint64", value: big(0n, 2n ** 64n - 1n) },
  { name: "float32", value: float32 },
  { name: "float64", value: fc.double({ noNaN: true }) },
];

const simple = (generation: 1 | 2): ReadonlyArray<FieldType> => {
  const nanos = generation === 1 ? "nsec" : "nanosec";
  const time = fc.record({ sec: fc.integer({ min: 0, max: 2 ** 31 - 1 }), [nanos]: fc.nat({ max: 999_999_999 }) });
  return [
    ...numbers,
    { name: "bool", value: fc.boolean() },
    { name: "string", value: generation === 1 ? anyText : letters },
    { name: "time", value: time },
    { name: "duration", value: time },
  ];
};

/** A list of fields, as lines of a definition and with what a record of them looks like. */
function fields(types: ReadonlyArray<FieldType>): fc.Arbitrary<{ lines: string; value: fc.Arbitrary<unknown> }> {
  const shape = fc.constantFrom("one" as const, "many" as const, "three" as const);
  return fc.array(fc.tuple(fc.constantFrom(...types), shape), { minLength: 1, maxLength: 6 }).map((chosen) => {
    const parts: Record<string, fc.Arbitrary<unknown>> = {};
    const lines = chosen.map(([type, shape], index) => {
      const name = `field${index}`;
      const length = shape === "three" ? { minLength: 3, maxLength: 3 } : { maxLength: 12 };
      parts[name] = shape === "one" ? type.value : fc.array(type.value, length);
      return `${type.name}${shape === "one" ? "" : shape === "many" ? "[]" : "[3]"} ${name}`;
    });
    return { lines: ["int32 SOME=7", ...lines].join("\n"), value: fc.record(parts) };
  });
}

/** A definition with a type in a type in it, and a message. */
export function rosCase(generation: 1 | 2): fc.Arbitrary<RosCase> {
  const types = simple(generation);
  return fields(types).chain((leaf) =>
    fields([...types, { name: "test_msgs/Leaf", value: leaf.value }]).chain((branch) =>
      fields([
        ...types,
        { name: "test_msgs/Leaf", value: leaf.value },
        { name: "test_msgs/Branch", value: branch.value },
      ]).chain((root) => {
        const bar = "=".repeat(80);
        const definition = [
          root.lines,
          `${bar}\nMSG: test_msgs/Leaf\n${leaf.lines}`,
          `${bar}\nMSG: test_msgs/Branch\n${branch.lines}`,
        ].join("\n");
        return root.value.map((message) => ({ definition, message: message as RosCase["message"] }));
      })
    )
  );
}

/** Arrays of numbers as arrays, so that it does not matter which kind they are of. */
export function asArrays(value: unknown): unknown {
  if (value instanceof BigInt64Array || value instanceof BigUint64Array) return Array.from(value);
  if (ArrayBuffer.isView(value)) return Array.from(value as Uint8Array);
  if (Array.isArray(value)) return value.map(asArrays);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, asArrays(part)]));
}
