import { assert, describe, it } from "@effect/vitest";
import * as Effect from "effect/Effect";
import { OptionConflict } from "../../../cli/errors.ts";
import { ask, readCall, readParameters } from "../../../cli/view/requests.ts";
import { Float64, ParameterStore, ServiceResponse } from "../../../mod.ts";
import { makePair } from "../../support/pair.ts";

function problem(result: unknown): string {
  if (!(result instanceof OptionConflict)) throw new Error("there is no problem");
  return result.message;
}

describe("what the viewer is to ask", () => {
  it("reads parameters with the types that their texts have", () => {
    assert.deepStrictEqual(
      readParameters(["a=1", "b=1.0", 'c="text"', "d=[1,2.5]", "e=true", "f=9007199254740993", 'g="x=1"']),
      [
        { name: "a", value: 1 },
        { name: "b", value: new Float64(1) },
        { name: "c", value: "text" },
        { name: "d", value: [new Float64(1), 2.5] },
        { name: "e", value: true },
        { name: "f", value: 9007199254740993n },
        { name: "g", value: "x=1" },
      ],
    );
  });

  it("says what is wrong with a parameter", () => {
    assert.strictEqual(problem(readParameters(["speed"])), '--set takes NAME=JSON: received "speed"');
    assert.strictEqual(problem(readParameters(["=1"])), '--set takes NAME=JSON: received "=1"');
    assert.match(
      problem(readParameters(["name=rover"])),
      /^the value of --set name is no JSON: .*; text goes in quotes/,
    );
    assert.match(problem(readParameters(["a=1", "a=2"])), /^--set cannot be used: .*"a" occurs twice/);
    assert.match(problem(readParameters(["a=null"])), /^--set cannot be used: null is no value/);
    // What is one value for JSON cannot smuggle in another parameter.
    assert.match(problem(readParameters(['a=1},{"name":"b","value":2'])), /is no JSON/);
  });

  it("reads a call, and says what is wrong with it", () => {
    assert.isUndefined(readCall(undefined, undefined));
    assert.deepStrictEqual(readCall("/reset", undefined), { service: "/reset", request: undefined });
    assert.deepStrictEqual(readCall("/echo", "[1.0]"), { service: "/echo", request: "[1.0]" });
    assert.match(problem(readCall(undefined, "{}")), /^JSON is the request of a --call/);
    assert.match(problem(readCall("/echo", "{")), /^the request of --call \/echo is no JSON: /);
  });

  it.effect("sets first and calls then, and has each answer as a line of JSON", () =>
    Effect.gen(function* () {
      const seen: Array<unknown> = [];
      const parameters = new ParameterStore({
        parameters: [{ name: "speed", value: new Float64(1) }, { name: "name", value: "rover" }],
      });
      const { viewer } = yield* makePair({
        gateway: {
          parameters,
          supportedEncodings: ["json"],
          services: [{
            name: "/echo",
            type: "Echo",
            handler: ({ payload, encoding }) => {
              seen.push(parameters.value("speed"));
              return new ServiceResponse(payload, encoding);
            },
          }, {
            name: "/raw",
            type: "Raw",
            request: { encoding: "cdr" },
            handler: ({ encoding }) => new ServiceResponse(Uint8Array.of(1, 2, 3), encoding),
          }],
        },
      });
      const lines: Array<string> = [];
      const answered = (line: string) => Effect.sync(() => void lines.push(line));
      const set = readParameters(["speed=0.5", 'name="line\\nend"']);
      const call = readCall("/echo", '{"n": 1.0}');
      if (set instanceof OptionConflict || call instanceof OptionConflict) throw new Error("they are read");
      yield* ask(viewer, { set, call }, answered);
      yield* ask(viewer, { set: [], call: { service: "/raw", request: undefined } }, answered);
      assert.deepStrictEqual(lines, [
        '{"parameters":[{"name":"speed","type":"float64","value":0.5},{"name":"name","value":"line\\nend"}]}',
        '{"service":"/echo","encoding":"json","size":10,"response":{"n": 1.0}}',
        '{"service":"/raw","encoding":"cdr","size":3,"data":"AQID"}',
      ]);
      assert.deepStrictEqual(seen, [0.5]);
    }));

  it.effect("fails with the device's words", () =>
    Effect.gen(function* () {
      const { viewer } = yield* makePair({
        gateway: {
          services: [{
            name: "/stop",
            type: "Stop",
            request: { encoding: "json" },
            handler: () => {
              throw new Error("the brake is hot");
            },
          }],
        },
      });
      const error = yield* Effect.flip(ask(
        viewer,
        { set: [], call: { service: "/stop", request: "{}" } },
        () => Effect.void,
      ));
      assert.strictEqual(error.message, 'the service "/stop" has failed: the brake is hot');
    }));
});
