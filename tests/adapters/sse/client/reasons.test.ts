import { inspect } from "node:util";
import { assert, describe, it } from "vitest";
import { joinErrorFrom } from "../../../../adapters/sse/client/reasons.ts";
import { JoinError } from "../../../../transport/mod.ts";

const ID = "0123456789abcdef0123456789abcdef0123456789abcdef";
const ADDRESS = `http://device.test/robot/sessions/${ID}/events`;

describe("what a failed request tells", () => {
  it("names no session, in whatever part of it the run-time has put the address", () => {
    const inner = Object.assign(new Error(`cannot reach ${ADDRESS}`), { code: "ECONNREFUSED" });
    const failures = [
      new TypeError(`error sending request for url (${ADDRESS}): client error`),
      new TypeError("fetch failed", { cause: inner }),
      Object.assign(new Error("Unable to connect"), { path: ADDRESS, code: "ConnectionRefused" }),
      `"${ADDRESS}?a" is away`,
    ];
    for (const failure of failures) {
      const error = joinErrorFrom(failure);
      assert.notInclude(inspect(error, { depth: 9 }), ID);
      assert.notInclude(error.message, ID);
    }
    const { detail, cause } = joinErrorFrom(failures[0]);
    assert.strictEqual(
      detail,
      "error sending request for url (http://device.test/robot/sessions/.../events): client error",
    );
    assert.strictEqual(cause instanceof Error ? cause.name : undefined, "TypeError");
    const { cause: outer } = joinErrorFrom(failures[1]);
    const kept: unknown = outer instanceof Error ? outer.cause : undefined;
    assert.isTrue(kept instanceof Error && "code" in kept && kept.code === "ECONNREFUSED");
  });

  it("is passed on as it is where it names none", () => {
    const failure = new TypeError("fetch failed", { cause: new Error("away") });
    assert.strictEqual(joinErrorFrom(failure).cause, failure);
    const known = new JoinError({ reason: "refused", detail: `see ${ADDRESS}` });
    assert.strictEqual(joinErrorFrom(known), known);
  });

  it("names none in the run-time's own words", async () => {
    // Nobody listens on port 1.
    const failed = await fetch(`http://127.0.0.1:1/sessions/${ID}/events`).then(() => undefined, joinErrorFrom);
    assert.strictEqual(failed?.reason, "unreachable");
    assert.notInclude(inspect(failed, { depth: 9 }), ID);
  });
});
