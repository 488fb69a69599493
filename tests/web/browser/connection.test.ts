import { describe, expect, it } from "vitest";
import { expectQuiet, Opened, sharedServer } from "../../support/browser/rover_page.ts";

describe("the connection", () => {
  it("says how it is, and how long messages take", async () => {
    await using opened = await Opened.rover();
    await opened.until(
      "the latency is known",
      () => document.querySelector(".pill-latency")?.textContent?.endsWith("ms"),
    );
    await opened.until(
      "the bandwidth is known",
      () => document.querySelector(".pill-rate")?.textContent?.endsWith("kB/s"),
    );
    await opened.read(() => document.querySelector<HTMLElement>(".pill")?.click());
    await opened.sees("fieldlink/", ".facts");
    await opened.press("Disconnect");
    await opened.sees("Disconnected", ".facts");
    await opened.press("Connect anew");
    await opened.sees("Connected", ".facts");
    await opened.page.keyboard.press("Escape");
    await opened.until("it is closed", () => document.querySelector("dialog[open]") === null);
    expectQuiet(opened);
  });

  it("is made again when it is lost, with a count-down, and everything goes on", async () => {
    await using opened = await Opened.rover();
    await opened.sees("voltage", ".panel[data-kind=tree]");
    await opened.read(() => {
      const viewer = here.hub.participant("viewer-1");
      viewer.failJoins("unreachable", 1_000, "nobody answers");
      viewer.kick("connection-lost");
    });
    await opened.sees("Trying again in", ".banner");
    await opened.sees("Reconnecting in", ".pill");
    await opened.shot("reconnecting");
    expect(await opened.read(() => document.querySelectorAll(".channel").length)).toBe(6);
    expect(await opened.read(() => document.querySelector(".panel[data-kind=tree]")?.textContent)).toContain("voltage");
    expect(await opened.barriers()).toEqual([]);
    // In one go: it is not to be connected by itself just before.
    await opened.until("it is tried now", () => {
      const all = [...document.querySelectorAll<HTMLElement>(".banner button")];
      const found = all.find(({ textContent }) => textContent === "Try now");
      if (found !== undefined) here.hub.participant("viewer-1").allowJoins();
      found?.click();
      return found !== undefined;
    });
    await opened.sees("Connected", ".pill");
    await opened.until("no banner is left", () => document.querySelector(".banner") === null);
    await opened.until(
      "messages come again",
      () => document.querySelector(".panel[data-kind=tree]")?.textContent?.includes("voltage"),
    );
    await opened.sees("50 Hz", ".channel-rate");
    expectQuiet(opened);
  });

  it("says why it was refused and what to do, and takes a token", async () => {
    await using opened = await Opened.open({ query: "?refuse=1" });
    await opened.sees("The connection was refused", ".stage");
    await opened.sees("The token is not valid", ".stage");
    await opened.shot("refused");
    expect(await opened.barriers()).toEqual([]);
    await opened.page.type(".stage input[type=password]", "secret");
    await opened.press("Connect");
    await opened.sees("Connected", ".pill");
    expect(await opened.read(() => model.connection.target.value)).toEqual({ via: "device", token: "secret" });
  });

  it("is tried again by itself when the device cannot be reached at first", async () => {
    await using opened = await Opened.open({ query: "?unreachable=1" });
    await opened.sees("The device cannot be reached: nobody answers.", ".stage");
    await opened.read(() => here.hub.participant("viewer-1").allowJoins());
    await opened.sees("Connected", ".pill");
  });

  it("reads the token from the fragment, takes it out of the address, and has it after the page is loaded again", async () => {
    await using opened = await Opened.rover({ query: "#token=s3cret&x=1" });
    const { origin } = await sharedServer();
    expect(opened.page.url()).toBe(`${origin}/#x=1`);
    expect(await opened.read(() => model.connection.target.value)).toEqual({ via: "device", token: "s3cret" });
    await opened.page.reload();
    await opened.sees("Connected", ".pill");
    expect(await opened.read(() => model.connection.target.value)).toEqual({ via: "device", token: "s3cret" });
  });

  it("goes to a LiveKit server that is named in the form or in the address", async () => {
    await using opened = await Opened.rover();
    await opened.read(() => document.querySelector<HTMLElement>(".pill")?.click());
    await opened.press("A LiveKit server", "radio");
    await opened.page.type("dialog input[type=url]", "robots.example");
    await opened.page.type("dialog input[type=password]", "t0ken");
    await opened.press("Connect");
    await opened.sees("An address begins with", "dialog .problem-text");
    await opened.page.focus("dialog input[type=url]");
    await opened.page.keyboard.press("Home");
    await opened.page.keyboard.type("wss://");
    // The page that is left says that it is connected, too.
    await Promise.all([opened.page.waitForNavigation(), opened.press("Connect")]);
    await opened.sees("Connected", ".pill");
    const target = { via: "livekit", url: "wss://robots.example", token: "t0ken" };
    expect(await opened.read(() => model.connection.target.value)).toEqual(target);
    const { origin } = await sharedServer();
    expect(opened.page.url()).toBe(`${origin}/?livekit=wss%3A%2F%2Frobots.example`);
    await opened.page.reload();
    await opened.sees("LiveKit", ".pill");
    expect(await opened.read(() => model.connection.target.value)).toEqual(target);
  });

  it("says so when the browser's connections to the device are used up", async () => {
    await using opened = await Opened.rover();
    const others = [];
    const url = opened.page.url();
    for (let tab = 2; tab <= 6; tab += 1) {
      const page = await opened.page.browserContext().newPage();
      await page.goto(url);
      others.push(page);
    }
    await opened.page.bringToFront();
    await opened.sees("6 tabs of this page are open", ".banner");
    await opened.shot("tabs");
    expect(await opened.barriers()).toEqual([]);
    await others.pop()?.close();
    await opened.until("the note is gone", () => document.querySelector(".banner") === null);
  });

  it("is shown in the colours that one has chosen", async () => {
    await using opened = await Opened.rover();
    const ground = () => getComputedStyle(document.body).backgroundColor;
    const light = await opened.read(ground);
    await opened.press("Colours: as the system. Change to light");
    expect(await opened.read(ground)).toBe(light);
    await opened.press("Colours: light. Change to dark");
    const dark = await opened.read(ground);
    expect(dark).not.toBe(light);
    await opened.page.reload();
    await opened.sees("Connected", ".pill");
    expect(await opened.read(ground)).toBe(dark);
  });
});
