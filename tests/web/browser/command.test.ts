/**
 * The command as somebody starts it, and the address that it prints, opened in a browser.
 */
import type { Page } from "puppeteer-core";
import { describe, expect, it } from "vitest";
import { endProcessesAfterEach, type Running, startCommand } from "../../cli/support/processes.ts";
import { expectQuiet, Opened, sharedBrowser } from "../../support/browser/rover_page.ts";

endProcessesAfterEach();

interface Started {
  readonly command: Running;
  /** The address that was printed. */
  readonly url: string;
}

/** Starts the rover on a free port. */
async function start(...args: ReadonlyArray<string>): Promise<Started> {
  const command = startCommand("node", ["demo", "--serve", "0", "--no-tour", ...args]);
  let printed = "";
  command.child.stdout?.on("data", (text: string) => printed += text);
  await command.said(" to see and drive it");
  const url = /open (\S+) to see and drive it/.exec(printed)?.[1];
  if (url === undefined) throw new Error(`there is no address in ${printed}`);
  return { command, url };
}

/** Where the map says that the device is headed, in degrees. */
function heading(): number {
  const degrees = /, (\S+)°$/.exec(document.querySelector(".scene-pose")?.textContent ?? "")?.[1] ?? "";
  return Number(degrees.replace("−", "-"));
}

/** Opens an address; tells of every request, and of the policy that the page came with. */
async function open(url: string): Promise<{
  readonly opened: Opened;
  readonly asked: ReadonlyArray<string>;
  readonly policy: () => string | undefined;
}> {
  const asked: Array<string> = [];
  let policy: string | undefined;
  const prepare = async (page: Page): Promise<void> => {
    await page.setViewport({ width: 1440, height: 900 });
    await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: "light" }]);
    page.on("request", (request) => asked.push(request.url()));
    page.on("response", (response) => {
      if (response.request().isNavigationRequest()) policy = response.headers()["content-security-policy"];
    });
  };
  const browser = await sharedBrowser();
  return { opened: new Opened(await browser.visit(url, prepare)), asked, policy: () => policy };
}

/**
 * Tries to reach another server, and to run a script that stands in the page; tells what the policy forbids, as soon as
 * both are told of, which may be a while after they were tried.
 */
async function forbidden(): Promise<ReadonlyArray<string>> {
  const seen = new Set<string>();
  document.addEventListener("securitypolicyviolation", ({ effectiveDirective }) => seen.add(effectiveDirective));
  await fetch("http://127.0.0.1:9/").catch(() => undefined);
  const script = document.createElement("script");
  script.textContent = "globalThis.isRunning = true;";
  document.body.append(script);
  const deadline = performance.now() + 10_000;
  while (seen.size < 2 && performance.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 20));
  if (Reflect.get(globalThis, "isRunning") === true) seen.add("the script has run");
  return [...seen];
}

describe("the command's page", () => {
  it("has no barriers in light and in dark colours", async () => {
    const { url } = await start();
    const { opened } = await open(url);
    await using page = opened;
    await page.sees("Connected", ".pill");
    await page.sees("voltage", ".panel[data-kind=tree]");
    await page.until("the map has a pose", () => document.querySelector(".scene-pose") !== null);
    expect(await page.barriers()).toEqual([]);
    const ground = () => getComputedStyle(document.body).backgroundColor;
    const light = await page.read(ground);
    await page.page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: "dark" }]);
    expect(await page.read(ground)).not.toBe(light);
    expect(await page.barriers()).toEqual([]);
    expectQuiet(page);
  });

  it("shows the rover within ten seconds, and drives it, and asks nobody but the device", async () => {
    const { command, url } = await start();
    const began = performance.now();
    const { opened, asked, policy } = await open(url);
    await using page = opened;
    await page.until("it can be driven", () => document.querySelector(".pad[aria-disabled=false]") !== null);
    const topics = () => [...document.querySelectorAll(".channel-topic")].map((one) => one.textContent);
    expect(await page.read(topics)).toEqual(expect.arrayContaining(["/rover/imu", "/rover/pose", "/rover/scan"]));
    await page.until(
      "pose and lidar are on the map",
      () =>
        /^Map: device at x .* points of \/rover\/scan/.test(
          document.querySelector(".scene-place [aria-label]")?.getAttribute("aria-label") ?? "",
        ),
    );
    // It drives by itself until somebody takes over; then it stands until it is driven.
    await page.page.focus(".pad");
    await page.page.keyboard.down("s");
    await page.sees("Driving", ".drive-state");
    // Commands that come late count for nothing: it is held until one has come in time.
    await page.sees("driven by", ".panel[data-kind=log]");
    await page.page.keyboard.up("s");
    await page.sees("standing still", ".panel[data-kind=log]");
    const before = await page.read(heading);
    expect(before).not.toBeNaN();
    await page.page.keyboard.down("a");
    await page.until("it has turned on the map", (before) => {
      const text = document.querySelector(".scene-pose")?.textContent ?? "";
      return Math.abs(Number(/, (\S+)°$/.exec(text)?.[1]?.replace("−", "-")) - before) > 10;
    }, before);
    expect(performance.now() - began).toBeLessThan(10_000);
    await page.page.keyboard.up("a");
    expect(new Set(asked.map((one) => new URL(one).origin).filter((origin) => origin !== "null")))
      .toEqual(new Set([new URL(url).origin]));
    expectQuiet(page);
    expect(policy()).toContain("default-src 'none'");
    expect(await page.read(forbidden)).toEqual(expect.arrayContaining(["connect-src", "script-src-elem"]));
    expect(await page.read(() => Reflect.get(globalThis, "isRunning"))).toBeUndefined();
    command.signal("SIGINT");
    expect((await command.ended).code).toBe(130);
    await page.sees("The connection is lost", ".banner");
  });

  it("is opened with the address that has the token in it, and says without it what to do", async () => {
    const token = "s3cret-of-the-rover";
    const { url } = await start("--token", token);
    const { origin, hash } = new URL(url);
    expect(hash).toBe(`#token=${token}`);
    const { opened, asked } = await open(url);
    await using guest = opened;
    await guest.sees("Connected", ".pill");
    await guest.sees("voltage", ".panel[data-kind=tree]");
    expect(guest.page.url()).toBe(`${origin}/`);
    expect(await guest.read(() => location.href)).toBe(`${origin}/`);
    // What the browser tells of its own request has the fragment, which it sends to nobody.
    expect(asked.slice(1).filter((one) => one.includes(token))).toEqual([]);
    expectQuiet(guest);
    await using stranger = await Opened.at(origin);
    await stranger.sees("The connection was refused", ".stage");
    await stranger.sees("The command that serves it has printed an address with the token in it", ".stage");
    expect(await stranger.read(() => document.querySelectorAll(".panel").length)).toBe(0);
  });
});
