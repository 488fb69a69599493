import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Feed } from "../../../../web/feed.ts";
import { Message } from "../../../../mod.ts";
import { MAX_PATHS, numberAt, numericPaths, pathText } from "../../../../web/panels/plot/numeric_paths.ts";
import { PlotModel } from "../../../../web/panels/plot/plot_model.ts";
import { MAX_SERIES, Samples } from "../../../../web/panels/plot/samples.ts";
import { settings } from "../../../core/protocol/support/seed.ts";

describe("the numbers in a message", () => {
  it("are found with their paths, all but times, texts and bytes", () => {
    const value = {
      stamp: { sec: 1, nsec: 2 },
      pose: { x: 1.5, ok: true, name: "n" },
      big: 5n,
      list: new Float32Array([1, 2]),
      things: [{ a: 1 }],
      raw: new Uint8Array([1, 2]),
    };
    const paths = numericPaths(value);
    expect(paths.map(pathText)).toEqual(["pose.x", "pose.ok", "big", "list[0]", "list[1]", "things[0].a"]);
    expect(paths.map((path) => numberAt(value, path))).toEqual([1.5, 1, 5, 1, 2, 1]);
    expect(numberAt(value, ["pose", "y"])).toBeNaN();
    expect(numberAt(value, ["pose", "name"])).toBeNaN();
    expect(numberAt(value, ["list", 2])).toBeNaN();
    expect(numberAt({ list: { 0: 1 } }, ["list", 0])).toBeNaN();
  });

  it("are not endless", () => {
    const many = Object.fromEntries(Array.from({ length: 2_000 }, (_, at) => [`k${at}`, at]));
    expect(numericPaths(many).length).toBe(MAX_PATHS);
    expect(numericPaths({ list: new Float64Array(1_000) }).length).toBe(16);
  });
});

describe("samples", () => {
  function filled(capacity: number, rows: ReadonlyArray<readonly [number, number]>): Samples {
    const samples = new Samples(capacity);
    samples.addSeries();
    for (const [time, value] of rows) samples.add(time, () => value);
    return samples;
  }

  it("keep the newest rows, and give those of a span of time", () => {
    const samples = filled(4, [[1, 10], [2, 20], [3, 30], [4, 40], [5, NaN], [6, 60]]);
    expect([samples.length, samples.lastTime, samples.last(0)]).toEqual([4, 6, 60]);
    expect(samples.drawn(0, 10, 100)).toEqual([[3, 4, 5, 6], [30, 40, null, 60]]);
    expect(samples.drawn(4, 5, 100)).toEqual([[4, 5], [40, null]]);
    expect(samples.drawn(7, 9, 100)).toEqual([[], []]);
  });

  it("begin anew when time goes back, but not for a row that is a little late", () => {
    expect(filled(8, [[10, 1], [9.5, 2], [11, 3]]).drawn(0, 20, 100)).toEqual([[10, 10, 11], [1, 2, 3]]);
    expect(filled(8, [[10, 1], [5, 2], [6, 3]]).drawn(0, 20, 100)).toEqual([[5, 6], [2, 3]]);
  });

  it("have no numbers for a series from before it was added, and none of one that was taken away", () => {
    const samples = filled(8, [[1, 10]]);
    samples.addSeries();
    samples.add(2, (series) => series + 20);
    expect(samples.drawn(0, 9, 100)).toEqual([[1, 2], [10, 20], [null, 21]]);
    samples.removeSeries(0);
    expect(samples.drawn(0, 9, 100)).toEqual([[1, 2], [null, 21]]);
  });

  it("drawn as fewer points lose no peak, and are in order, whatever they are", () => {
    const row = fc.tuple(fc.nat({ max: 50 }), fc.integer({ min: -1_000, max: 1_000 }));
    fc.assert(
      fc.property(
        fc.array(row, { minLength: 1, maxLength: 300 }),
        fc.integer({ min: 1, max: 20 }),
        (steps, buckets) => {
          let time = 0;
          const rows = steps.map(([step, value]) => [time += step / 100, value] as const);
          const [times, values] = filled(512, rows).drawn(0, time, buckets);
          const numbers = values!.filter((value) => value !== null);
          expect(Math.max(...numbers)).toBe(Math.max(...rows.map(([, value]) => value)));
          expect(Math.min(...numbers)).toBe(Math.min(...rows.map(([, value]) => value)));
          expect(times).toEqual([...times!].map(Number).sort((a, b) => a - b));
          expect(values!.length).toBe(times!.length);
          // One bucket more: the newest row lies at the very end.
          expect(times!.length).toBeLessThanOrEqual((buckets + 1) * 2);
        },
      ),
      settings(),
    );
  });
});

describe("a plot", () => {
  const channel = { id: 1, topic: "/imu", encoding: "json", metadata: new Map(), reliable: true };
  const feed: Feed = { channel, listen: () => () => {} };
  const message = (seconds: number, value: unknown) =>
    new Message(channel, BigInt(seconds) * 1_000_000_000n, new TextEncoder().encode(JSON.stringify(value)));

  it("begins with numbers that say something, and takes others by name", () => {
    const plot = new PlotModel();
    plot.add(feed, message(1, { orientation: { x: 1, w: 1 }, rate: { x: 0, z: 3 }, go: 4 }));
    expect(plot.series.map(({ name }) => name)).toEqual(["rate.z", "go", "orientation.x"]);
    expect(plot.choose("rate.x")).toBe(true);
    expect(plot.choose("rate.x")).toBe(false);
    expect(plot.choose("rate.q")).toBe(false);
    plot.remove("go");
    plot.add(feed, message(2, { rate: { x: 7, z: 5 } }));
    expect(plot.samples.drawn(0, 9, 100)).toEqual([[1, 2], [3, 5], [1, null], [null, 7]]);
    expect(new Set(plot.series.map(({ colour }) => colour)).size).toBe(3);
    expect(plot.isClock).toBe(false);
  });

  it("has no more lines than fit, and says what cannot be read", () => {
    const plot = new PlotModel();
    plot.add(feed, message(1, Array.from({ length: 12 }, (_, at) => at)));
    for (const name of plot.offered) plot.choose(name);
    expect(plot.series.length).toBe(MAX_SERIES);
    plot.add(feed, new Message(channel, 2n, new TextEncoder().encode("{")));
    expect(plot.problems.text).toContain("is no json");
  });
});
