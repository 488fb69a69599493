import { describe, expect, it } from "vitest";
import { expectQuiet, Opened } from "../../support/browser/rover_page.ts";

function topics(): ReadonlyArray<string> {
  return [...document.querySelectorAll(".channel-topic")].map((one) => one.textContent ?? "");
}

function panels(): ReadonlyArray<string> {
  return [...document.querySelectorAll<HTMLElement>(".panel")].map((one) => one.getAttribute("aria-label") ?? "");
}

describe("channels", () => {
  it("are seen at once, the rover with its map, a plot, its log and its battery", async () => {
    const started = performance.now();
    await using opened = await Opened.rover();
    await opened.sees("rover-7", ".top");
    expect(await opened.read(panels)).toEqual([
      "Map: /rover/pose, /rover/scan",
      "Plot: /rover/imu",
      "Log: /rover/log",
      "Message: /rover/battery",
    ]);
    await opened.sees("voltage", ".panel[data-kind=tree]");
    expect(performance.now() - started).toBeLessThan(10_000);
    await opened.sees("50 Hz", ".channel-rate");
    expect(await opened.read(() => document.title)).toBe("rover-7 · Fieldlink");
    expectQuiet(opened);
  });

  it("are found by topic, schema and encoding", async () => {
    await using opened = await Opened.rover();
    await opened.page.type(".channels input", "foxglove json");
    expect(await opened.read(topics)).toEqual(["/rover/log", "/rover/pose", "/rover/scan"]);
    await opened.page.type(".channels input", " nothing");
    await opened.sees("Nothing found", ".channels");
    await opened.page.keyboard.press("Escape");
    expect((await opened.read(topics)).length).toBe(6);
  });

  it("are walked through and chosen with the keyboard", async () => {
    await using opened = await Opened.rover();
    await opened.page.focus(".channels input");
    await opened.page.keyboard.press("ArrowDown");
    await opened.page.keyboard.press("End");
    await opened.page.keyboard.press("Home");
    await opened.page.keyboard.press("ArrowDown");
    expect(await opened.read(() => document.querySelector("[data-active=true] .channel-topic")?.textContent))
      .toBe("/rover/description");
    await opened.page.keyboard.press("Enter");
    await opened.until("its panel is open", () => document.querySelectorAll(".panel").length === 5);
    await opened.sees("<robot", ".panel:last-child");
    await opened.page.keyboard.press("Enter");
    await opened.until("its panel is closed", () => document.querySelectorAll(".panel").length === 4);
    expectQuiet(opened);
  });

  it("are measured while they are shown, and all of them when one wants it", async () => {
    await using opened = await Opened.rover();
    const known = () =>
      [...document.querySelectorAll(".channel-rate")].filter(({ textContent }) => textContent !== "–").length;
    await opened.until("those that are shown are measured", known);
    await opened.read(() => model.workspace.panels.value.forEach(({ id }) => model.workspace.close(id)));
    await opened.until(
      "none is measured",
      () => [...document.querySelectorAll(".channel-rate")].every(({ textContent }) => textContent === "–"),
    );
    await opened.sees("No panels", ".workspace");
    await opened.press("Measure all", "switch");
    await opened.until(
      "all are measured",
      () => [...document.querySelectorAll(".channel-rate")].every(({ textContent }) => textContent !== "–"),
    );
  });

  it("are shown in another way, held still, alone and no more, and are so again when the page is loaded again", async () => {
    await using opened = await Opened.rover();
    await opened.read(() => model.workspace.panels.value.slice(0, 3).forEach(({ id }) => model.workspace.close(id)));
    await opened.page.select(".kind", "plot");
    await opened.sees("", ".panel[data-kind=plot] canvas");
    await opened.press("Pause");
    await opened.until("it is held still", () => document.querySelector(".panel[data-paused=true]") !== null);
    await opened.press("Show only this panel");
    await opened.until("it is alone", () => document.querySelector(".panels[data-maximized=true]") !== null);
    await opened.page.reload();
    await opened.sees("Connected", ".pill");
    await opened.until("the panel is back", () => document.querySelectorAll(".panel").length === 1);
    expect(await opened.read(panels)).toEqual(["Plot: /rover/battery"]);
    await opened.press("Close");
    await opened.sees("No panels", ".workspace");
    expectQuiet(opened);
  });

  it("can be a hundred, with long names", async () => {
    await using opened = await Opened.rover({ query: "?channels=100" });
    await opened.until("all are listed", () => document.querySelectorAll(".channel-topic").length === 106);
    await opened.read(() => {
      for (const channel of model.channels.all.value.slice(0, 12)) model.workspace.open(channel);
    });
    await opened.sees("There can be 12 panels", ".toast");
    await opened.shot("hundred-channels");
    expect(await opened.read(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(1440);
    expect(await opened.barriers()).toEqual([]);
    expectQuiet(opened);
  });
});
