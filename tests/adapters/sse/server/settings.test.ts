import { assert, describe, it } from "vitest";
import { isLoopbackHost, sse, type SseOptions } from "../../../../adapters/sse/mod.ts";
import { sseLimits } from "../../../../adapters/sse/server/limits.ts";
import { settingsOf } from "../../../../adapters/sse/server/settings.ts";

describe("the options of sse", () => {
  it("have defaults that are safe", () => {
    const { authorize, basePath, hosts, identity, isLoopback, limits, origins, resumeTtlMs } = settingsOf({});
    assert.deepEqual([authorize, basePath, identity, isLoopback, resumeTtlMs], [
      undefined,
      "/",
      "device",
      true,
      30_000,
    ]);
    assert.equal(hosts.size + origins.size, 0);
    assert.equal(limits.ringEvents, 1_024);
    assert.equal(limits.ringBytes, 8 * 1024 * 1024);
    assert.equal(limits.bodyBytes, 16 * 1024 * 1024 + 5);
  });

  it("that cannot work are refused, and named", () => {
    const wrong: ReadonlyArray<[keyof SseOptions, unknown]> = [
      ["identity", ""],
      ["identity", "a\nb"],
      ["identity", 5],
      ["resumeTtlMs", 0],
      ["resumeTtlMs", NaN],
      ["resumeTtlMs", 2 ** 31],
      ["basePath", "robot"],
      ["basePath", "/a//b"],
      ["basePath", "/../"],
      ["basePath", "/a b"],
      ["basePath", "/?a"],
      ["origins", ["ops.example"]],
      ["origins", ["https://ops.example/path"]],
      ["origins", ["*"]],
      ["origins", ["null"]],
      ["hosts", ["rover.example:80"]],
      ["hosts", ["http://rover.example"]],
      ["hosts", ["*"]],
    ];
    for (const [name, value] of wrong) {
      assert.throws(() => sse({ [name]: value }), RangeError, `'${name}'`, `${name} ${String(value)}`);
    }
  });

  it("may be written as they are usual", () => {
    const { basePath, origins, hosts } = settingsOf({
      basePath: "/robot",
      origins: ["https://Ops.example/"],
      hosts: ["Rover.Example"],
    });
    assert.equal(basePath, "/robot/");
    assert.deepEqual([...origins], ["https://ops.example"]);
    assert.deepEqual([...hosts], ["rover.example"]);
  });
});

describe("a host to listen on", () => {
  it("is this machine's alone only where no resolver has a say", () => {
    for (const host of ["127.0.0.1", "127.255.0.9", "localhost", "LOCALHOST", "::1", "[::1]"]) {
      assert.isTrue(isLoopbackHost(host), host);
    }
    const others = [
      "0.0.0.0",
      "::",
      "10.0.0.1",
      "127.1",
      "127.0.0.01",
      "127.0.0.256",
      "127.0.0.1.example",
      "a.localhost",
    ];
    for (const host of [...others, ""]) assert.isFalse(isLoopbackHost(host), host);
  });
});

describe("the limits of sse", () => {
  it("are positive whole numbers, of which only the ring may be 0, and those of the table", () => {
    for (const value of [0, -1, 1.5, NaN, Infinity]) {
      assert.throws(() => sseLimits({ sessions: value }), RangeError, "sessions");
    }
    assert.equal(sseLimits({ ringEvents: 0 }).ringEvents, 0);
    assert.throws(() => sseLimits({ ringBytes: 0 }), RangeError, "ringBytes");
    assert.equal(sseLimits({ sessions: 5 }).sessions, 5);
    const options: object = { sessionz: 3 };
    assert.throws(() => sseLimits(options), RangeError, "sessionz");
    const inherited: object = { toString: 3 };
    assert.throws(() => sseLimits(inherited), RangeError, "toString");
    const left: object = { sessions: undefined };
    assert.equal(sseLimits(left).sessions, 1_000);
  });
});
