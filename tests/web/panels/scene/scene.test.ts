import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Message } from "../../../../mod.ts";
import { Rover } from "../../../../cli/rover/rover.ts";
import { roverSource } from "../../../../cli/rover/rover_source.ts";
import type { Plain } from "../../../../web/decode/plain.ts";
import { Camera, gridStep, lengthText } from "../../../../web/panels/scene/camera.ts";
import { sceneCompanions } from "../../../../web/panels/scene/companions.ts";
import { floorItem, MAX_POINTS } from "../../../../web/panels/scene/floor.ts";
import { poseText, SceneModel } from "../../../../web/panels/scene/scene_model.ts";
import { MAX_PLACES, Trail } from "../../../../web/panels/scene/trail.ts";
import type { Meaning } from "../../../../web/panels/schema_names.ts";
import { settings } from "../../../core/protocol/support/seed.ts";

const quarter = { x: 0, y: 0, z: Math.SQRT1_2, w: Math.SQRT1_2 };
const pose = { position: { x: 1, y: 2, z: 0 }, orientation: quarter };

function points(meaning: Meaning, value: Plain): ReadonlyArray<number> {
  const item = floorItem(meaning, value);
  if (typeof item === "string" || item.kind !== "points") throw new Error(String(item));
  return Array.from(item.points, (number) => Math.round(number * 1_000) / 1_000 + 0);
}

describe("what messages put on the floor", () => {
  it("is a pose, in each of its forms", () => {
    const expected = { kind: "pose", frame: "map", pose: { x: 1, y: 2, heading: expect.closeTo(Math.PI / 2) } };
    expect(floorItem("pose", { frame_id: "map", pose })).toEqual(expected);
    expect(floorItem("pose", { header: { frame_id: "/map" }, pose })).toEqual(expected);
    expect(floorItem("odometry", { header: { frame_id: "map" }, pose: { pose, covariance: [] } })).toEqual(expected);
    expect(floorItem("pose", { x: 1, y: 2, theta: 0.5 })).toMatchObject({ pose: { x: 1, y: 2, heading: 0.5 } });
    expect(floorItem("pose", { pose: { position: { x: NaN, y: 1 } } })).toBe("the message has no pose");
  });

  it("is a scan's points, without beams that have met nothing", () => {
    const scan = { angle_min: 0, angle_increment: Math.PI / 2, range_min: 0.1, range_max: 5 };
    expect(points("scan", { ...scan, ranges: [1, 2, Infinity, 0.01, 6, 5] })).toEqual([1, 0, 0, 2, 0, 5]);
    const foxglove = { pose, start_angle: 0, end_angle: Math.PI, ranges: [1, 2, 3] };
    expect(points("foxglove-scan", foxglove)).toEqual([1, 3, -1, 2, 1, -1]);
    expect(points("foxglove-scan", { ...foxglove, intensities: [5, 0, 5] })).toEqual([1, 3, 1, -1]);
    expect(points("foxglove-scan", { ...foxglove, intensities: [0, 0, 0] })).toHaveLength(6);
    expect(floorItem("scan", { ranges: 5 })).toBe("the scan has no ranges or no angles");
  });

  it("is a cloud's points from above, whatever numbers they are in", () => {
    const view = new DataView(new ArrayBuffer(24));
    [[1, 2], [3, 4]].forEach(([x, y], index) => {
      view.setFloat32(index * 12, x!, true);
      view.setFloat32(index * 12 + 4, y!, true);
    });
    const data = new Uint8Array(view.buffer);
    const fields = [{ name: "x", offset: 0, datatype: 7, type: 7 }, { name: "y", offset: 4, datatype: 7, type: 7 }];
    expect(points("points", { point_step: 12, fields, data })).toEqual([1, 2, 3, 4]);
    expect(points("foxglove-points", { point_stride: 12, fields, data, pose })).toEqual([-1, 3, -3, 5]);
    const named = fields.map((field) => ({ ...field, type: "FLOAT32" }));
    expect(points("foxglove-points", { point_stride: 12, fields: named, data })).toEqual([1, 2, 3, 4]);
    const bytes = [{ name: "x", offset: 0, datatype: 2 }, { name: "y", offset: 1, datatype: 1 }];
    expect(points("points", { point_step: 2, fields: bytes, data: new Uint8Array([200, 255]) })).toEqual([200, -1]);
  });

  it("is never more points than the bound, nor read from beyond the bytes", () => {
    const fields = [{ name: "x", offset: 0, datatype: 2 }, { name: "y", offset: 1, datatype: 2 }];
    const many = points("points", { point_step: 2, fields, data: new Uint8Array(400_000) });
    expect(many.length / 2).toBeLessThanOrEqual(MAX_POINTS);
    const outside = [{ name: "x", offset: 0, datatype: 2 }, { name: "y", offset: 7, datatype: 8 }];
    expect(floorItem("points", { point_step: 8, fields: outside, data: new Uint8Array(80) })).toMatch(/outside/);
    expect(floorItem("points", { point_step: 0, fields, data: new Uint8Array(80) })).toMatch(/no size/);
    expect(points("scan", { angle_min: 0, angle_increment: 0, ranges: new Float32Array(200_000).fill(1) }).length / 2)
      .toBeLessThanOrEqual(MAX_POINTS);
  });
});

describe("a map of the rover", () => {
  it("has its pose, its trail and the walls that its lidar sees, all in one frame", async () => {
    const source = roverSource(new Rover(), { start: () => 1_790_000_000_000_000_000n });
    const model = new SceneModel();
    const feeds = new Map(source.channels.map(({ id, topic, encoding, schema, metadata }) => {
      const channel = { id, topic, encoding, schema, metadata, reliable: true };
      return [id, { channel, listen: () => () => {} }];
    }));
    let ticks = 0;
    for await (const { channelId, logTime, data } of source.messages()) {
      const feed = feeds.get(channelId)!;
      if (!/pose|scan/.test(feed.channel.topic)) continue;
      model.note(feed, new Message(feed.channel, logTime, data));
      model.update();
      ticks += 1;
      if (ticks > 600) break;
    }
    expect(model.problems.text).toBeUndefined();
    expect(model.trail.length).toBeGreaterThan(100);
    const [scan] = [...model.points()];
    expect(scan!.from).toEqual({ x: 0, y: 0, heading: 0 });
    // The room is 10 by 7 m around the origin.
    const { left, right, bottom, top } = model.extent!;
    expect(Math.max(Math.abs(left), Math.abs(right))).toBeLessThan(5.1);
    expect(Math.max(Math.abs(bottom), Math.abs(top))).toBeLessThan(3.6);
    expect(model.inWords()).toMatch(/^Map: device at x .* m, y .* m, .*°; \d+ points of \/rover\/scan$/);
  });

  it("takes points of another frame as seen from the device", () => {
    const model = new SceneModel();
    const feedOf = (id: number, name: string) => {
      const schema = { name, encoding: "jsonschema", data: new Uint8Array(0) };
      return {
        channel: { id, topic: `/${id}`, encoding: "json", schema, metadata: new Map(), reliable: true },
        listen: () => () => {},
      };
    };
    const say = (feed: ReturnType<typeof feedOf>, value: unknown) => {
      model.note(feed, new Message(feed.channel, 0n, new TextEncoder().encode(JSON.stringify(value))));
      model.update();
    };
    const scan = { header: { frame_id: "laser" }, angle_min: 0, angle_increment: 1, ranges: [2] };
    say(feedOf(1, "sensor_msgs/LaserScan"), scan);
    expect(model.extent).toEqual({ left: 2, right: 2, bottom: 0, top: 0 });
    say(feedOf(2, "geometry_msgs/PoseStamped"), { header: { frame_id: "map" }, pose });
    expect(model.extent).toMatchObject({ left: expect.closeTo(1), top: expect.closeTo(4) });
    say(feedOf(2, "geometry_msgs/PoseStamped"), { nothing: 1 });
    expect(model.problems.text).toBe("the message has no pose");
  });

  it("shows a pose with what was measured around it, and no second pose", () => {
    const channel = (topic: string, name: string) => ({
      topic,
      encoding: "json",
      schema: { name, encoding: "jsonschema", data: new Uint8Array(0) },
    });
    const [a, b, scan, log] = [
      channel("/a", "foxglove.PoseInFrame"),
      channel("/b", "nav_msgs/msg/Odometry"),
      channel("/scan", "sensor_msgs/msg/LaserScan"),
      channel("/log", "foxglove.Log"),
    ];
    expect(sceneCompanions(a!, [a!, b!, scan!, log!])).toEqual([scan]);
    expect(sceneCompanions(scan!, [log!, a!, b!, scan!])).toEqual([a]);
  });
});

describe("a trail", () => {
  it("keeps places that are apart, the newest of them, and begins anew after a jump", () => {
    const trail = new Trail();
    for (let step = 0; step < 10_000; step += 1) trail.add(step * 0.05, 0);
    trail.add(9_999 * 0.05 + 0.001, 0);
    expect(trail.length).toBe(MAX_PLACES);
    const xs: Array<number> = [];
    trail.forEach((x) => xs.push(x));
    expect([xs.length, xs.at(-1)]).toEqual([MAX_PLACES, 9_999 * 0.05]);
    trail.add(0, 0);
    expect(trail.length).toBe(1);
  });
});

describe("a camera", () => {
  it("leads from the floor to the screen and back, wherever it has been moved", () => {
    const step = fc.oneof(
      fc.tuple(fc.constant("pan" as const), fc.integer({ min: -500, max: 500 }), fc.integer({ min: -500, max: 500 })),
      fc.tuple(fc.constant("zoom" as const), fc.double({ min: 0.5, max: 2, noNaN: true }), fc.nat({ max: 400 })),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 10 }), fc.nat({ max: 400 }), fc.nat({ max: 300 }), (steps, x, y) => {
        const camera = new Camera();
        [camera.width, camera.height] = [400, 300];
        for (const [kind, a, b] of steps) kind === "pan" ? camera.pan(a, b) : camera.zoom(a, b, 10);
        const floor = camera.toFloor(x, y);
        const [backX, backY] = camera.toScreen(floor.x, floor.y);
        expect(backX).toBeCloseTo(x, 5);
        expect(backY).toBeCloseTo(y, 5);
      }),
      settings(),
    );
  });

  it("keeps the place under the pointer when it zooms", () => {
    const camera = new Camera();
    [camera.width, camera.height] = [400, 300];
    const before = camera.toFloor(50, 60);
    camera.zoom(1.7, 50, 60);
    expect(camera.toFloor(50, 60).x).toBeCloseTo(before.x);
    expect(camera.toFloor(50, 60).y).toBeCloseTo(before.y);
  });

  it("fits a rectangle into the view", () => {
    const camera = new Camera();
    [camera.width, camera.height] = [400, 300];
    const extent = { left: -5, right: 5, bottom: -20, top: 3 };
    expect(camera.shows(extent)).toBe(false);
    camera.fit(extent);
    expect(camera.shows(extent)).toBe(true);
  });

  it("has a grid in round lengths that are said as people say them", () => {
    expect([0.05, 1, 7, 40, 300, 5_000].map((scale) => lengthText(gridStep(scale, 56)))).toEqual([
      "2 km",
      "100 m",
      "10 m",
      "2 m",
      "20 cm",
      "2 cm",
    ]);
    expect(poseText({ x: -0.001, y: -1.5, heading: Math.PI / 4 })).toBe("x 0.00 m, y −1.50 m, 45°");
  });
});
