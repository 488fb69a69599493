/**
 * The page with a rover in it, in a browser that all files of the suite share.
 */
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import type { Page } from "puppeteer-core";
import { expect } from "vitest";
import { bundlePage } from "../../../scripts/page.ts";
import { root } from "../../../scripts/house.ts";
import type { Model } from "../../../web/state/model.ts";
import type { RoverHere } from "../../web/fixture/rover.ts";
import { type OpenPage, TestBrowser } from "./browser.ts";
import { PageServer } from "./page_server.ts";

/** What the page under test has put where scripts find it. */
declare global {
  var here: RoverHere;
  var model: Model;
}

/** How a page is opened. */
export interface Look {
  readonly query?: string;
  readonly width?: number;
  readonly height?: number;
  readonly isDark?: boolean;
  readonly hasTouch?: boolean;
}

/** How long something may take that is to happen, in ms. */
const PATIENCE_MS = 20_000;
const LOOK_AGAIN_MS = 50;
/** Where screenshots are left. */
export const screenshots: string = join(root, ".cache", "screenshots");

let browser: Promise<TestBrowser> | undefined;
let server: Promise<PageServer> | undefined;

/** The browser; it lasts until this process ends. */
export function sharedBrowser(): Promise<TestBrowser> {
  return browser ??= TestBrowser.start();
}

/** The server of the page with a rover in it; it lasts until this process ends. */
export function sharedServer(): Promise<PageServer> {
  return server ??= bundlePage("tests/web/fixture").then((files) => PageServer.start(files));
}

/** A page in a browser, and what a test does with it. */
export class Opened implements AsyncDisposable {
  readonly page: Page;
  readonly complaints: ReadonlyArray<string>;

  constructor({ page, complaints }: OpenPage) {
    this.page = page;
    this.complaints = complaints;
  }

  /** Opens the page with the rover, and waits until it is seen. */
  static async rover(look: Look = {}): Promise<Opened> {
    const opened = await Opened.open(look);
    await opened.sees("Connected", ".pill");
    await opened.until("panels are open", () => document.querySelectorAll(".panel").length > 0);
    return opened;
  }

  /** Opens the page with the rover. */
  static async open({ query = "", ...look }: Look = {}): Promise<Opened> {
    const { origin } = await sharedServer();
    return await Opened.at(`${origin}/${query}`, look);
  }

  /** Opens a page of some server. */
  static async at(
    url: string,
    { width = 1440, height = 900, isDark = false, hasTouch = false }: Look = {},
  ): Promise<Opened> {
    const browser = await sharedBrowser();
    const opened = await browser.visit(url, async (page) => {
      await page.setViewport({ width, height, hasTouch, isMobile: hasTouch });
      await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: isDark ? "dark" : "light" }]);
    });
    return new Opened(opened);
  }

  /** Waits until it holds in the page. (What puppeteer has for this makes code there, which the page's policy forbids.) */
  async until<Given>(what: string, holds: (given: Given) => unknown, given?: Given): Promise<void> {
    const deadline = performance.now() + PATIENCE_MS;
    while (!await this.page.evaluate(holds as (given: unknown) => unknown, given)) {
      if (performance.now() > deadline) {
        await this.shot("failed");
        throw new Error(`it has not come about that ${what}`);
      }
      await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
    }
  }

  /** Waits until the text can be read, in what the selector finds. */
  sees(text: string, selector = "body"): Promise<void> {
    return this.until(
      `“${text}” is in ${selector}`,
      ({ text, selector }) =>
        [...document.querySelectorAll<HTMLElement>(selector)].some((one) => one.innerText.includes(text)),
      { text, selector },
    );
  }

  /** Clicks on the first thing of that kind with that name, as a screen reader has it. */
  async press(name: string, role = "button"): Promise<void> {
    const found = await this.page.waitForSelector(`::-p-aria([name="${name}"][role="${role}"])`, {
      timeout: PATIENCE_MS,
    });
    await found?.click();
    await found?.dispose();
  }

  /** Goes to a part beside the panels. */
  tab(title: string): Promise<void> {
    return this.press(title, "tab");
  }

  /** What is in the page. */
  read<Result>(look: () => Result): Promise<Awaited<Result>> {
    return this.page.evaluate(look);
  }

  /** Keeps a picture of it. */
  async shot(name: string): Promise<void> {
    mkdirSync(screenshots, { recursive: true });
    await this.page.screenshot({ path: `${screenshots}/${name}.png` });
  }

  /** What is in the way of people who cannot see it, or not well, or use no pointer. */
  async barriers(): Promise<ReadonlyArray<string>> {
    await this.page.evaluate(axe);
    return await this.page.evaluate(async () => {
      const runner = globalThis as typeof globalThis & { axe: typeof import("axe-core") };
      const { violations } = await runner.axe.run(document, { resultTypes: ["violations"] });
      return violations.flatMap(({ id, nodes }) =>
        nodes.map(({ target, failureSummary }) => `${id}: ${target.join(" ")}: ${failureSummary ?? ""}`)
      );
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.page.browserContext().close();
  }
}

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** Nothing was complained of. */
export function expectQuiet(opened: Opened): void {
  expect(opened.complaints).toEqual([]);
}
