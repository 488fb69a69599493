import { globSync, readFileSync } from "node:fs";
import { matchesGlob } from "node:path";
import { describe, expect, it } from "vitest";
import { npmManifest, root, run } from "../../scripts/house.ts";
import { budget, lanes, parts } from "../../scripts/parts.ts";
import { runParts } from "../../scripts/runner.ts";
import { add, format, ofPart, parse } from "../../scripts/tally.ts";
import { runtimes, selection, split } from "../../scripts/vitest_settings.ts";
import { judge, type VitestReport } from "../../scripts/vitest_report.ts";

const tests = { script: "test:deno", title: "tests under Deno", share: 1, tests: true } as const;
const check = { script: "check", title: "types", share: 1 } as const;

describe("the parts of npm test", () => {
  it("are npm scripts, each of its own", () => {
    const scripts = npmManifest().scripts;
    expect(parts.filter((part) => scripts[part.script] === undefined)).toEqual([]);
    expect(new Set(parts.map((part) => part.script)).size).toBe(parts.length);
  });

  it("have shares that fit the time budget together", () => {
    const shares = parts.reduce((total, part) => total + part.share, 0);
    expect(shares).toBeLessThanOrEqual(budget * lanes);
  });

  it("need only a part that stands before them and needs none itself", () => {
    for (const [index, { needs }] of parts.entries()) {
      if (needs === undefined) continue;
      const needed = parts.findIndex(({ script }) => script === needs);
      expect(needed).toBeGreaterThanOrEqual(0);
      expect(needed).toBeLessThan(index);
      expect(parts[needed]?.needs).toBeUndefined();
    }
  });

  it("stand in CONTRIBUTING.md with their shares", () => {
    const text = readFileSync(`${root}CONTRIBUTING.md`, "utf8");
    for (const part of parts) {
      expect(text).toMatch(new RegExp(`^\\| \`${part.script}\` +\\|.*\\| +${part.share} s +\\|$`, "m"));
    }
  });
});

describe("the ordinary suite", () => {
  const files = globSync("tests/**/*.test.ts", { cwd: root });

  function chosen({ include, exclude }: ReturnType<typeof selection>): ReadonlyArray<string> {
    const matches = (file: string) => (glob: string) => matchesGlob(file, glob);
    return files.filter((file) => include.some(matches(file)) && !exclude.some(matches(file))).sort();
  }

  it.each(runtimes)("is whole under %s: each file shares a process or has its own, and none does both", (on) => {
    const { shared, alone } = split(on);
    expect(chosen(alone)).toContain("tests/examples/examples.test.ts");
    expect([...chosen(shared), ...chosen(alone)].sort()).toEqual(chosen(selection("ordinary", on)));
  });
});

describe("the tally", () => {
  it("adds up over parts and names what was skipped only when something was", () => {
    const sum = add([{ passed: 2, failed: 0, skipped: 0 }, { passed: 3, failed: 1, skipped: 0 }]);
    expect(format(sum)).toBe("5 passed, 1 failed");
    expect(format(add([sum, { passed: 0, failed: 0, skipped: 4 }]))).toBe("5 passed, 1 failed, 4 skipped");
  });

  it("is read back from the last line of a part's output only", () => {
    expect(parse("noise\n12 passed, 1 failed, 2 skipped\n")).toEqual({ passed: 12, failed: 1, skipped: 2 });
    expect(parse("12 passed, 0 failed\nSegmentation fault\n")).toBeUndefined();
  });

  it("counts a part without tests as one check", () => {
    expect(ofPart(check, 0, "anything")).toEqual({ passed: 1, failed: 0, skipped: 0 });
    expect(ofPart(check, 2, "anything")).toEqual({ passed: 0, failed: 1, skipped: 0 });
  });

  it("counts a run that crashed as a failure, whatever it said before", () => {
    expect(ofPart(tests, -1, "boom")).toEqual({ passed: 0, failed: 1, skipped: 0 });
    expect(ofPart(tests, 139, "3 passed, 0 failed")).toEqual({ passed: 3, failed: 1, skipped: 0 });
    expect(ofPart(tests, 1, "3 passed, 2 failed")).toEqual({ passed: 3, failed: 2, skipped: 0 });
  });

  it("counts a run without any test as a failure", () => {
    expect(ofPart(tests, 0, "0 passed, 0 failed")).toEqual({ passed: 0, failed: 1, skipped: 0 });
  });
});

describe("the verdict on a vitest run", () => {
  const report = (over: Partial<VitestReport>): VitestReport => ({
    numPassedTests: 1,
    numFailedTests: 0,
    numPendingTests: 0,
    numTodoTests: 0,
    testResults: [{
      name: "runtime_guard.test.ts",
      status: "passed",
      assertionResults: [{ fullName: "the suite runs on deno", status: "passed" }],
    }],
    ...over,
  });

  it("is good when the guard of that run-time passed", () => {
    expect(judge("deno", 0, report({}), true)).toEqual({ tally: { passed: 1, failed: 0, skipped: 0 }, problems: [] });
  });

  it("is bad when the report is another run-time's", () => {
    const verdict = judge("bun", 0, report({}), true);
    expect(verdict.tally.failed).toBe(1);
    expect(verdict.problems).toEqual(['no passed test "the suite runs on bun" in the report']);
  });

  it("is bad without a report, with a bad exit code, and with a file that could not be loaded", () => {
    expect(judge("node", 139, undefined, true).tally.failed).toBe(1);
    expect(judge("deno", 1, report({}), true).tally.failed).toBe(1);
    const unloaded = { name: "broken.test.ts", status: "failed", assertionResults: [] };
    const verdict = judge("deno", 1, report({ testResults: [...report({}).testResults, unloaded] }), true);
    expect(verdict.problems).toEqual(["broken.test.ts could not be run"]);
  });

  it("counts what is skipped or left to do as skipped", () => {
    expect(judge("deno", 0, report({ numPendingTests: 2, numTodoTests: 1 }), true).tally.skipped).toBe(3);
  });

  it("asks for no guard when only some files were asked for", () => {
    expect(judge("bun", 0, report({}), false).tally.failed).toBe(0);
  });
});

describe("the test command", () => {
  const plan = (scripts: Readonly<Record<string, string>>, print: (text: string) => void) => ({
    parts: [check, tests],
    scripts,
    lanes: 2,
    print,
  });

  it("adds the parts up and ends with the tally", async () => {
    const printed: Array<string> = [];
    const scripts = { "check": "true", "test:deno": "echo '7 passed, 0 failed, 1 skipped'" };
    expect(await runParts(plan(scripts, (text) => printed.push(text)))).toEqual({ passed: 8, failed: 0, skipped: 1 });
    expect(printed.at(-1)).toBe("8 passed, 0 failed, 1 skipped");
    expect(printed.join("\n")).toMatch(/^ok {5}types \(check, \d+\.\d s of 1 s/m);
  });

  it("says which part and run-time failed, and shows what it printed", async () => {
    const printed: Array<string> = [];
    const scripts = { "check": "true", "test:deno": "echo boom; exit 3" };
    expect(await runParts(plan(scripts, (text) => printed.push(text)))).toEqual({ passed: 1, failed: 1, skipped: 0 });
    expect(printed).toContain("\n---- tests under Deno (npm run test:deno)\nboom\n----\n");
    expect(printed.slice(-2)).toEqual(["failed: tests under Deno (npm run test:deno)", "1 passed, 1 failed"]);
  });

  it("fails a part whose script is missing", async () => {
    expect(await runParts(plan({ check: "true" }, () => {}))).toEqual({ passed: 1, failed: 1, skipped: 0 });
  });

  const setup = { script: "setup", title: "the set-up", share: 1, skip: ["NO_SERVER"] } as const;
  const needing = { ...tests, needs: "setup", skip: ["NO_SERVER"] } as const;

  it("runs a part after the one that it needs, and others meanwhile", async () => {
    const printed: Array<string> = [];
    const scripts = { "setup": "sleep 0.3", "test:deno": "echo '1 passed, 0 failed'", "check": "true" };
    const all = [needing, setup, check];
    await runParts({ parts: all, scripts, lanes: 2, print: (text) => printed.push(text), env: {} });
    const order = printed.flatMap((line) => /^ok +.*\(([a-z:]+), /.exec(line)?.[1] ?? []);
    expect(order).toEqual(["check", "setup", "test:deno"]);
  });

  it("does not run a part whose need has failed, and counts it as failed", async () => {
    const printed: Array<string> = [];
    const scripts = { "setup": "false", "test:deno": "echo '1 passed, 0 failed'" };
    const total = await runParts({
      parts: [setup, needing],
      scripts,
      lanes: 2,
      print: (text) => printed.push(text),
      env: {},
    });
    expect(total).toEqual({ passed: 0, failed: 2, skipped: 0 });
    expect(printed.join("\n")).toContain("not run, as setup has failed");
  });

  it("runs a part by itself when what it needs was not asked for", async () => {
    const scripts = { "test:deno": "echo '1 passed, 0 failed'" };
    const total = await runParts({ parts: [needing], scripts, lanes: 1, print: () => {}, env: {} });
    expect(total).toEqual({ passed: 1, failed: 0, skipped: 0 });
  });

  it("leaves out what a variable says, and says so in the last lines", async () => {
    const printed: Array<string> = [];
    const scripts = { "setup": "false", "test:deno": "false", "check": "true" };
    const total = await runParts({
      parts: [setup, needing, check],
      scripts,
      lanes: 2,
      print: (text) => printed.push(text),
      env: { NO_SERVER: "1" },
    });
    expect(total).toEqual({ passed: 1, failed: 0, skipped: 2 });
    expect(printed.slice(-3)).toEqual([
      "skipped: the set-up (NO_SERVER=1)",
      "skipped: tests under Deno (NO_SERVER=1)",
      "1 passed, 0 failed, 2 skipped",
    ]);
  });

  it("leaves out nothing for a variable that is not 1", async () => {
    const scripts = { setup: "true" };
    const total = await runParts({ parts: [setup], scripts, lanes: 1, print: () => {}, env: { NO_SERVER: "0" } });
    expect(total).toEqual({ passed: 1, failed: 0, skipped: 0 });
  });

  it.each(["livekit:node", "interop:node"])("has a suite %s that can be left out", async (suite) => {
    const command = ["node", "scripts/vitest.ts", suite];
    const { code, stdout } = await run(command, { env: { FIELDLINK_SKIP_LIVEKIT: "1" } });
    expect(stdout).toBe("left out, as FIELDLINK_SKIP_LIVEKIT=1\n0 passed, 0 failed, 1 skipped\n");
    expect(code).toBe(0);
  });

  it("refuses a part that does not exist", async () => {
    const { code, output } = await run(["node", "scripts/test.ts", "typo"]);
    expect(output).toContain("no such part: typo");
    expect(code).toBe(1);
  });

  it.each(runtimes)("runs a test file by itself under %s", async (name) => {
    const { code, stdout } = await run(["node", "scripts/vitest.ts", name, "tests/house/runtime_guard.test.ts"]);
    expect(stdout).toContain("tests/house/runtime_guard.test.ts");
    expect(stdout.trimEnd().split("\n").at(-1)).toBe("1 passed, 0 failed");
    expect(code).toBe(0);
  });

  it("fails when there is no test to run", async () => {
    const { code, stdout } = await run(["node", "scripts/vitest.ts", "node", "tests/house/nothing.test.ts"]);
    expect(stdout.trimEnd().split("\n").at(-1)).toBe("0 passed, 1 failed");
    expect(code).toBe(1);
  });
});

describe("a command of the house", () => {
  it("is ended with all that it started when it runs too long, and has failed", async () => {
    const { code, output } = await run(["sleep 60 & echo started; sleep 60"], { script: true, limit: 0.5 });
    expect(output).toBe("started\n\nkilled: it ran longer than 0.5 s\n");
    expect(code).toBe(-1);
  });

  it("that cannot be started has failed", async () => {
    expect((await run(["no-such-command"])).code).toBe(-1);
  });
});
