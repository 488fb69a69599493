import { describe, expect, it } from "vitest";
import { expectQuiet, Opened } from "../../support/browser/rover_page.ts";

const speed = 'input.input::-p-aria([name="/rover/max_speed"])';

async function type(opened: Opened, selector: string, text: string): Promise<void> {
  const input = await opened.page.waitForSelector(selector);
  await input?.click({ count: 3 });
  await input?.type(text);
}

function value(): string | undefined {
  const label = [...document.querySelectorAll("label")].find((one) => one.title === "/rover/max_speed");
  const input = label?.control;
  return input instanceof HTMLInputElement ? input.value : undefined;
}

describe("parameters", () => {
  it("are set in place, keep their type, and follow what others set", async () => {
    await using opened = await Opened.rover();
    await opened.tab("Parameters");
    await type(opened, speed, "0.5");
    await opened.page.keyboard.press("Enter");
    await opened.until("the rover goes by it", () => here.rover.settings.maxSpeed === 0.5);
    await opened.until("it can be set again", () => document.querySelector(".parameter[data-setting=true]") === null);
    await type(opened, speed, "1");
    await opened.page.keyboard.press("Enter");
    await opened.until("the rover goes by it", () => here.rover.settings.maxSpeed === 1);
    await opened.read(() => here.rover.reset());
    await opened.page.focus(".pad").catch(() => undefined);
    await opened.read(() => here.rover.command("somebody", { linear: 0, angular: 0 }));
    await opened.until(
      "the mode is followed",
      () => model.parameters.all.value.some(({ name, value }) => name === "/rover/mode" && value === "driven"),
    );
    expectQuiet(opened);
  });

  it("say beside the value what was refused, and show again what holds", async () => {
    await using opened = await Opened.rover();
    await opened.tab("Parameters");
    await type(opened, speed, "9");
    await opened.page.keyboard.press("Enter");
    await opened.sees("it must be from 0.05 to 2 m/s", ".parameter .problem-text");
    await opened.shot("parameter-refused");
    expect(await opened.read(value)).toBe("1");
    expect(await opened.barriers()).toEqual([]);
    await type(opened, speed, "fast");
    await opened.page.keyboard.press("Enter");
    await opened.sees("This is no number.", ".parameter .problem-text");
    await opened.page.keyboard.press("Escape");
    await opened.until("the old value is back", () => document.querySelector(".parameter .problem-text") === null);
    expect(await opened.read(value)).toBe("1");
    expect(await opened.read(() => here.rover.settings.maxSpeed)).toBe(1);
  });
});

describe("services", () => {
  it("are called with a request that was made from the schema, and show the answer", async () => {
    await using opened = await Opened.rover();
    await opened.tab("Services");
    await opened.press("/jump test/Jump");
    expect(await opened.read(() => document.querySelector<HTMLTextAreaElement>(".service textarea")?.value))
      .toBe('{\n  "height": 0.5,\n  "times": 0,\n  "label": ""\n}');
    await opened.press("Call");
    await opened.sees('"height": 0.5', ".reply pre");
    expectQuiet(opened);
  });

  it("show what the device says when it fails", async () => {
    await using opened = await Opened.rover();
    await opened.tab("Services");
    await opened.press("/fail test/Fail");
    await opened.press("Call");
    await opened.sees("the gripper is stuck", ".service .problem-text");
  });

  it("are given up after the time that was set, or when one does not want to wait any more", async () => {
    await using opened = await Opened.rover();
    await opened.tab("Services");
    await opened.press("/slow test/Slow");
    await opened.press("Call");
    await opened.press("Cancel");
    await opened.until("one can call again", () => document.querySelector(".service .button-primary") !== null);
    expect(await opened.read(() => model.services.form.value?.outcome)).toBeUndefined();
    await type(opened, ".service .field-inline input", "0.3");
    await opened.press("Call");
    await opened.sees("given up after 300 ms", ".service .problem-text");
  });

  it("are not called with what is no JSON", async () => {
    await using opened = await Opened.rover();
    await opened.tab("Services");
    await opened.press("/echo fieldlink/Echo");
    await type(opened, ".service textarea", "{ no");
    await opened.sees("The request is no JSON", ".service .problem-text");
    expect(await opened.read(() => document.querySelector<HTMLButtonElement>(".service .button-primary")?.disabled))
      .toBe(true);
    expect(await opened.barriers()).toEqual([]);
  });
});

describe("what the device says of itself", () => {
  it("shows statuses by level until they are dismissed or taken back", async () => {
    await using opened = await Opened.rover();
    await opened.read(() => {
      here.gateway.publishStatus({ level: "warning", message: "the left wheel slips", id: "wheel" });
      here.gateway.publishStatus({ level: "error", message: "no fix from the satellites" });
      here.gateway.publishStatus({ level: "info", message: "the map was saved", id: "map" });
    });
    await opened.tab("Problems 3");
    await opened.sees("the left wheel slips", ".problem[data-level=warning]");
    await opened.read(() => here.gateway.removeStatus(["wheel"]));
    await opened.until("it is gone", () => document.querySelectorAll(".problem").length === 2);
    await opened.press("Dismiss");
    await opened.until("one is left", () => document.querySelectorAll(".problem").length === 1);
    await opened.press("Dismiss all");
    await opened.sees("No problems", ".dock");
  });

  it("shows its graph by node and by topic", async () => {
    await using opened = await Opened.rover();
    await opened.tab("Graph");
    await opened.sees("localization", ".card h3");
    await opened.press("Topics");
    await opened.sees("/cmd_vel", ".card h3");
    await opened.sees("teleop (viewer-1)", ".card");
  });
});
