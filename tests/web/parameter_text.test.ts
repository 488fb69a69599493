import { describe, expect, it } from "vitest";
import { Float64, type Parameter } from "../../mod.ts";
import { editingOf, valueText, withText } from "../../web/state/parameter_text.ts";

const examples: ReadonlyArray<readonly [Parameter, string, string]> = [
  [{ name: "a", value: true }, "switch", "true"],
  [{ name: "a", value: 7 }, "integer", "7"],
  [{ name: "a", value: 2n ** 60n }, "integer", "1152921504606846976"],
  [{ name: "a", value: 7, type: "float64" }, "float", "7"],
  [{ name: "a", value: new Float64(3) }, "float", "3"],
  [{ name: "a", value: 0.5, type: "float64" }, "float", "0.5"],
  [{ name: "a", value: 'say "hi"' }, "text", 'say "hi"'],
  [{ name: "a", value: [1, 2] }, "json", "[1,2]"],
  [{ name: "a", value: [1, 2], type: "float64_array" }, "json", "[1.0,2.0]"],
  [{ name: "value", value: new Map([["value", new Float64(1)]]) }, "json", '{"value":1.0}'],
  [{ name: "a", value: Uint8Array.of(0, 255), type: "byte_array" }, "bytes", "00 ff"],
];

describe("parameters as text", () => {
  it.each(examples)("show %o as %s %s, and give it back unchanged", (parameter, editing, text) => {
    expect(editingOf(parameter)).toBe(editing);
    expect(valueText(parameter)).toBe(text);
    if (editing === "bytes") return;
    const back = withText(parameter, text);
    if (typeof back === "string") throw new Error(back);
    expect({ ...back, type: undefined }).toEqual({ ...parameter, type: undefined });
    expect(editingOf(back)).toBe(editing);
  });

  it("keep what a value is when another one is typed", () => {
    expect(withText({ name: "a", value: 7, type: "float64" }, "8")).toEqual({ name: "a", value: 8, type: "float64" });
    expect(withText({ name: "a", value: 7 }, "9007199254740993")).toEqual({ name: "a", value: 9007199254740993n });
    expect(withText({ name: "a", value: "x" }, "7")).toEqual({ name: "a", value: "7" });
    expect(withText({ name: "a", value: [1, 2], type: "float64_array" }, "[3]"))
      .toEqual({ name: "a", value: [3], type: "float64_array" });
  });

  it.each<readonly [Parameter, string, RegExp]>([
    [{ name: "a", value: 7 }, "7.5", /no whole number/],
    [{ name: "a", value: 7 }, "99999999999999999999", /beyond 64 bits/],
    [{ name: "a", value: 7, type: "float64" }, "fast", /no number/],
    [{ name: "a", value: 7, type: "float64" }, " ", /no number/],
    [{ name: "a", value: [1] }, "[1,", /cannot be read/],
    [{ name: "a", value: [1] }, '1},{"name":"b","value":2', /cannot be read|no value/],
    [{ name: "a", value: Uint8Array.of(1) }, "00", /cannot be edited/],
  ])("say what is wrong: %o as %s", (parameter, text, said) => {
    expect(withText(parameter, text)).toMatch(said);
  });
});
