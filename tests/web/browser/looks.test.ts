import { describe, expect, it } from "vitest";
import { expectQuiet, Opened } from "../../support/browser/rover_page.ts";

const looks = [
  { name: "light", isDark: false, width: 1440, height: 900, hasTouch: false },
  { name: "dark", isDark: true, width: 1440, height: 900, hasTouch: false },
] as const;
const phones = [
  { name: "phone-light", isDark: false, width: 390, height: 844, hasTouch: true },
  { name: "phone-dark", isDark: true, width: 390, height: 844, hasTouch: true },
] as const;

const tabs = ["Drive", "Parameters", "Services", "Graph", "Problems"] as const;

describe("the page", () => {
  it("is looked over by something that finds barriers", async () => {
    await using opened = await Opened.rover();
    await opened.read(() => {
      const bad = document.createElement("p");
      bad.textContent = "hardly to be read";
      bad.className = "search";
      bad.style.color = "#bbb";
      document.querySelector(".channels")?.append(bad, document.createElement("button"));
    });
    const found = (await opened.barriers()).map((line) => line.split(":")[0]);
    expect(found.sort()).toEqual(["button-name", "color-contrast"]);
  });

  it.each(looks)(
    "has no barriers in any of its parts, $name, and keeps pictures of them",
    async ({ name, ...look }) => {
      await using opened = await Opened.rover(look);
      await opened.read(() => {
        here.gateway.publishStatus({ level: "warning", message: "the left wheel slips", id: "wheel" });
        here.gateway.publishStatus({ level: "error", message: "no fix from the satellites" });
      });
      await opened.sees("2", ".badge");
      await opened.until(
        "something has been logged",
        () => document.querySelectorAll(".panel[data-kind=log] .view").length > 0,
      );
      for (const tab of tabs) {
        await opened.tab(tab === "Problems" ? "Problems 2" : tab);
        if (tab === "Services") {
          await opened.press("/jump test/Jump");
          await opened.press("Call");
          await opened.sees("Answered", ".reply");
        }
        await opened.shot(`${name}-${tab.toLowerCase()}`);
        expect(await opened.barriers()).toEqual([]);
      }
      await opened.read(() => document.querySelector<HTMLElement>(".pill")?.click());
      await opened.press("A LiveKit server", "radio");
      await opened.shot(`${name}-connection`);
      expect(await opened.barriers()).toEqual([]);
      expectQuiet(opened);
    },
  );

  it.each(phones)("has no barriers on a phone, $name, and keeps pictures of its parts", async ({ name, ...look }) => {
    await using opened = await Opened.rover(look);
    for (const place of ["Panels", "Channels", "Drive", "Device", "Problems"]) {
      await opened.press(place);
      await opened.shot(`${name}-${place.toLowerCase()}`);
      expect(await opened.barriers()).toEqual([]);
    }
    await opened.press("Panels");
    const overlapping = await opened.read(() => {
      const boxes = [...document.querySelectorAll(".panel")].map((panel) => panel.getBoundingClientRect());
      return boxes.filter(({ top }, at) => top < (boxes[at - 1]?.bottom ?? 0)).length;
    });
    expect(overlapping).toBe(0);
    expect(await opened.read(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
    expectQuiet(opened);
  });
});
