/**
 * Every panel in a browser, under the policy of the real page, with a device in the same page.
 */
import { mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Page } from "puppeteer-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { sharedBrowser } from "../../support/browser/rover_page.ts";
import { axeViolations } from "../support/axe.ts";
import { Site } from "../support/site.ts";

const shots = fileURLToPath(new URL("../../../.cache/screenshots/", import.meta.url));
const deadline = { timeout: 20_000 };

let site: Site;
let page: Page;
let complaints: ReadonlyArray<string>;

beforeAll(async () => {
  site = await Site.serve("tests/web/panels/page");
  ({ page, complaints } = await (await sharedBrowser()).visit(site.url));
  await page.setViewport({ width: 1400, height: 1600 });
  await page.waitForSelector("section", deadline);
}, 90_000);

afterAll(async () => {
  await page?.browserContext().close();
  await site?.[Symbol.asyncDispose]();
});

/** A CSS selector within the frame of a panel. */
function within(frame: string, selector: string): string {
  return `section[aria-label="${frame}"] ${selector}`;
}

/** The text of an element. */
async function textOf(selector: string): Promise<string> {
  return await page.$eval(selector, (element) => element.textContent ?? "");
}

/** Waits until a text is in an element. */
async function untilText(selector: string, text: string): Promise<void> {
  await page.waitForFunction(
    (where, wanted) => [...document.querySelectorAll(where)].some((one) => one.textContent?.includes(wanted) === true),
    deadline,
    selector,
    text,
  );
}

/** Waits until what was asked for before, as by a message that came right before a pause, has been drawn. */
async function untilDrawn(): Promise<void> {
  await page.evaluate(async () => {
    for (let frames = 0; frames < 2; frames += 1) await new Promise(requestAnimationFrame);
  });
}

/** Waits until an element's label matches. */
async function untilLabel(selector: string, pattern: RegExp): Promise<string> {
  await page.waitForFunction(
    (where, source) => new RegExp(source).test(document.querySelector(where)?.getAttribute("aria-label") ?? ""),
    deadline,
    selector,
    pattern.source,
  );
  return await page.$eval(selector, (element) => element.getAttribute("aria-label") ?? "");
}

/** The pixels of a canvas, by way of another one: a canvas that is read often is a slow one. */
async function pixelsOf(selector: string): Promise<{ width: number; height: number; data: ReadonlyArray<number> }> {
  return await page.$eval(selector, (element) => {
    const { width, height } = element as HTMLCanvasElement;
    const context = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true })!;
    context.drawImage(element as HTMLCanvasElement, 0, 0);
    return { width, height, data: [...context.getImageData(0, 0, width, height).data] };
  });
}

/** The colour of a canvas at a place, in shares of its size. */
async function colourAt(selector: string, x: number, y: number): Promise<ReadonlyArray<number>> {
  const { width, height, data } = await pixelsOf(selector);
  const at = (Math.floor(height * y) * width + Math.floor(width * x)) * 4;
  return data.slice(at, at + 4);
}

/** How many different colours a canvas has. */
async function coloursOf(selector: string): Promise<number> {
  const { data } = await pixelsOf(selector);
  const seen = new Set<number>();
  for (let at = 0; at < data.length; at += 4) seen.add(data[at]! * 65_536 + data[at + 1]! * 256 + data[at + 2]!);
  return seen.size;
}

/** Clicks on what has that text or label, once it is there. */
async function click(selector: string, text: string): Promise<void> {
  await page.waitForFunction(
    (where, wanted) => {
      const all = [...document.querySelectorAll<HTMLElement>(where)];
      const found = all.find((one) => one.textContent?.trim() === wanted || one.ariaLabel === wanted);
      found?.click();
      return found !== undefined;
    },
    deadline,
    selector,
    text,
  );
}

/** Opens what is closed, or closes what is open, of all panels. */
async function setOpen(isOpen: boolean): Promise<void> {
  await page.$$eval("section", (sections, isWanted) => {
    for (const section of sections) {
      const isOpen = section.querySelector(".view") !== null;
      if (isOpen !== isWanted) section.querySelector<HTMLElement>("h2 button:last-of-type")?.click();
    }
  }, isOpen);
}

describe("pictures", () => {
  it("of raw pixels in cdr are on the canvas, with their size and encoding", async () => {
    const canvas = within("Picture of /camera/raw", "canvas");
    expect(await untilLabel(canvas, /64 × 32/)).toBe("/camera/raw: 64 × 32, rgb8");
    expect(await colourAt(canvas, 0.25, 0.5)).toEqual([255, 0, 0, 255]);
    expect(await colourAt(canvas, 0.75, 0.5)).toEqual([0, 0, 255, 255]);
  });

  it("in a file format as base64 in JSON are on the canvas", async () => {
    const canvas = within("Picture of /camera/compressed", "canvas");
    expect(await untilLabel(canvas, /40 × 20/)).toBe("/camera/compressed: 40 × 20, png");
    expect(await colourAt(canvas, 0.5, 0.5)).toEqual([0, 255, 0, 255]);
    await untilText(within("Picture of /camera/compressed", ".view-facts"), "/s");
  });

  it("that are larger than is shown are not decoded, however small their files are", async () => {
    const problem = within("Picture of /camera/huge", ".view-problem");
    await untilText(problem, "8000 × 8000 pixels are more than 50");
  });
});

describe("trees", () => {
  it("show messages in ros1 and in protobuf by the names of their fields", async () => {
    for (const encoding of ["ros1", "protobuf"]) {
      const rows = within(`Message of /counter/${encoding}`, "[role=treeitem]");
      await untilText(rows, `${encoding} counter`);
      const texts = await page.$$eval(rows, (found) => found.map((row) => row.textContent));
      expect(texts[0]).toMatch(/^▾?▸?count\d+/);
    }
  });

  it("are worked with the keyboard: to a list, into it, and to more of it", async () => {
    const tree = within("Message of /rover/scan", "[role=tree]");
    await untilText(`${tree} [role=treeitem]`, "ranges");
    await page.focus(`${tree} [tabindex="0"]`);
    const focused = () => page.evaluate(() => document.activeElement?.querySelector(".tree-name")?.textContent);
    await page.keyboard.press("End");
    expect(await focused()).toBe("intensities");
    await page.keyboard.press("ArrowUp");
    expect(await focused()).toBe("ranges");
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("ArrowRight");
    expect(await focused()).toBe("0");
    await untilText(`${tree} [role=treeitem]`, "310 more");
    await page.keyboard.press("ArrowLeft");
    expect(await focused()).toBe("ranges");
    await page.keyboard.press("Enter");
    expect(await page.$eval(`${tree} :focus`, (row) => row.getAttribute("aria-expanded"))).toBe("false");
  });

  it("leave the keyboard where it has gone, also after a key that led nowhere", async () => {
    const frame = "Message of /counter/ros1";
    const row = within(frame, "[role=treeitem]");
    const pause = within(frame, "h2 button");
    await untilText(row, "ros1 counter");
    await click(pause, "Pause");
    await untilDrawn();
    const before = await textOf(row);
    await page.focus(row);
    await page.keyboard.press("Home");
    await page.keyboard.press("Home");
    await page.focus(pause);
    await click(pause, "Pause");
    await page.waitForFunction(
      (where, past) => document.querySelector(where)?.textContent !== past,
      deadline,
      row,
      before,
    );
    expect(await page.$eval(pause, (button) => button === document.activeElement)).toBe(true);
  });

  it("copy a value, whatever of it is shown", async () => {
    await page.evaluate(() => {
      Object.defineProperty(navigator, "clipboard", {
        value: { writeText: (text: string) => Promise.resolve(Object.assign(globalThis, { copied: text })) },
      });
    });
    await click(within("Message of /counter/protobuf", ".tree-copy"), "Copy name");
    await untilText(within("Message of /counter/protobuf", "[role=status]"), "name is copied");
    expect(await page.evaluate(() => Reflect.get(globalThis, "copied"))).toBe("protobuf counter");
  });

  it("hold still while they are paused, and go on after it", async () => {
    const frame = "Message of /counter/ros1";
    const count = async () => Number((await textOf(within(frame, "[role=treeitem]"))).replace(/\D/g, ""));
    await click(within(frame, "button"), "Pause");
    await untilDrawn();
    const before = await count();
    const other = within("Message of /counter/protobuf", "[role=treeitem]");
    const seen = Number((await textOf(other)).replace(/\D/g, ""));
    await page.waitForFunction(
      (where, past) => Number(document.querySelector(where)?.textContent?.replace(/\D/g, "")) > past + 5,
      deadline,
      other,
      seen,
    );
    expect(await count()).toBe(before);
    await click(within(frame, "button"), "Pause");
    await page.waitForFunction(
      (where, past) => Number(document.querySelector(where)?.textContent?.replace(/\D/g, "")) > past + 5,
      deadline,
      within(frame, "[role=treeitem]"),
      before,
    );
  });

  it("say once why messages cannot be shown, and show their bytes", async () => {
    await untilText(within("Message of /unknown", "[role=alert]"), "the encoding smoke signals is not known here");
    await untilText(within("Message of /unknown", "pre"), "who can read");
    await untilText(within("Message of /broken", "[role=alert]"), "is no json of its schema");
    expect((await page.$$(within("Message of /broken", "[role=alert]"))).length).toBe(1);
  });
});

describe("a plot", () => {
  it("begins with fields of the messages, and draws them", async () => {
    const label = await untilLabel(within("Plot of /counter/ros1", ".plot-place"), /count [1-9]/);
    expect(label).toMatch(/^The last 10 seconds; latest: count \d+, samples\[0\] 0\.5, samples\[1\] \d+$/);
    const canvas = within("Plot of /counter/ros1", "canvas");
    await page.waitForSelector(canvas, deadline);
    // There is a chart without lines until the first message has been drawn.
    await expect.poll(() => coloursOf(canvas), deadline).toBeGreaterThan(3);
  });

  it("takes fields in and out, found by a part of their names", async () => {
    const frame = "Plot of /rover/imu";
    await page.waitForSelector(within(frame, ".plot-legend"), deadline);
    await page.type(within(frame, "input"), "orientation.w");
    await page.keyboard.press("Enter");
    await untilText(within(frame, ".plot-name"), "orientation.w");
    await page.type(within(frame, "input"), "ular_velocity.x");
    await page.keyboard.press("Enter");
    await untilText(within(frame, ".plot-name"), "angular_velocity.x");
    await click(within(frame, "button"), "Remove orientation.w");
    const names = await page.$$eval(within(frame, ".plot-name"), (found) => found.map((one) => one.textContent));
    expect(names).toEqual([
      "angular_velocity.z",
      "linear_acceleration.x",
      "linear_acceleration.y",
      "angular_velocity.x",
    ]);
  });

  it("holds still while it is paused, and goes on with what is new after it", async () => {
    const frame = "Plot of /counter/ros1";
    const other = within("Message of /counter/protobuf", "[role=treeitem]");
    const shown = async () => ({
      picture: await page.$eval(within(frame, "canvas"), (canvas) => (canvas as HTMLCanvasElement).toDataURL()),
      words: await page.$eval(within(frame, ".plot-place"), (place) => place.getAttribute("aria-label")),
    });
    const untilCounted = async () => {
      const seen = Number((await textOf(other)).replace(/\D/g, ""));
      await page.waitForFunction(
        (where, past) => Number(document.querySelector(where)?.textContent?.replace(/\D/g, "")) > past + 10,
        deadline,
        other,
        seen,
      );
    };
    await untilLabel(within(frame, ".plot-place"), /count [1-9]/);
    await click(within(frame, "button"), "Pause");
    await untilDrawn();
    const paused = await shown();
    await untilCounted();
    expect(await shown()).toEqual(paused);
    await click(within(frame, "button"), "Pause");
    await untilCounted();
    const after = await shown();
    expect(after.picture).not.toBe(paused.picture);
    expect(after.words).not.toBe(paused.words);
  });

  it("shows the numbers under the pointer", async () => {
    const frame = "Plot of /counter/ros1";
    const value = within(frame, ".plot-value");
    const place = await page.$(within(frame, ".u-over"));
    const box = await place!.boundingBox();
    await page.mouse.move(box!.x + box!.width * 0.8, box!.y + box!.height / 2, { steps: 4 });
    await page.waitForFunction(
      (shown, words) => {
        const newest = /latest: count (\d+)/.exec(document.querySelector(words)?.getAttribute("aria-label") ?? "")?.[1];
        return Number(document.querySelector(shown)?.textContent) < Number(newest) - 5;
      },
      deadline,
      value,
      within(frame, ".plot-place"),
    );
    await page.mouse.move(1, 1);
  });
});

describe("a log", () => {
  const frame = "Log of /log";
  const rows = within(frame, ".log-line");

  it("shows lines with level, name and text, and filters them", async () => {
    const untilAllHave = (text: string) =>
      page.waitForFunction(
        (where, wanted) => {
          const all = [...document.querySelectorAll(where)];
          return all.length > 1 && all.every((row) => row.textContent?.includes(wanted) === true);
        },
        deadline,
        rows,
        text,
      );
    await untilText(rows, "0 of the log");
    await page.select(within(frame, "select"), "error");
    await untilAllHave("error");
    expect(await textOf(rows)).toMatch(/^[\d:.]+errornode_\dline \d*[05] of the log$/);
    await page.select(within(frame, "select"), "unknown");
    await page.type(within(frame, "input"), "NODE_1");
    await untilAllHave("node_1");
    await page.$eval(within(frame, "input"), (input) => {
      (input as HTMLInputElement).value = "";
      input.dispatchEvent(new Event("input", { bubbles: true }));
    });
  });

  it("stays with the newest line until it is scrolled away, and comes back when asked", async () => {
    const list = within(frame, ".log-lines");
    const toEnd = () => page.$eval(list, (one) => one.scrollHeight - one.scrollTop - one.clientHeight);
    await page.waitForFunction(
      (where) => {
        const one = document.querySelector(where)!;
        return one.scrollHeight > one.clientHeight + 300;
      },
      deadline,
      list,
    );
    expect(await toEnd()).toBeLessThan(2);
    await page.$eval(list, (one) => {
      one.scrollTop = 0;
    });
    const follow = within(frame, '.view-button[aria-pressed="false"]');
    await page.waitForSelector(follow, deadline);
    const newest = await page.$$eval(rows, (all) => all.at(-1)?.textContent);
    await page.waitForFunction(
      (where, before) => [...document.querySelectorAll(where)].at(-1)?.textContent !== before,
      deadline,
      rows,
      newest,
    );
    expect(await page.$eval(list, (one) => one.scrollTop)).toBe(0);
    await page.click(follow);
    await page.waitForFunction(
      (where) => {
        const one = document.querySelector(where)!;
        return one.scrollHeight - one.scrollTop - one.clientHeight < 2;
      },
      deadline,
      list,
    );
  });
});

describe("a map", () => {
  const frame = "Map of /rover/pose";
  const canvas = within(frame, "canvas");

  it("shows the pose and the scan on one floor, and says so in words", async () => {
    await untilLabel(
      canvas,
      /^Map: device at x −?\d+\.\d\d m, y −?\d+\.\d\d m, −?\d+°; \d+ points of \/rover\/scan$/,
    );
    expect(await coloursOf(canvas)).toBeGreaterThan(4);
  });

  it("is moved and zoomed with keys, and shows all again when asked", async () => {
    const pressed = () => page.$$eval(within(frame, "[aria-pressed]"), (all) => all.map((one) => one.ariaPressed));
    expect(await pressed()).toEqual(["false", "true"]);
    await page.focus(canvas);
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("+");
    await page.waitForSelector(within(frame, '.view-button[aria-pressed="false"]:nth-of-type(2)'), deadline);
    expect(await pressed()).toEqual(["false", "false"]);
    await click(within(frame, "button"), "Show all");
    await page.waitForSelector(within(frame, '.view-button[aria-pressed="true"]:nth-of-type(2)'), deadline);
  });
});

describe("the page with all panels", () => {
  it("lets go of every channel when its panels are closed", async () => {
    const listensTo = (isWanted: (channels: number) => boolean) =>
      page.waitForFunction(`(${isWanted})(listenedTo())`, deadline);
    await listensTo((channels) => channels > 5);
    try {
      await setOpen(false);
      await page.waitForFunction(() => document.querySelectorAll(".view").length === 0, deadline);
      // Effects are cleaned up once the page without the panels has been drawn.
      await listensTo((channels) => channels === 0);
    } finally {
      await setOpen(true);
    }
    await untilText(within("Message of /counter/ros1", "[role=treeitem]"), "ros1 counter");
  });

  it("is accessible in light and in dark, keeps to the policy, and has complained of nothing", async () => {
    mkdirSync(shots, { recursive: true });
    for (const value of ["light", "dark"]) {
      await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value }]);
      await untilLabel(within("Picture of /camera/raw", "canvas"), /64 × 32/);
      await untilText(within("Log of /log", ".log-line"), "error");
      await untilText(within("Plot of /rover/imu", ".plot-name"), "angular");
      expect(await axeViolations(page, ".view")).toEqual([]);
      await page.screenshot({ path: `${shots}panels-${value}.png`, fullPage: true });
    }
    const policy = await page.evaluate(async () => (await fetch(location.href)).headers.get("content-security-policy"));
    expect(policy).toContain("script-src 'self';");
    expect(complaints).toEqual([]);
  });
});
