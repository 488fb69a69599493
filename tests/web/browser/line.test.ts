/**
 * The page over a line that breaks again and again, and in more tabs than a browser has connections for.
 */
import { describe, expect, it } from "vitest";
import { Opened } from "../../support/browser/rover_page.ts";
import type { Weather } from "../../support/faulty_proxy.ts";
import { CountingDevice } from "./counting_device.ts";

/** Some connections carry many messages, some hardly any; some not even all headers of the browser's. */
const storm: Weather = {
  up: [600, 8_000],
  down: [1_000, 8_000],
  calm: 0,
  stall: 0.05,
  stallMs: 40,
  delay: 0.1,
  delayMs: 4,
};
const CUTS = 20;
/** A number is said this often, in ms. */
const PACE_MS = 25;
/** As many lines as a log shows. */
const MOST = 500;
const PATIENCE_MS = 30_000;

async function until(what: string, holds: () => boolean, meanwhile: () => void = () => {}): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  while (!holds()) {
    if (performance.now() > deadline) throw new Error(`it has not come about that ${what}`);
    meanwhile();
    await new Promise((resolve) => setTimeout(resolve, PACE_MS));
  }
}

/** The lines of the log, as they can be read. */
function lines(): ReadonlyArray<string> {
  return [...document.querySelectorAll(".log-text")].map((one) => one.textContent ?? "");
}

/** Opens the page, which shows both channels. */
async function open(device: CountingDevice): Promise<Opened> {
  const opened = await Opened.at(device.line.url);
  await opened.sees("Connected", ".pill");
  await until("it has subscribed", () => device.listeners === 1);
  return opened;
}

describe("the page, over a bad line", () => {
  it("loses nothing, however often it is cut, and says how the connection is", async () => {
    await using device = await CountingDevice.start("the page");
    await using opened = await open(device);
    await opened.read(() => {
      const seen: Array<string> = [];
      Reflect.set(globalThis, "words", seen);
      const word = document.querySelector(".pill-word");
      if (word === null) throw new Error("there is no word for the connection");
      new MutationObserver(() => seen.push(word.textContent ?? ""))
        .observe(word, { characterData: true, childList: true, subtree: true });
    });
    const { line } = device;
    line.weather = storm;
    line.cut();
    await until(`it is cut ${CUTS} times`, () => line.damage.cuts >= CUTS, () => {
      if (device.count < MOST) device.next();
    });
    line.weather = undefined;
    const last = device.count - 1;
    await opened.until(
      "the last line is there",
      (last) => document.querySelector(".log-line:last-child .log-text")?.textContent === last,
      `number ${last}`,
    );
    await opened.sees(`${last}`, ".panel[data-kind=tree] .tree-row");
    expect(await opened.read(lines)).toEqual(Array.from({ length: device.count }, (_, number) => `number ${number}`));
    await opened.sees("Connected", ".pill");
    await opened.until("no banner is left", () => document.querySelector(".banner") === null);
    const words = await opened.read(() => Reflect.get(globalThis, "words") as ReadonlyArray<string>);
    expect(words).toContain("Reconnecting");
    expect(words.at(-1)).toBe("Connected");
    // Many lines have come at once, each time: the log stays with the newest.
    const follows = () => document.querySelector(".view-log [aria-pressed]")?.getAttribute("aria-pressed");
    expect(await opened.read(follows)).toBe("true");
    // It is the same session: with another one the page would have begun anew.
    expect(device.listeners).toBe(1);
  });

  it("says that the device has left, and that it cannot be reached", async () => {
    await using device = await CountingDevice.start("gone");
    await using opened = await open(device);
    device.next();
    await opened.sees("number 0", ".log-text");
    await device.leave();
    await opened.sees("The connection is lost: the server is shutting down", ".banner");
    await device.line[Symbol.asyncDispose]();
    await opened.sees("Trying again in", ".banner");
    await opened.sees("Reconnecting in", ".pill");
    await opened.shot("gone");
  });

  it("says so when seven tabs have used up the browser's connections, and goes on when one is closed", async () => {
    await using device = await CountingDevice.start("tabs");
    await using opened = await open(device);
    const context = opened.page.browserContext();
    const others = [];
    for (let tab = 2; tab <= 6; tab += 1) {
      const other = await context.newPage();
      await other.goto(device.line.url);
      others.push(other);
      await until(`tab ${tab} has been let in`, () => device.viewers === tab);
    }
    const seventh = await context.newPage();
    let isLoaded = false;
    const loaded = seventh.goto(device.line.url, { timeout: PATIENCE_MS }).then(() => isLoaded = true);
    await opened.page.bringToFront();
    await opened.sees("6 tabs of this page are open", ".banner");
    await opened.sees("further tabs do not load", ".banner");
    await opened.shot("seven-tabs");
    device.next();
    await opened.sees("number 0", ".log-text");
    expect(isLoaded).toBe(false);
    await others.shift()?.close();
    await loaded;
    await others.shift()?.close();
    await opened.until("the note is gone", () => document.querySelector(".banner") === null);
    const last = new Opened({ page: seventh, complaints: [] });
    await seventh.bringToFront();
    await last.sees("Connected", ".pill");
  });
});
