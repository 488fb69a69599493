import { describe, expect, it } from "vitest";
import { page } from "../../page/mod.ts";
import { digestOfModule, pageDigest } from "../../scripts/page.ts";

const sizes = page.files.map(({ path, body }) => [path, Buffer.byteLength(body)] as const);

/** The scripts that the page itself loads, and not one of those that LiveKit needs. */
function own(): ReadonlyArray<string> {
  const index = page.files.find(({ path }) => path === "index.html");
  return page.files.map(({ path }) => path).filter((path) => String(index?.body).includes(path));
}

describe("page/mod.ts", () => {
  it("is made of the sources as they are; `npm run build:page` makes it anew", () => {
    expect(digestOfModule()).toBe(pageDigest());
  });

  it("has a page and what it names, each file with an entity tag of its own", () => {
    const paths = page.files.map(({ path }) => path);
    expect(paths).toContain("index.html");
    expect(own().filter((path) => path.endsWith(".js"))).toHaveLength(1);
    expect(own().filter((path) => path.endsWith(".css"))).toHaveLength(1);
    expect(new Set(paths).size).toBe(paths.length);
    expect(page.files.filter(({ etag }) => !/^"[\w-]{22}"$/.test(etag))).toEqual([]);
  });

  it("names nothing that is elsewhere, but for namespaces and what LiveKit's client knows", () => {
    const elsewhere = page.files.filter(({ path }) => !path.includes("livekit-client")).flatMap(({ body }) =>
      [...String(body).matchAll(/\b(?:https?|wss?):\/\/[\w.-]+/g)].map(([found]) => found)
    );
    expect(new Set(elsewhere)).toEqual(new Set(["http://www.w3.org"]));
  });

  it("makes no code at run time, and needs no styles or scripts that are inline", () => {
    const code = page.files.filter(({ path }) => path.endsWith(".js")).map(({ body }) => String(body));
    expect(code.filter((text) => /new Function\b|[^\w.$]Function\(|[^\w.$]eval\(/.test(text))).toEqual([]);
    const html = page.files.filter(({ path }) => path.endsWith(".html")).map(({ body }) => String(body));
    expect(html.filter((text) => /<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)/.test(text))).toEqual([]);
  });

  it("is small, and smaller yet without what only LiveKit needs", () => {
    const bytes = (of: ReadonlyArray<string>) =>
      sizes.filter(([path]) => of.includes(path)).reduce((sum, [, size]) => sum + size, 0);
    const [all, first] = [bytes(sizes.map(([path]) => path)), bytes(own())];
    console.log(`the page has ${first} bytes, ${all} with what is only loaded when it is needed`);
    expect(first).toBeLessThan(700_000);
    expect(all).toBeLessThan(1_500_000);
  });
});
