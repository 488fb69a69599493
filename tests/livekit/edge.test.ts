/**
 * The container of examples/edge, without a container engine: what its file copies and runs is done in a folder, and its
 * program meets a viewer. The image and what its one RUN line installs are taken from this checkout.
 */
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Viewer } from "../../mod.ts";
import { freePorts } from "../support/livekit/ports.ts";
import { freshRoom, suiteServer, tokenFor, transport } from "../support/livekit/suite.ts";
import { PATIENCE, Program } from "./support/program.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const edge = join(root, "examples/edge");

interface Instruction {
  readonly name: string;
  readonly text: string;
}

/** A manifest, as far as it matters here. */
interface Manifest {
  readonly version: string;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly peerDependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
  readonly exports: Readonly<Record<string, string>>;
}

function manifest(path: string): Manifest {
  return JSON.parse(readFileSync(join(root, path), "utf8"));
}

/** The instructions of the container file, comments left out and continued lines joined. */
const instructions: ReadonlyArray<Instruction> = readFileSync(join(edge, "Containerfile"), "utf8")
  .replaceAll(/^\s*#.*\n/gm, "").replaceAll(/\\\n\s*/g, " ").split("\n").filter((line) => line.trim() !== "")
  .map((line) => {
    const [, name = "", text = ""] = /^([A-Z]+)\s+(.*)$/.exec(line.trim()) ?? [];
    return { name, text };
  });

function all(name: string): ReadonlyArray<string> {
  return instructions.filter((instruction) => instruction.name === name).map(({ text }) => text);
}

/** The words of a command that is written as a list, for Bun: no shell is needed in the image. */
function command(text: string): ReadonlyArray<string> {
  const words: ReadonlyArray<string> = JSON.parse(text);
  expect(words[0]).toBe("bun");
  return words.slice(1);
}

const start = command(all("CMD")[0] ?? "");
const health = command(/ CMD (\[.*\])$/.exec(all("HEALTHCHECK")[0] ?? "")?.[1] ?? "");

/** The copied files, by where they are put in the working folder. */
function copies(): ReadonlyMap<string, string> {
  return new Map(
    all("COPY").flatMap((text) => {
      const words = text.split(/\s+/);
      return words.slice(0, -1).map((file) => [join(words.at(-1) ?? "", file), file] as const);
    }),
  );
}

/** The working folder as the file lays it out. */
function layOut(): string {
  const folder = mkdtempSync(join(tmpdir(), "fieldlink-edge-"));
  for (const [to, from] of copies()) {
    mkdirSync(dirname(join(folder, to)), { recursive: true });
    copyFileSync(join(edge, from), join(folder, to));
  }
  // What `bun install` would put there: the library, by its sources, beside the packages of this checkout.
  const library = join(folder, "node_modules/@fieldlink/fieldlink");
  mkdirSync(library, { recursive: true });
  symlinkSync(root, join(library, "src"), "dir");
  const entries = Object.entries(manifest("deno.json").exports).map((
    [name, path],
  ) => [name, path.replace("./", "./src/")]);
  writeFileSync(
    join(library, "package.json"),
    JSON.stringify({ name: "fieldlink", type: "module", exports: Object.fromEntries(entries) }),
  );
  return folder;
}

describe("the container file", () => {
  it("is built on Bun as this library is tested with, with glibc, and runs without a shell and not as root", () => {
    expect(all("FROM")).toEqual([`oven/bun:${manifest("package.json").devDependencies["bun"]}-slim`]);
    expect(all("USER")).toEqual(["bun"]);
    const names = instructions.map(({ name }) => name);
    expect(names.indexOf("USER")).toBeGreaterThan(names.lastIndexOf("RUN"));
    expect(names.indexOf("USER")).toBeLessThan(names.indexOf("CMD"));
    expect(new Set(names)).toEqual(
      new Set(["FROM", "WORKDIR", "COPY", "RUN", "USER", "ENV", "HEALTHCHECK", "CMD"]),
    );
  });

  it("copies what is there, all that its commands name, and the manifest before it installs", () => {
    for (const [, from] of copies()) expect([from, existsSync(join(edge, from))]).toEqual([from, true]);
    for (const file of [...start, ...health]) expect([...copies().keys()]).toContain(file);
    expect(all("RUN")).toEqual(["bun install --production"]);
    const order = instructions.map(({ name, text }) => `${name} ${text}`);
    expect(order.indexOf("COPY package.json ./")).toBeGreaterThan(-1);
    expect(order.indexOf("COPY package.json ./")).toBeLessThan(order.indexOf("RUN bun install --production"));
  });

  it("installs this version of the library, what it needs for LiveKit, and nothing else", () => {
    const { version, peerDependencies } = manifest("package.json");
    expect(manifest("examples/edge/package.json").dependencies).toEqual({
      "@fieldlink/fieldlink": `npm:fieldlink@^${version}`,
      ...peerDependencies,
    });
  });
});

describe("the device in the container", () => {
  let folder: string;
  let tokens: Server;
  let tokenUrl: string;
  const room: { name: string } = { name: "" };
  const asked: Array<string | undefined> = [];

  beforeAll(async () => {
    folder = layOut();
    tokens = createServer(async ({ headers }, response) => {
      asked.push(headers.authorization);
      if (headers.authorization !== "Bearer k3y") return void response.writeHead(401).end();
      response.end(`${await tokenFor(room.name, "rover")}\n`);
    });
    await new Promise<void>((resolve) => tokens.listen(0, "127.0.0.1", resolve));
    const address = tokens.address();
    tokenUrl = `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}`;
  });

  afterAll(async () => {
    await new Promise((resolve) => tokens.close(resolve));
    rmSync(folder, { recursive: true, force: true });
  });

  async function settings(key: string): Promise<Record<string, string>> {
    room.name = freshRoom();
    const given = Object.fromEntries(all("ENV").map((text) => text.split("=", 2)));
    const { http } = await freePorts();
    expect(given).toEqual({ HEALTH_PORT: "8086" });
    return {
      ...given,
      HEALTH_PORT: String(http),
      LIVEKIT_URL: suiteServer().url,
      TOKEN_URL: tokenUrl,
      DEVICE_KEY: key,
      ICE_SERVERS: "none",
    };
  }

  function run(words: ReadonlyArray<string>, env: Readonly<Record<string, string>>): Program {
    const [file = "", ...args] = words;
    return new Program(file, { on: "bun", args, env, cwd: folder });
  }

  it("joins, sends, is healthy, and leaves when it is told to end", { timeout: 4 * PATIENCE }, async () => {
    const env = await settings("k3y");
    await using device = run(start, env);
    await device.prints(/^connected$/);
    await using viewer = await Viewer.connect(transport(room.name, "viewer"));
    expect((await viewer.device()).name).toBe("rover");
    for await (const message of viewer.subscribe("/health")) {
      expect(message.json()).toEqual({ load: expect.any(Number), rss: expect.any(Number), uptime: expect.any(Number) });
      break;
    }
    expect(asked).toContain("Bearer k3y");
    expect(await run(health, env).ends()).toBe(0);
    device.kill("SIGTERM");
    expect(await device.ends()).toBe(0);
    expect(await run(health, env).ends()).toBe(1);
  });

  it("ends with an error where its key is refused", { timeout: 2 * PATIENCE }, async () => {
    await using device = run(start, await settings("wrong"));
    await device.prints(/^shut-down$/);
    expect(await device.ends()).toBe(1);
    expect(device.errors).toContain("the key of this device is wrong");
  });
});
