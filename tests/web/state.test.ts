import { describe, expect, it } from "vitest";
import type { ChannelInfo } from "../../mod.ts";
import { Frames } from "../../web/state/frames.ts";
import { MAX_PANELS } from "../../web/state/limits.ts";
import { sampleText } from "../../web/state/sample.ts";
import { replyText, requestProblem } from "../../web/state/services.ts";
import type { Keep } from "../../web/state/storage.ts";
import { addressOf, readTarget, urlProblem } from "../../web/state/target.ts";
import { Workspace } from "../../web/state/workspace.ts";

function keep(): Keep & { readonly kept: Map<string, string> } {
  const kept = new Map<string, string>();
  return {
    kept,
    get: (key) => kept.get(key),
    set: (key, text) => void (text === undefined ? kept.delete(key) : kept.set(key, text)),
  };
}

function channel(id: number, topic: string, name: string): ChannelInfo {
  const schema = { name, encoding: "", data: new Uint8Array() };
  return { id, topic, encoding: "json", schema, metadata: new Map(), reliable: false };
}

function address(url: string) {
  const { pathname, search, hash } = new URL(url, "http://rover.example");
  return { pathname, search, hash };
}

describe("what to connect to", () => {
  it("is the device that serves the page, with the token of the fragment, which leaves the address", () => {
    const kept = keep();
    expect(readTarget(address("/r/?a=1#token=t%20x"), kept))
      .toEqual({ target: { via: "device", token: "t x" }, cleaned: "/r/?a=1" });
    expect(readTarget(address("/r/?a=1"), kept)).toEqual({
      target: { via: "device", token: "t x" },
      cleaned: undefined,
    });
  });

  it("is a LiveKit server that the address names, with a token of its own", () => {
    const kept = keep();
    readTarget(address("/#token=device"), kept);
    const url = "wss://a.example";
    expect(readTarget(address(`/?livekit=${url}#token=t`), kept).target).toEqual({ via: "livekit", url, token: "t" });
    expect(readTarget(address(`/?livekit=${url}`), kept).target).toEqual({ via: "livekit", url, token: "t" });
    expect(readTarget(address("/?livekit=wss://b.example"), kept).target).toMatchObject({ token: "" });
    expect(readTarget(address("/"), kept).target).toEqual({ via: "device", token: "device" });
  });

  it("is written into the address without the token", () => {
    const kept = keep();
    const to = addressOf({ via: "livekit", url: "wss://a.example", token: "t" }, address("/r/?x=1#y"), kept);
    expect(to).toBe("/r/?x=1&livekit=wss%3A%2F%2Fa.example");
    expect(readTarget(address(to), kept).target).toMatchObject({ token: "t" });
    expect(addressOf({ via: "device", token: undefined }, address(to), kept)).toBe("/r/?x=1");
  });

  it("has to be an address", () => {
    expect(["wss://a", "ws://127.0.0.1:7880", "https://a.example"].map(urlProblem)).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    expect(["", "a.example", "javascript:alert(1)", "ftp://a"].filter((url) => urlProblem(url) === undefined)).toEqual(
      [],
    );
  });
});

describe("Workspace", () => {
  const channels = [
    channel(1, "/pose", "foxglove.PoseInFrame"),
    channel(2, "/scan", "foxglove.LaserScan"),
    channel(3, "/camera", "foxglove.CompressedImage"),
    channel(4, "/log", "foxglove.Log"),
    channel(5, "/imu", "sensor_msgs/Imu"),
    channel(6, "/other", "x/Other"),
  ];

  it("shows a device that is new with what tells most", () => {
    const workspace = new Workspace(keep());
    workspace.meet("rover");
    workspace.offer(channels);
    expect(workspace.panels.value.map(({ kind, topics }) => `${kind} ${topics.join(" ")}`))
      .toEqual(["scene /pose /scan", "image /camera", "plot /imu", "log /log"]);
  });

  it("remembers what was open for a device, and lets nothing be that was closed", () => {
    const kept = keep();
    const workspace = new Workspace(kept);
    workspace.meet("rover");
    workspace.offer(channels);
    for (const { id } of workspace.panels.value.slice(1)) workspace.close(id);
    const again = new Workspace(kept);
    again.meet("rover");
    again.offer(channels);
    expect(again.panels.value.map(({ topics }) => topics)).toEqual([["/pose", "/scan"]]);
    again.meet("other");
    again.offer(channels);
    expect(again.panels.value.length).toBe(4);
  });

  it("survives whatever a browser has kept", () => {
    for (
      const text of [
        "{",
        "7",
        '[["rover",[{"kind":"hologram","topics":["/a"]}]]]',
        '[["rover",[{"kind":"tree","topics":[]}]]]',
      ]
    ) {
      const kept = keep();
      kept.set("panels", text);
      const workspace = new Workspace(kept);
      workspace.meet("rover");
      workspace.offer(channels);
      expect(workspace.panels.value.length).toBe(4);
    }
  });

  it("puts what belongs on a map on the one that is there, and opens no panel twice", () => {
    const workspace = new Workspace(keep());
    for (const index of [0, 1, 0, 5, 5]) workspace.open(channels[index]!);
    expect(workspace.panels.value.map(({ topics }) => topics)).toEqual([["/pose", "/scan"], ["/other"]]);
    workspace.closeTopic("/pose");
    workspace.closeTopic("/other");
    expect(workspace.panels.value.map(({ topics }) => topics)).toEqual([["/scan"]]);
  });

  it("has a bound, and says so", () => {
    const workspace = new Workspace(keep());
    for (let id = 0; id <= MAX_PANELS; id += 1) workspace.open(channel(id, `/t${id}`, "x/Y"));
    expect(workspace.panels.value.length).toBe(MAX_PANELS);
    expect(workspace.isFull.value).toBe(true);
    workspace.closeTopic("/t0");
    expect(workspace.isFull.value).toBe(false);
  });
});

describe("a request", () => {
  const text = (schema: unknown, encoding = "jsonschema") =>
    sampleText({ name: "x", encoding, data: new TextEncoder().encode(JSON.stringify(schema)) });

  it("begins as its schema wants it", () => {
    const schema = {
      type: "object",
      properties: {
        on: { type: "boolean" },
        mode: { enum: ["slow", "fast"] },
        speed: { type: "number", minimum: 0.1 },
        at: { type: "object", properties: { x: { type: "number" }, names: { type: "array" } } },
        any: { oneOf: [{ type: "string" }, { type: "number" }] },
        maybe: { type: ["null", "integer"] },
        given: { default: { a: 1 } },
      },
    };
    expect(JSON.parse(text(schema))).toEqual({
      on: false,
      mode: "slow",
      speed: 0.1,
      at: { x: 0, names: [] },
      any: "",
      maybe: 0,
      given: { a: 1 },
    });
  });

  it("begins empty where nothing is known, and ends where a schema never does", () => {
    expect(sampleText(undefined)).toBe("{}");
    expect(text({ type: "object" }, "ros2msg")).toBe("{}");
    let deep: unknown = { type: "number" };
    for (let depth = 0; depth < 50; depth += 1) deep = { type: "object", properties: { a: deep } };
    expect(text(deep).length).toBeLessThan(1_000);
  });

  it("is checked before it is sent", () => {
    const form = { service: "/a", request: "{}", timeout: "10", outcome: undefined };
    expect(requestProblem(form, "json")).toBeUndefined();
    expect(requestProblem({ ...form, request: " " }, "json")).toBeUndefined();
    expect(requestProblem({ ...form, request: "{" }, "json")).toMatch(/no JSON/);
    expect(requestProblem({ ...form, timeout: "soon" }, "json")).toMatch(/seconds/);
    expect(requestProblem(form, "cdr")).toMatch(/takes cdr/);
  });

  it("shows its answer so that it can be read", () => {
    const encoder = new TextEncoder();
    expect(replyText(encoder.encode('{"a":[1]}'))).toBe('{\n  "a": [\n    1\n  ]\n}');
    expect(replyText(encoder.encode("done"))).toBe("done");
    expect(replyText(Uint8Array.of(255, 0, 16))).toBe("ff 00 10");
    expect(replyText(encoder.encode("x".repeat(300_000))).length).toBeLessThan(100_100);
  });
});

describe("Frames", () => {
  it("run a task once a frame, however often it is asked for, and the others when one fails", () => {
    const draws: Array<() => void> = [];
    const frames = new Frames((draw) => void draws.push(draw));
    const ran: Array<string> = [];
    const reported: Array<unknown> = [];
    const before = globalThis.reportError;
    globalThis.reportError = (error) => void reported.push(error);
    const task = () => void ran.push("task");
    const fails = () => {
      throw new Error("no");
    };
    try {
      for (let count = 0; count < 3; count += 1) for (const one of [fails, task]) frames.soon(one);
      expect(draws.length).toBe(1);
      draws.shift()?.();
      frames.soon(task);
      draws.shift()?.();
    } finally {
      globalThis.reportError = before;
    }
    expect(ran).toEqual(["task", "task"]);
    expect(reported.length).toBe(1);
  });
});
