/**
 * `npm run screenshot`: starts the demo, drives the rover a little on its page, and keeps a picture of that for the README.
 *
 * @module
 */
import { spawn } from "node:child_process";
import { mkdirSync, statSync } from "node:fs";
import { dirname } from "node:path";
import type { Page } from "puppeteer-core";
import { TestBrowser } from "../tests/support/browser/browser.ts";
import { root } from "./house.ts";

/** Where the picture is kept. */
const FILE = `${root}docs/page.png`;
const VIEWPORT = { width: 1440, height: 900, deviceScaleFactor: 1 } as const;
/** It may take so long until something is seen, in ms. */
const PATIENCE_MS = 20_000;
const LOOK_AGAIN_MS = 50;
/** The rover follows its figure for so long first, in ms: the map and the plot have something to show. */
const FIGURE_MS = 8_000;
/** It is driven for so long, in ms. */
const DRIVE_MS = 2_000;

/** Starts the command, and gives the address that it prints. */
async function serve(): Promise<AsyncDisposable & { readonly url: string }> {
  const command = spawn(process.execPath, [`${root}bin/fieldlink.js`, "demo", "--serve", "0", "--no-tour"], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = new Promise<void>((resolve) => command.once("close", () => resolve()));
  const end = async (): Promise<void> => {
    command.kill("SIGINT");
    await ended;
  };
  let printed = "";
  const printedUrl = new Promise<string>((resolve) => {
    command.stdout.setEncoding("utf8").on("data", (text: string) => {
      printed += text;
      const url = /open (\S+) to see/.exec(printed)?.[1];
      if (url !== undefined) resolve(url);
    });
  });
  const url = await Promise.race([printedUrl, ended.then(() => undefined), pause(PATIENCE_MS).then(() => undefined)]);
  if (url !== undefined) return { url, [Symbol.asyncDispose]: end };
  await end();
  throw new Error(`the command has printed no address:\n${printed}`);
}

async function until(page: Page, selector: string): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  while (await page.$(selector) === null) {
    if (performance.now() > deadline) throw new Error(`there is no ${selector} on the page`);
    await pause(LOOK_AGAIN_MS);
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms).unref());
}

await using served = await serve();
await using browser = await TestBrowser.start();
const { page } = await browser.visit(served.url, async (page) => {
  await page.setViewport(VIEWPORT);
  await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: process.argv[2] ?? "dark" }]);
});
for (const selector of [".scene-pose", ".pad[aria-disabled=false]"]) await until(page, selector);
await pause(FIGURE_MS);
await page.focus(".pad");
await page.keyboard.down("w");
await page.keyboard.down("a");
await pause(DRIVE_MS);
mkdirSync(dirname(FILE), { recursive: true });
await page.screenshot({ path: FILE });
await page.keyboard.up("a");
await page.keyboard.up("w");
console.log(`docs/page.png: ${Math.ceil(statSync(FILE).size / 1_024)} kB`);
