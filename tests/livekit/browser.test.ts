import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Context, Gateway } from "../../mod.ts";
import { type Bundle, bundle } from "../support/browser/bundle.ts";
import { TestBrowser } from "../support/browser/browser.ts";
import { freshRoom, suiteServer, tokenFor, transport } from "../support/livekit/suite.ts";
import { MESSAGES, type Seen, type Visit } from "./pages/visit.ts";

/** Ms between two messages of each channel. */
const PACE = 20;

declare function visit(to: Visit): Promise<Seen>;

interface Command {
  readonly from: string;
  readonly topic: string;
  readonly data: string;
}

/** A device that talks for as long as the test lasts. */
async function startRover(room: string): Promise<AsyncDisposable & { readonly commands: Array<Command> }> {
  const commands: Array<Command> = [];
  const context = new Context();
  const reliable = context.channel({ topic: "/reliable", encoding: "json", qos: "reliable" });
  const lossy = context.channel({ topic: "/lossy", encoding: "json" });
  const gateway = await Gateway.start({
    name: "rover",
    context,
    transport: transport(room, "rover"),
    services: [{
      name: "/add",
      request: { encoding: "json" },
      handler: (request) => {
        const { a, b }: { a: number; b: number } = JSON.parse(request.text());
        return { sum: a + b };
      },
    }],
    onMessageData: (client, { topic }, data) => {
      commands.push({ from: client.identity, topic, data: new TextDecoder().decode(data) });
    },
  });
  let count = 0;
  const timer = setInterval(() => {
    count++;
    reliable.log(JSON.stringify({ count }));
    lossy.log(JSON.stringify({ count }));
  }, PACE);
  return {
    commands,
    [Symbol.asyncDispose]: async () => {
      clearInterval(timer);
      await gateway.close();
    },
  };
}

function counts(messages: ReadonlyArray<string>): ReadonlyArray<number> {
  return messages.map((message) => JSON.parse(message).count);
}

const pages = {
  "this library's viewer": "tests/livekit/pages/viewer.ts",
  "livekit-client alone": "tests/livekit/pages/foreign.ts",
} as const;

/** What the browser's package is built for. */
const there = process.platform === "linux" && process.arch === "x64";

describe.skipIf(!there)("a browser", { timeout: 180_000 }, () => {
  let browser: TestBrowser;
  beforeAll(async () => {
    browser = await TestBrowser.start();
  }, 180_000);
  afterAll(() => browser[Symbol.asyncDispose]());

  for (const [name, file] of Object.entries(pages)) {
    it(`with ${name} sees, calls and commands a device, and complains of nothing`, async () => {
      const room = freshRoom();
      const program: Bundle = await bundle(file);
      expect(program.modules.filter((id) => /\/@roamhq\/|\.node$/.test(id))).toEqual([]);
      await using rover = await startRover(room);
      const { page, complaints } = await browser.open(program.code);
      const to = { url: suiteServer().url, token: await tokenFor(room, "page") };
      const seen = await page.evaluate((given) => visit(given), to);
      expect(seen).toMatchObject({ device: "rover", sum: '{"sum":5}' });
      const reliable = counts(seen.reliable);
      const first = reliable[0] ?? 0;
      expect(reliable).toEqual(Array.from({ length: MESSAGES }, (_, at) => first + at));
      expect(new Set(counts(seen.lossy)).size).toBe(MESSAGES);
      expect(rover.commands).toEqual([{ from: "page", topic: "/command", data: '{"go":true}' }]);
      expect(complaints).toEqual([]);
    });
  }
});
