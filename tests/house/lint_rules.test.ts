import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { root, run } from "../../scripts/house.ts";

// A house of its own, with the rules in it: they find their way from where they stand.
const house = mkdtempSync(join(tmpdir(), "fieldlink-house-"));

beforeAll(() => {
  cpSync(`${root}scripts/lint`, join(house, "scripts/lint"), { recursive: true });
  const rules = { plugins: ["./sources.ts"], rules: { tags: [] } };
  writeFileSync(join(house, "scripts/lint/sources.json"), JSON.stringify({ lint: rules }));
});

afterAll(() => rmSync(house, { recursive: true, force: true }));

/** Writes sources as files and lints them in one go; gives what is said about each. */
async function lint(
  config: string,
  sources: ReadonlyArray<readonly [file: string, source: string]>,
): Promise<ReadonlyArray<ReadonlyArray<string>>> {
  const files = sources.map(([file, source], at) => {
    // A number before the name keeps sources for the same place apart; tables of contents go by their name.
    const name = file.endsWith("mod.ts") ? file : file.replace(/([^/]+)$/, `s${at}_$1`);
    mkdirSync(dirname(join(house, name)), { recursive: true });
    writeFileSync(join(house, name), source);
    return name;
  });
  const command = ["deno", "lint", "--json", "--config", `scripts/lint/${config}.json`, ...files];
  const { stdout } = await run(command, { cwd: house });
  const report: Report = JSON.parse(stdout);
  expect(report.errors).toEqual([]);
  return files.map((file) =>
    report.diagnostics.filter(({ filename }) => filename.endsWith(`${basename(house)}/${file}`))
      .map(({ code, message }) => `${code}: ${message}`)
  );
}

interface Report {
  readonly diagnostics: ReadonlyArray<{ readonly code: string; readonly message: string; readonly filename: string }>;
  readonly errors: ReadonlyArray<unknown>;
}

const arrows: ReadonlyArray<readonly [file: string, source: string, says: string | undefined]> = [
  [
    "transport/room.ts",
    'import { x } from "../core/ids.ts";',
    "transport/ may import nothing else of the project, not core/ids.ts",
  ],
  ["core/session/session.ts", 'import { x } from "../../transport/room.ts";', undefined],
  [
    "core/session/session.ts",
    'import { x } from "../../adapters/loopback/mod.ts";',
    "core/ may import transport/ of the project, not adapters/loopback/mod.ts",
  ],
  [
    "core/gateway.ts",
    'import type { X } from "../cli/main.ts";',
    "core/ may import transport/ of the project, not cli/main.ts",
  ],
  ["core/gateway.ts", 'export * from "../cli/main.ts";', "core/ may import transport/ of the project, not cli/main.ts"],
  [
    "core/gateway.ts",
    'export const x = import("../cli/main.ts");',
    "core/ may import transport/ of the project, not cli/main.ts",
  ],
  [
    "core/gateway.ts",
    'export type X = import("../cli/main.ts").X;',
    "core/ may import transport/ of the project, not cli/main.ts",
  ],
  [
    "core/gateway.ts",
    "export const x = import(`../cli/${1}.ts`);",
    "what is imported here cannot be told from the source",
  ],
  ["core/gateway.ts", '/** ```ts\nimport { x } from "livekit-client";\n``` */\nexport {};', undefined],
  ["core/gateway.ts", 'import { readFile } from "node:fs";', "core/ may import effect, not node:fs"],
  ["transport/room.ts", 'import { Room } from "livekit-client";', "transport/ may import effect, not livekit-client"],
  ["core/gateway.ts", 'import * as Effect from "effect/Effect";', undefined],
  ["core/gateway.ts", 'import { Effect } from "effect";', 'import effect by sub-path, for example "effect/Effect"'],
  ["adapters/sse/server.ts", 'import { x } from "../../core/resume/mod.ts";', undefined],
  [
    "adapters/sse/server.ts",
    'import { x } from "../../core/gateway.ts";',
    "adapters/ may import transport/, core/protocol/, core/resume/ of the project, not core/gateway.ts",
  ],
  [
    "adapters/sse/server.ts",
    'import { x } from "../loopback/hub.ts";',
    "adapters/ may import transport/, core/protocol/, core/resume/ of the project, not adapters/loopback/hub.ts",
  ],
  ["adapters/sse/server.ts", 'import { x } from "./parser.ts";', undefined],
  ["cli/main.ts", 'import { Gateway } from "../mod.ts";', undefined],
  [
    "cli/main.ts",
    'import { Gateway } from "../core/gateway.ts";',
    "cli/ may import mod.ts, testing.ts, transport/mod.ts, adapters/, files/, page/mod.ts of the project, not core/gateway.ts",
  ],
  ["cli/main.ts", 'import { x } from "../files/source/open_source.ts";', undefined],
  ["files/player.ts", 'import { Gateway } from "../mod.ts";', undefined],
  [
    "files/player.ts",
    'import { Gateway } from "../core/gateway.ts";',
    "files/ may import mod.ts, transport/mod.ts of the project, not core/gateway.ts",
  ],
];

describe("the rule about imports", () => {
  let said: ReadonlyArray<ReadonlyArray<string>> = [];
  beforeAll(async () => {
    said = await lint("imports", arrows.map(([file, source]) => [file, source]));
  });

  arrows.forEach(([file, source, says], at) => {
    it(`${says === undefined ? "lets" : "stops"} ${file}: ${source.replaceAll("\n", " ")}`, () => {
      expect(said[at]).toEqual(says === undefined ? [] : [`house/arrows: ${says}`]);
    });
  });

  it("wants tables of contents to re-export only", async () => {
    const says = "house/re-exports-only: this file only re-exports: `export ... from ...`";
    const judged = await lint("imports", [
      ["mod.ts", 'export { x } from "./core/x.ts";\nexport * from "./core/y.ts";'],
      ["transport/mod.ts", "export const x: number = 1;"],
      ["core/protocol/mod.ts", 'import "./x.ts";'],
      ["core/protocol/frame.ts", "export const x: number = 1;"],
    ]);
    expect(judged).toEqual([[], [says], [says], []]);
  });
});

describe("the rule about time, chance and logging", () => {
  const forbidden: ReadonlyArray<readonly [source: string, name: string]> = [
    ["Date.now();", "Date.now"],
    ["globalThis.Date.now();", "Date.now"],
    ['Date["now"]();', "Date.now"],
    ["new Date();", "new Date()"],
    ["performance.now();", "performance.now"],
    ["setTimeout(() => {}, 1);", "setTimeout"],
    ["globalThis.setInterval(() => {}, 1);", "setInterval"],
    ["setImmediate(() => {});", "setImmediate"],
    ["Math.random();", "Math.random"],
    ["crypto.randomUUID();", "crypto.randomUUID"],
    ['console.log("x");', "console.log"],
  ];

  it.each(["core/session/session.ts", "transport/room.ts"])("stops what is ambient in %s", async (file) => {
    const judged = await lint("sources", forbidden.map(([source]) => [file, source]));
    expect(judged).toEqual(forbidden.map(([, name]) => [`house/no-ambient: ${name} is not for this folder`]));
  });

  it("lets a given time, other folders, and comments", async () => {
    const judged = await lint("sources", [
      ["core/x.ts", "new Date(0); Math.max(1, 2); queueMicrotask(() => {});"],
      ["core/x.ts", "// Date.now() is not used\nexport {};"],
      ["cli/x.ts", "Date.now();"],
    ]);
    expect(judged).toEqual([[], [], []]);
  });
});

describe("the rule about assertions", () => {
  it("stops a detour over unknown, in the sources and in tests", async () => {
    const says = "house/no-double-assertion: an assertion over `unknown` can claim anything";
    const judged = await lint("sources", [
      ["core/x.ts", "export const x: number = ({} as unknown) as number;"],
      ["tests/x.test.ts", "const y = 1 as unknown as string; y;"],
      ["core/x.ts", "export const x: unknown = 1 as unknown;"],
    ]);
    expect(judged).toEqual([[says], [says], []]);
  });
});
