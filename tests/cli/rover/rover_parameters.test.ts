import { describe, expect, it } from "vitest";
import { Rover } from "../../../cli/rover/rover.ts";
import { roverParameters } from "../../../cli/rover/rover_parameters.ts";

describe("the rover's parameters", () => {
  it("take effect on the rover as they are set", async () => {
    const rover = new Rover();
    const store = roverParameters(rover);
    await store.change("/rover/max_speed", 0.5);
    await store.change("/rover/lidar/noise", 0);
    await store.change("/rover/name", "Wall-E");
    expect(rover.settings).toEqual({ maxSpeed: 0.5, lidarNoise: 0, name: "Wall-E" });
    rover.command("anna", { linear: 2, angular: 0 });
    for (let tick = 0; tick < 100; tick += 1) rover.step();
    expect(rover.motion.speed).toBe(0.5);
  });

  it("refuse what the rover could not do, and leave it as it is", async () => {
    const rover = new Rover();
    const store = roverParameters(rover);
    const before = { ...rover.settings };
    for (const speed of [0, 2.1, -1]) {
      await expect(store.change("/rover/max_speed", speed)).rejects.toThrow("from 0.05 to 2 m/s");
    }
    await expect(store.change("/rover/lidar/noise", 1)).rejects.toThrow("from 0 to 0.2 m");
    for (const name of ["", "x".repeat(65)]) {
      await expect(store.change("/rover/name", name)).rejects.toThrow("1 to 64 characters");
    }
    await expect(store.change("/rover/max_speed", "fast")).rejects.toThrow("a number");
    expect(rover.settings).toEqual(before);
  });

  it("tell what moves the rover, which only the rover itself can set", () => {
    const rover = new Rover();
    const store = roverParameters(rover);
    const modes: Array<unknown> = [store.value("/rover/mode")];
    store.onChange(({ parameter }) => modes.push(parameter.value));
    rover.command("anna", { linear: 0.1, angular: 0 });
    rover.release("anna", "no command");
    for (let tick = 0; tick < 50; tick += 1) rover.step();
    rover.reset();
    expect(modes).toEqual(["autopilot", "driven", "stopping", "stopped", "autopilot"]);
  });
});
