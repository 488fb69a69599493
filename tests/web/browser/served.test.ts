import { describe, expect, it } from "vitest";
import { expectQuiet, Opened } from "../../support/browser/rover_page.ts";
import { ServedRover } from "./served_rover.ts";

/** Waits until it holds here. */
async function until(what: string, holds: () => boolean): Promise<void> {
  const deadline = performance.now() + 20_000;
  while (!holds()) {
    if (performance.now() > deadline) throw new Error(`it has not come about that ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Drives forward, by a key that stays down. */
async function drive(opened: Opened, { rover }: ServedRover): Promise<void> {
  await opened.until("it can be driven", () => document.querySelector(".pad[aria-disabled=false]") !== null);
  await opened.page.focus(".pad");
  await opened.page.keyboard.down("w");
  await until("the rover is driven", () => rover.mode === "driven" && rover.motion.speed > 0);
}

describe("the page that a device serves", () => {
  it("shows the device within ten seconds, and drives it", async () => {
    await using served = await ServedRover.start();
    const started = performance.now();
    await using opened = await Opened.at(served.url);
    await opened.sees("Connected", ".pill");
    await opened.sees("rover-7", ".top");
    await opened.sees("voltage", ".panel[data-kind=tree]");
    await drive(opened, served);
    expect(performance.now() - started).toBeLessThan(10_000);
    await opened.page.keyboard.up("w");
    await until("the rover stands", () => served.rover.mode === "stopped");
    await opened.sees("50 Hz", ".channel-rate");
    await opened.shot("served");
    expect(await opened.barriers()).toEqual([]);
    expectQuiet(opened);
  });

  it("goes on where it was when the connection breaks, and stops the device meanwhile", async () => {
    await using served = await ServedRover.start();
    await using opened = await Opened.at(served.url);
    await opened.sees("Connected", ".pill");
    await drive(opened, served);
    served.cut();
    await opened.sees("Reconnecting", ".pill");
    await opened.sees("the connection was lost", ".drive-state");
    await until("the rover stands", () => served.rover.mode === "stopped");
    served.mend();
    await opened.sees("Connected", ".pill");
    await opened.sees("50 Hz", ".channel-rate");
    expect(served.rover.mode).toBe("stopped");
  });

  it("holds commands back on a line that stands still, and has to be told again when it moves", async () => {
    await using served = await ServedRover.start();
    await using opened = await Opened.at(served.url);
    await opened.sees("Connected", ".pill");
    await drive(opened, served);
    served.isStill = true;
    await opened.sees("The line is stalled: commands are held back.", ".drive-state");
    await opened.until("the pad is off", () => document.querySelector(".pad[aria-disabled=true]") !== null);
    await opened.sees("Connected", ".pill");
    await opened.shot("stalled");
    await until("the rover stands", () => served.rover.mode === "stopped");
    let late = 0;
    const command = served.rover.command.bind(served.rover);
    Reflect.set(served.rover, "command", (...given: Parameters<typeof command>) => {
      late += 1;
      command(...given);
    });
    // Whoever drives does not let go for another while.
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    served.isStill = false;
    await opened.sees("the line was stalled. Let go", ".drive-state");
    await opened.until("the pad is on", () => document.querySelector(".pad[aria-disabled=false]") !== null);
    // The answer to a ping has come, and so what was sent before it: the commands of a second and a bit, and a stop.
    expect(late).toBeGreaterThan(0);
    expect(late).toBeLessThan(40);
    await until("the rover stands", () => served.rover.mode === "stopped");
    await opened.page.keyboard.up("w");
    await opened.page.keyboard.down("w");
    await until("the rover is driven again", () => served.rover.mode === "driven");
    await opened.page.keyboard.up("w");
  });

  it("asks for a token where the device does, and takes it from the address", async () => {
    await using served = await ServedRover.start("s3cret");
    await using stranger = await Opened.at(served.url);
    await stranger.sees("The connection was refused", ".stage");
    expect(await stranger.barriers()).toEqual([]);
    await stranger.page.type(".stage input[type=password]", "s3cret");
    await stranger.press("Connect");
    await stranger.sees("Connected", ".pill");
    await using guest = await Opened.at(`${served.url}#token=s3cret`);
    await guest.sees("Connected", ".pill");
    expect(guest.page.url()).toBe(served.url);
    expectQuiet(guest);
  });

  it("comes compressed", async () => {
    await using served = await ServedRover.start();
    await using opened = await Opened.at(served.url);
    await opened.sees("Connected", ".pill");
    const { encodedBodySize, decodedBodySize } = await opened.read(() => {
      const files = performance.getEntriesByType("resource") as Array<PerformanceResourceTiming>;
      const { encodedBodySize, decodedBodySize } = files.find(({ name }) => name.endsWith(".js"))!;
      return { encodedBodySize, decodedBodySize };
    });
    expect(decodedBodySize).toBeGreaterThan(2 * encodedBodySize);
    expect(encodedBodySize).toBeGreaterThan(0);
  });

  it("loads what LiveKit needs only for a LiveKit server, and may reach no other", async () => {
    await using served = await ServedRover.start();
    await using opened = await Opened.at(served.url);
    await opened.sees("Connected", ".pill");
    const loaded = () =>
      performance.getEntriesByType("resource").map(({ name }) => name).filter((name) => /livekit/.test(name));
    expect(await opened.read(loaded)).toEqual([]);
    await opened.page.goto(`${served.url}?livekit=ws%3A%2F%2F127.0.0.1%3A9#token=e30.e30.e30`);
    await opened.sees("The device cannot be reached", ".stage");
    expect((await opened.read(loaded)).some((name) => /assets\/livekit-client/.test(name))).toBe(true);
    expect(opened.complaints.filter((line) => /Content Security Policy/.test(line))).toEqual([]);
  });
});
