import { describe, expect, it } from "vitest";
import type { Viewer } from "../../mod.ts";
import { COMMAND_PERIOD_MS, STALL_MS, Teleop } from "../../web/state/teleop.ts";

/** A viewer as far as commands go, a clock that is turned by hand, and what was sent. */
function setUp() {
  const sent: Array<unknown> = [];
  const channels: Array<string> = [];
  const state = { takes: true, tick: undefined as (() => void) | undefined, unansweredMs: 0, pings: 0 };
  const viewer = {
    serverInfo: { capabilities: ["clientPublish"] },
    get unansweredPingMs() {
      return state.unansweredMs;
    },
    ping: () => {
      state.pings += 1;
    },
    channel: ({ topic, schema }: { readonly topic: string; readonly schema?: { readonly name: string } }) => {
      channels.push(`+${topic} ${schema?.name}`);
      return {
        isClosed: false,
        close: () => channels.push(`-${topic}`),
        publish: (data: string) => {
          if (state.takes) sent.push(JSON.parse(data));
          return state.takes;
        },
      };
    },
  };
  const teleop = new Teleop({
    every: (ms, tick) => {
      expect(ms).toBe(COMMAND_PERIOD_MS);
      state.tick = tick;
      return () => {
        state.tick = undefined;
      };
    },
    now: () => 12_500,
  });
  // @ts-expect-error: no more of a viewer is needed here.
  const attached: Viewer = viewer;
  const speeds = () =>
    sent.splice(0).map((command) => {
      const { twist } = command as { twist: { linear: { x: number }; angular: { z: number } } };
      return [twist.linear.x, twist.angular.z];
    });
  return { teleop, viewer: attached, sent, channels, state, speeds, tick: () => state.tick?.() };
}

function ready() {
  const given = setUp();
  given.teleop.attach(given.viewer);
  given.teleop.refresh(true);
  given.teleop.limits.value = { linear: 0.5, angular: 2 };
  given.sent.length = 0;
  return given;
}

describe("Teleop", () => {
  it("tells the device of its channel before the first command", () => {
    const { teleop, channels } = ready();
    expect(teleop.isAvailable.value).toBe(true);
    expect(channels).toEqual(["+/cmd_vel geometry_msgs/TwistStamped"]);
  });

  it("sends at a steady rate while it is held, within the limits, with the time of each command", () => {
    const { teleop, speeds, sent, tick } = ready();
    teleop.hold({ linear: 1, angular: -0.5 });
    expect(sent[0]).toMatchObject({ header: { stamp: { sec: 12, nsec: 500_000_000 } } });
    tick();
    teleop.hold({ linear: 7, angular: NaN });
    tick();
    expect(speeds()).toEqual([[0.5, -1], [0.5, -1], [0.5, 0]]);
  });

  it("sends zero at once when it is let go, a few times more, and then nothing", () => {
    const { teleop, speeds, tick, state } = ready();
    teleop.hold({ linear: 1, angular: 0 });
    speeds();
    teleop.stop("released");
    expect(speeds()).toEqual([[0, 0]]);
    for (let count = 0; count < 10; count += 1) tick();
    expect(speeds()).toEqual([[0, 0], [0, 0], [0, 0], [0, 0]]);
    expect(state.tick).toBeUndefined();
    expect(teleop.state.value).toEqual({ kind: "idle", stopped: "released" });
  });

  it("is let go when a command cannot be sent, and has to be held anew", () => {
    const { teleop, speeds, tick, state } = ready();
    teleop.hold({ linear: 1, angular: 0 });
    speeds();
    state.takes = false;
    tick();
    state.takes = true;
    tick();
    expect(teleop.state.value).toEqual({ kind: "idle", stopped: "connection" });
    expect(speeds()).toEqual([[0, 0]]);
  });

  it("tries the line four times a second while it drives, and only then", () => {
    const { teleop, state, tick } = ready();
    expect(state.pings).toBe(0);
    teleop.hold({ linear: 1, angular: 0 });
    expect(state.pings).toBe(1);
    for (let count = 0; count < 1_000 / COMMAND_PERIOD_MS; count += 1) tick();
    expect(state.pings).toBe(5);
    teleop.stop("released");
    for (let count = 0; count < 10; count += 1) tick();
    expect(state.pings).toBe(5);
  });

  it("is let go on a line that stands still: nothing more is queued than one stop, which comes first afterwards", () => {
    const { teleop, speeds, state, tick } = ready();
    teleop.hold({ linear: 1, angular: 0 });
    state.unansweredMs = STALL_MS;
    tick();
    expect(speeds()).toEqual([[0.5, 0], [0.5, 0]]);
    state.unansweredMs = STALL_MS + 1;
    tick();
    expect(teleop.isStalled.value).toBe(true);
    expect(teleop.state.value).toEqual({ kind: "idle", stopped: "stalled" });
    for (let count = 0; count < 100; count += 1) tick();
    teleop.hold({ linear: 1, angular: 0 });
    teleop.look();
    expect(speeds()).toEqual([[0, 0]]);
    state.unansweredMs = 20;
    teleop.look();
    expect(teleop.isStalled.value).toBe(false);
    expect(speeds()).toEqual([[0, 0]]);
    for (let count = 0; count < 10; count += 1) tick();
    expect(speeds()).toEqual([[0, 0], [0, 0], [0, 0], [0, 0]]);
    expect(teleop.state.value).toEqual({ kind: "idle", stopped: "stalled" });
    teleop.hold({ linear: 1, angular: 0 });
    expect(speeds()).toEqual([[0.5, 0]]);
  });

  it("is not begun on a line that stands still, which is seen before anybody drives; a stop still goes", () => {
    const { teleop, speeds, state } = ready();
    state.unansweredMs = STALL_MS + 1;
    teleop.hold({ linear: 1, angular: 0 });
    expect(speeds()).toEqual([]);
    expect(teleop.isStalled.value).toBe(true);
    teleop.stop("stopped");
    expect(speeds()).toEqual([[0, 0]]);
    state.unansweredMs = 0;
    teleop.look();
    expect(speeds()).toEqual([]);
  });

  it("is let go when the connection is lost, and does nothing without one", () => {
    const { teleop, speeds } = ready();
    teleop.hold({ linear: 1, angular: 0 });
    speeds();
    teleop.refresh(false);
    expect(teleop.state.value).toEqual({ kind: "idle", stopped: "connection" });
    expect(speeds()).toEqual([[0, 0]]);
    teleop.hold({ linear: 1, angular: 0 });
    expect(speeds()).toEqual([]);
    expect(teleop.state.value.kind).toBe("idle");
  });

  it("stops whatever else drives when it is told to", () => {
    const { teleop, speeds } = ready();
    teleop.stop("released");
    expect(speeds()).toEqual([]);
    teleop.stop("stopped");
    expect(speeds()).toEqual([[0, 0]]);
  });

  it("takes its channel back for another topic or message", () => {
    const { teleop, channels } = ready();
    teleop.hold({ linear: 1, angular: 0 });
    teleop.configure("/drive", "Twist");
    expect(teleop.state.value).toEqual({ kind: "idle", stopped: "stopped" });
    expect(channels.slice(1)).toEqual(["-/cmd_vel", "+/drive geometry_msgs/Twist"]);
  });

  it("is not available for a device that takes no messages", () => {
    const { teleop, viewer, channels } = setUp();
    Object.assign(viewer, { serverInfo: { capabilities: [] } });
    teleop.attach(viewer);
    teleop.refresh(true);
    expect(teleop.isAvailable.value).toBe(false);
    expect(channels).toEqual([]);
  });
});
