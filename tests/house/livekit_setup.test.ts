import { chmodSync, existsSync, mkdirSync, readdirSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { cached } from "../../scripts/cached.ts";
import { root, run } from "../../scripts/house.ts";
import { findInteropPython } from "../../scripts/interop_python.ts";
import { findLiveKitServer, livekitVersion } from "../../scripts/livekit_server.ts";
import { temporaryFolder } from "../files/support/temporary.ts";

const file = temporaryFolder();
let folders = 0;

/** A folder of its own. */
function folder(): string {
  const path = file(`folder-${folders += 1}`);
  mkdirSync(path);
  return path;
}

/** A program that does what a shell script says. */
function program(name: string, script: string, at: string = folder()): string {
  const path = join(at, name);
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
  return path;
}

const says = (version: string): string => `echo livekit-server version ${version}`;

/** A search in which nothing is found but what is given; building is counted. */
function search(env: Readonly<Record<string, string>>, cache: string = folder()) {
  const built: Array<string> = [];
  const build = (into: string): Promise<void> => {
    built.push(program("server", says(livekitVersion), into));
    return Promise.resolve();
  };
  return { env, cache, build, built };
}

describe("the LiveKit server of the tests", () => {
  it("is the one that the environment names, of whatever version", async () => {
    const named = program("mine", says("1.99.0"));
    const onPath = folder();
    program("livekit-server", says(livekitVersion), onPath);
    const found = await findLiveKitServer(search({ FIELDLINK_LIVEKIT_SERVER: named, PATH: onPath }));
    expect(found).toEqual({ path: named, from: "FIELDLINK_LIVEKIT_SERVER" });
  });

  it("is otherwise the one on the PATH, if its major and minor number are right", async () => {
    const [old, good] = [folder(), folder()];
    program("livekit-server", says("1.12.0"), old);
    program("livekit-server", says("1.13.0"), good);
    const looked = search({ FIELDLINK_LIVEKIT_SERVER: "", PATH: `${old}:/nowhere:${good}` });
    expect((await findLiveKitServer(looked)).path).toBe(join(good, "livekit-server"));
    expect(looked.built).toEqual([]);
  });

  it("is otherwise built, once, and kept", async () => {
    const old = folder();
    program("livekit-server", says("2.0.0"), old);
    const looked = search({ PATH: old });
    const { path, from } = await findLiveKitServer(looked);
    expect(from).toBe("the cache");
    expect(path.startsWith(join(looked.cache, `livekit-server-${livekitVersion}-`))).toBe(true);
    expect(await findLiveKitServer(looked)).toEqual({ path, from });
    expect(looked.built.length).toBe(1);
  });

  it("that is named and does not run is refused in one line", async () => {
    for (const named of ["/nowhere/livekit-server", program("other", "echo something else")]) {
      const finding = findLiveKitServer(search({ FIELDLINK_LIVEKIT_SERVER: named, PATH: "" }));
      await expect(finding).rejects.toThrow(
        `FIELDLINK_LIVEKIT_SERVER is "${named}", which does not run as livekit-server: correct or unset it`,
      );
    }
  });
});

/** Runs the set-up in a copy of its scripts with an empty cache, where nothing is on the PATH but what is given. */
async function setUp(programs: Readonly<Record<string, string>>, env: Readonly<Record<string, string>> = {}) {
  const at = folder();
  await run(["cp", "-r", join(root, "scripts"), join(root, "package.json"), join(root, "deno.json"), at]);
  mkdirSync(join(at, "tests/interop"), { recursive: true });
  writeFileSync(join(at, "tests/interop/requirements.txt"), "");
  const bin = join(at, "node_modules/.bin");
  mkdirSync(bin, { recursive: true });
  for (const [name, script] of Object.entries(programs)) program(name, script, bin);
  // What is said of servers where the tests run says nothing of the copy.
  const unset = { FIELDLINK_LIVEKIT_SERVER: "", FIELDLINK_SKIP_LIVEKIT: "", FIELDLINK_SKIP_INTEROP: "" };
  return await run([process.execPath, "scripts/setup_livekit.ts"], { cwd: at, env: { ...unset, PATH: bin, ...env } });
}

/** A Python whose environments have nothing in them. */
const python3 = `#
case "$*" in
  --version) echo Python 3.11.0;;
  "-m venv"*) /bin/mkdir -p "$3/bin" && /bin/cp "$0" "$3/bin/python";;
esac`;

describe("the set-up of the tests on a server", () => {
  it("says in one line what to do where there is neither a server nor Go", async () => {
    const { code, output } = await setUp({ python3 });
    expect(code).toBe(1);
    const [line, ...others] = output.split("\n").filter((text) => text.startsWith("no "));
    expect(others).toEqual([]);
    expect(line).toBe(
      "no livekit-server 1.13 and no Go to build it with: install Go, put livekit-server 1.13 on the PATH, set " +
        "FIELDLINK_LIVEKIT_SERVER to its path, or set FIELDLINK_SKIP_LIVEKIT=1 to leave these tests out",
    );
    expect(output.trim().split("\n").length).toBe(2);
  });

  it("says in one line why Go could not build the server", async () => {
    const go = `test "$1" = version && exit 0; echo downloading; echo 'dial tcp: no route to host' >&2; exit 1`;
    const { code, output } = await setUp({ go, python3 });
    expect(code).toBe(1);
    expect(output).toContain(
      `livekit-server ${livekitVersion} could not be built (go install: dial tcp: no route to host): install Go, put`,
    );
    expect(output.trim().split("\n").length).toBe(2);
  });

  it("builds the pinned version with Go", async () => {
    const go = `test "$1" = version || { echo "$2" > "$GOBIN/server"; }`;
    const { code, output } = await setUp({ go, python3 });
    expect(code).toBe(0);
    expect(output).toMatch(/^LiveKit server, from the cache: \/.*\/server\nPython of the peers: \/.*\/bin\/python\n$/);
    const path = /cache: (\/.*)\n/.exec(output)?.[1] ?? "";
    expect((await run(["cat", path])).stdout).toBe(
      `github.com/livekit/livekit-server/cmd/server@v${livekitVersion}\n`,
    );
  });

  it("says in one line what to do where there is no Python", async () => {
    const { code, output } = await setUp({ go: `test "$1" = version || echo > "$GOBIN/server"` });
    expect(code).toBe(1);
    expect(output.trim().split("\n").at(-1)).toBe(
      "no python3: install Python 3.11 or later, or set FIELDLINK_SKIP_INTEROP=1 to leave these tests out",
    );
  });

  it("needs nothing that is left out by a variable", async () => {
    const { code, output } = await setUp({}, { FIELDLINK_SKIP_LIVEKIT: "1" });
    expect(code).toBe(0);
    expect(output).toBe(
      "LiveKit server: left out, as FIELDLINK_SKIP_LIVEKIT=1\nPython of the peers: left out, as FIELDLINK_SKIP_LIVEKIT=1\n",
    );
    const interop = await setUp({ go: `test "$1" = version || echo > "$GOBIN/server"` }, {
      FIELDLINK_SKIP_INTEROP: "1",
    });
    expect(interop.code).toBe(0);
    expect(interop.output).toContain("Python of the peers: left out, as FIELDLINK_SKIP_INTEROP=1\n");
  });
});

describe("the Python environment of the peers", () => {
  it("is made once for a list of packages, and anew for another", async () => {
    const [cache, python, requirements] = [folder(), program("python3", python3), file("requirements.txt")];
    writeFileSync(requirements, "one==1\n");
    const first = await findInteropPython({ cache, python, requirements });
    expect(existsSync(first)).toBe(true);
    expect(await findInteropPython({ cache, python, requirements })).toBe(first);
    writeFileSync(requirements, "one==2\n");
    expect(await findInteropPython({ cache, python, requirements })).not.toBe(first);
    expect(readdirSync(cache).length).toBe(2);
  });

  it("whose packages cannot be had leaves nothing behind and fails in one line", async () => {
    const failing = `#
case "$*" in
  *pip*) echo 'ERROR: no such package' >&2; exit 1;;
  --version) echo Python 3.11.0;;
  "-m venv"*) /bin/mkdir -p "$3/bin" && /bin/cp "$0" "$3/bin/python";;
esac`;
    const [cache, requirements] = [folder(), file("more.txt")];
    writeFileSync(requirements, "");
    const finding = findInteropPython({ cache, python: program("python3", failing), requirements });
    await expect(finding).rejects.toThrow(/^the Python environment could not be made \(pip install: ERROR: no such p/);
    expect(readdirSync(cache)).toEqual([]);
  });
});

describe("a thing in the cache", () => {
  const make = (made: Array<string>, gate?: Promise<void>) => async (into: string): Promise<void> => {
    made.push(into);
    writeFileSync(join(into, "half"), "");
    await gate;
    writeFileSync(join(into, "whole"), "");
  };

  it("is made by one while others wait, and is there only when it is complete", async () => {
    const cache = folder();
    const made: Array<string> = [];
    const gate = Promise.withResolvers<void>();
    const all = [1, 2, 3].map(() => cached("thing", make(made, gate.promise), { cache, pollMs: 1 }));
    await expect.poll(() => made.length).toBe(1);
    expect(existsSync(join(cache, "thing"))).toBe(false);
    gate.resolve();
    expect(new Set(await Promise.all(all))).toEqual(new Set([join(cache, "thing")]));
    expect(made.length).toBe(1);
    expect(readdirSync(cache)).toEqual(["thing"]);
    expect(readdirSync(join(cache, "thing")).toSorted()).toEqual(["half", "whole"]);
  });

  it("is made anew after one who was killed while at it", async () => {
    const cache = folder();
    const lock = join(cache, "thing.lock");
    writeFileSync(lock, "");
    const before = new Date(Date.now() - 60_000);
    utimesSync(lock, before, before);
    mkdirSync(join(cache, "thing.part-1"));
    const made: Array<string> = [];
    await cached("thing", make(made), { cache, pollMs: 1 });
    expect(made.length).toBe(1);
    expect(readdirSync(cache)).toEqual(["thing"]);
  });

  it("that could not be made is tried again by the next one", async () => {
    const cache = folder();
    await expect(cached("thing", () => Promise.reject(new Error("no")), { cache })).rejects.toThrow("no");
    expect(readdirSync(cache)).toEqual([]);
    const made: Array<string> = [];
    await cached("thing", make(made), { cache });
    expect(made.length).toBe(1);
  });
});
