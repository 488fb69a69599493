import { describe, expect, it } from "vitest";
import { expectQuiet, Opened } from "../../support/browser/rover_page.ts";

/** The rover, as it stands. */
function rover() {
  const { mode, motion: { speed, turnRate } } = here.rover;
  return { mode, speed, turnRate };
}

async function drivable(look = {}): Promise<Opened> {
  const opened = await Opened.rover(look);
  await opened.until("it can be driven", () => model.teleop.isAvailable.value);
  await opened.until(
    "the device knows of the commands",
    () => model.graph.value.value?.publishedTopics.has("/cmd_vel"),
  );
  return opened;
}

async function stands(opened: Opened): Promise<void> {
  await opened.until("the rover stands", () => here.rover.mode === "stopped");
  expect(await opened.read(rover)).toMatchObject({ mode: "stopped", speed: 0, turnRate: 0 });
}

describe("the drive pad", () => {
  it("drives while a key is held and stops when it is let go", async () => {
    await using opened = await drivable();
    await opened.page.focus(".pad");
    await opened.page.keyboard.down("w");
    await opened.until("it drives ahead", () => here.rover.mode === "driven" && here.rover.motion.speed > 0.2);
    await opened.sees("Driving", ".drive-state");
    await opened.sees("0.60 m/s", ".drive-facts");
    await opened.shot("driving");
    await opened.page.keyboard.down("ArrowLeft");
    await opened.until("it turns left", () => here.rover.motion.turnRate > 0.5);
    await opened.page.keyboard.up("ArrowLeft");
    await opened.until("it turns no more", () => here.rover.motion.turnRate === 0);
    await opened.page.keyboard.up("w");
    await opened.sees("nobody holds", ".drive-state");
    await stands(opened);
    expectQuiet(opened);
  });

  it("does nothing for keys that are pressed elsewhere, or with a modifier", async () => {
    await using opened = await drivable();
    await opened.page.focus(".channels input");
    await opened.page.keyboard.type("wasd");
    await opened.page.focus(".pad");
    await opened.page.keyboard.down("Control");
    await opened.page.keyboard.down("s");
    await opened.page.keyboard.up("s");
    await opened.page.keyboard.up("Control");
    expect(await opened.read(() => model.teleop.state.value)).toEqual({ kind: "idle" });
    expect(await opened.read(rover)).toMatchObject({ mode: "autopilot" });
  });

  it("stops when it loses the keyboard", async () => {
    await using opened = await drivable();
    await opened.page.focus(".pad");
    await opened.page.keyboard.down("w");
    await opened.until("it drives", () => here.rover.motion.speed > 0.1 && here.rover.mode === "driven");
    await opened.page.focus(".channels input");
    await opened.sees("has lost the keyboard", ".drive-state");
    await stands(opened);
  });

  it("stops when it is let go, however soon it was held again", async () => {
    await using opened = await drivable();
    await opened.read(async () => {
      // Twice within a frame: on a busy machine one may take as long as a double click.
      for (const type of ["keydown", "keyup", "keydown", "keyup"]) {
        document.querySelector(".pad")?.dispatchEvent(new KeyboardEvent(type, { code: "KeyW", bubbles: true }));
        await new Promise<void>(queueMicrotask);
      }
    });
    expect(await opened.read(() => model.teleop.state.value)).toEqual({ kind: "idle", stopped: "released" });
    await stands(opened);
  });

  it("follows a pointer that is held, no faster than the sliders say, and stops when it is lifted", async () => {
    await using opened = await drivable();
    await opened.read(() => {
      model.teleop.limits.value = { linear: 0.3, angular: 1 };
    });
    const box = await (await opened.page.$(".pad"))?.boundingBox();
    if (box === undefined || box === null) throw new Error("there is no pad");
    const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
    await opened.page.mouse.move(x, y);
    await opened.page.mouse.down();
    await opened.page.mouse.move(x, y - 400, { steps: 4 });
    await opened.until("it drives ahead", () => here.rover.mode === "driven" && here.rover.motion.speed === 0.3);
    await opened.page.mouse.up();
    await stands(opened);
    expectQuiet(opened);
  });

  it("follows a finger, and stops when the system takes the touch away", async () => {
    await using opened = await drivable({ width: 390, height: 844, hasTouch: true });
    await opened.press("Drive");
    const box = await (await opened.page.$(".pad"))?.boundingBox();
    if (box === undefined || box === null) throw new Error("there is no pad");
    const session = await opened.page.createCDPSession();
    const point = { x: box.x + box.width / 2, y: box.y + 20 };
    await session.send("Input.dispatchTouchEvent", { type: "touchStart", touchPoints: [point] });
    await opened.until("it drives", () => here.rover.mode === "driven" && here.rover.motion.speed > 0.1);
    await session.send("Input.dispatchTouchEvent", { type: "touchCancel", touchPoints: [] });
    await opened.sees("interrupted", ".drive-state");
    await stands(opened);
  });

  it("stops when the page is hidden", async () => {
    await using opened = await drivable();
    await opened.page.focus(".pad");
    await opened.page.keyboard.down("w");
    await opened.until("it drives", () => here.rover.mode === "driven");
    await opened.read(() => {
      Object.defineProperty(document, "hidden", { value: true, configurable: true });
      document.dispatchEvent(new Event("visibilitychange"));
    });
    await opened.sees("out of sight", ".drive-state");
    await stands(opened);
  });

  it("stops when the connection is lost, and does not drive on when it is back", async () => {
    await using opened = await drivable();
    await opened.page.focus(".pad");
    await opened.page.keyboard.down("w");
    await opened.until("it drives", () => here.rover.mode === "driven");
    await opened.read(() => here.hub.participant("viewer-1").kick("connection-lost"));
    await opened.sees("the connection was lost", ".drive-state");
    await stands(opened);
    await opened.until("it can be driven again", () => model.teleop.isAvailable.value);
    expect(await opened.read(() => model.teleop.state.value)).toEqual({ kind: "idle", stopped: "connection" });
    expect(await opened.read(rover)).toMatchObject({ mode: "stopped" });
    await opened.page.keyboard.up("w");
    await opened.page.keyboard.down("w");
    await opened.until("it drives again", () => here.rover.mode === "driven");
    await opened.page.keyboard.up("w");
  });

  it("has a stop that stops whatever drives", async () => {
    await using opened = await drivable();
    await opened.press("Stop");
    await opened.sees("Stopped.", ".drive-state");
    await opened.until("the autopilot is off", () => here.rover.mode !== "autopilot");
    await stands(opened);
  });
});
