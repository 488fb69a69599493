import { type ChildProcess, spawn } from "node:child_process";
import { createServer } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { environment, root } from "../../scripts/house.ts";

const running = new Set<ChildProcess>();

afterEach(() => {
  for (const child of running) child.kill("SIGKILL");
});

/** A suite of one test, with a server, in a process of its own. */
function startSuite(fixture: "fail" | "hang") {
  const command = ["run", "--config", "tests/livekit/fixtures/vitest.config.ts", "--reporter=default"];
  const child = spawn("vitest", command, {
    cwd: root,
    env: environment({ FIXTURE: fixture }),
    stdio: ["ignore", "pipe", "pipe"],
  });
  running.add(child);
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => output += text);
  child.stderr.setEncoding("utf8").on("data", (text: string) => output += text);
  const ended = new Promise<number | null>((resolve) => {
    child.once("close", (code) => {
      running.delete(child);
      resolve(code);
    });
  });
  return {
    child,
    ended,
    output: () => output,
    /** The server's port, once the test has said it. */
    port: async (): Promise<number> => {
      await expect.poll(() => output, { timeout: 30_000 }).toMatch(/<server \d+>/);
      return Number(/<server (\d+)>/.exec(output)?.[1]);
    },
  };
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}

describe("the suite's server", () => {
  it("is ended after a suite that fails, and the end of its log is shown", async () => {
    const suite = startSuite("fail");
    expect(await suite.ended).toBe(1);
    expect(suite.output()).toContain("as the fixture is told to");
    expect(suite.output()).toMatch(/the end of the server's log:\n.*starting LiveKit server/s);
    expect(await isFree(await suite.port())).toBe(true);
  });

  it.each(["SIGKILL", "SIGTERM", "SIGINT"] as const)("is ended with a suite that is ended by %s", async (signal) => {
    const suite = startSuite("hang");
    const port = await suite.port();
    expect(await isFree(port)).toBe(false);
    suite.child.kill(signal);
    await expect.poll(() => isFree(port), { timeout: 20_000 }).toBe(true);
  });
});
