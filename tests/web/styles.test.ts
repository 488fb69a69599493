import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const web = fileURLToPath(new URL("../../web/", import.meta.url));
const files = readdirSync(web, { recursive: true, encoding: "utf8" }).filter((path) => /\.(css|tsx?)$/.test(path));
const sources = new Map(files.map((path) => [path, readFileSync(web + path, "utf8")]));

/** All that a pattern's group finds in the files, each with the file that it is in. */
function found(pattern: RegExp): ReadonlyArray<{ readonly path: string; readonly name: string }> {
  return [...sources].flatMap(([path, text]) => [...text.matchAll(pattern)].map(([, name]) => ({ path, name: name! })));
}

describe("the page's styles", () => {
  it("use no custom property that none of them defines", () => {
    const defined = new Set(found(/(?:^|[\s{;"'])(--[\w-]+)["']?\s*:/g).map(({ name }) => name));
    // In style sheets, and in what draws on a canvas.
    const used = [...found(/var\(\s*(--[\w-]+)/g), ...found(/(?:colour|themeColour)\((?:\w+, )?"(--[\w-]+)"/g)];
    expect(used.length).toBeGreaterThan(50);
    expect(used.filter(({ name }) => !defined.has(name))).toEqual([]);
  });
});
