/**
 * The page that a device serves, sent to a device in a LiveKit room instead.
 */
import * as Effect from "effect/Effect";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { sse } from "../../adapters/sse/mod.ts";
import { listen } from "../../cli/serve/listen.ts";
import { Context, Gateway } from "../../mod.ts";
import { page as files } from "../../page/mod.ts";
import { TestBrowser } from "../support/browser/browser.ts";
import { Opened } from "../support/browser/rover_page.ts";
import { freshRoom, suiteServer, tokenFor, transport } from "../support/livekit/suite.ts";

/** Ms between two messages. */
const PACE = 50;

/** What the browser's package is built for. */
const there = process.platform === "linux" && process.arch === "x64";

describe.skipIf(!there)("the page, over LiveKit", { timeout: 180_000 }, () => {
  let browser: TestBrowser;
  beforeAll(async () => {
    browser = await TestBrowser.start();
  }, 180_000);
  afterAll(() => browser?.[Symbol.asyncDispose]());

  it("shows the device in the room that its address names, and takes the token out of the address", async () => {
    const room = freshRoom();
    const context = new Context();
    const state = context.channel({ topic: "/state", encoding: "json", qos: "reliable" });
    await using _gateway = await Gateway.start({ name: "far-rover", context, transport: transport(room, "rover") });
    let count = 0;
    const timer = setInterval(() => state.log(JSON.stringify({ count: ++count })), PACE);
    const token = await tokenFor(room, "page");
    const seen = Effect.gen(function* () {
      // Nothing is at this end but the page.
      const { fetch } = sse({ page: files });
      const port = yield* listen({ fetch, hostname: "127.0.0.1", port: 0, isAnyPort: false });
      const address = `http://127.0.0.1:${port}/?livekit=${encodeURIComponent(suiteServer().url)}`;
      yield* Effect.promise(async () => {
        await using opened = new Opened(
          await browser.visit(`${address}#token=${token}`, (page) => page.setViewport({ width: 1440, height: 900 })),
        );
        await opened.sees("Connected", ".pill");
        await opened.sees("LiveKit", ".pill");
        await opened.sees("far-rover", ".top");
        await opened.sees("count", ".panel[data-kind=tree] .tree-row");
        expect(opened.page.url()).toBe(address);
        expect(opened.complaints).toEqual([]);
      });
    });
    try {
      await Effect.runPromise(Effect.scoped(seen));
    } finally {
      clearInterval(timer);
    }
  });
});
