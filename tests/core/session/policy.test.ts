import { assert, describe, it } from "vitest";
import { observer, type Operation, operator, type Policy, policyOf, type PolicyRules } from "../../../mod.ts";

const OPERATIONS: ReadonlyArray<Operation> = [
  "see",
  "subscribe",
  "publish",
  "call",
  "get",
  "set",
  "fetch",
  "graph",
  "playback",
];

function allowed(policy: Policy, name: string): ReadonlyArray<Operation> {
  return OPERATIONS.filter((operation) => policy.allows(operation, name));
}

describe("ready policies", () => {
  it("let an operator do everything", () => {
    assert.deepEqual(allowed(operator, "/x"), OPERATIONS);
  });

  it("let an observer look on, and change nothing", () => {
    assert.deepEqual(allowed(observer, "/x"), ["see", "subscribe", "get", "fetch", "graph"]);
  });
});

describe("policyOf", () => {
  it("denies what has no rule", () => {
    assert.deepEqual(allowed(policyOf({}), "/x"), []);
    assert.deepEqual(allowed(policyOf({ see: true }), "/x"), ["see"]);
  });

  it("leaves what has no rule to another policy, and overrules it where there is one", () => {
    const policy = policyOf({ call: ["/reset"], see: (topic) => topic !== "/x", graph: false }, observer);
    assert.deepEqual(allowed(policy, "/x"), ["subscribe", "get", "fetch"]);
    assert.deepEqual(allowed(policy, "/reset"), ["see", "subscribe", "call", "get", "fetch"]);
  });

  it("takes names as they are given: what changes afterwards in the list changes nothing", () => {
    const names = ["/a"];
    const policy = policyOf({ call: names });
    names.push("/b");
    assert.isTrue(policy.allows("call", "/a"));
    assert.isFalse(policy.allows("call", "/b"));
  });

  it("refuses a rule for something that is no operation, so that a misspelt one does not go unnoticed", () => {
    const rules: PolicyRules = JSON.parse('{ "subscribes": true }');
    assert.throws(() => policyOf(rules), RangeError, "subscribes");
  });
});
