/**
 * Our viewer with devices of other people's making: what it asks of them, and what it follows beside messages.
 */
import { describe, expect, it } from "vitest";
import { ConnectionLost, Float64, type Parameter } from "../../mod.ts";
import { base64, counting, digest } from "./support/bytes.ts";
import { useStages } from "./support/company.ts";
import { eventually } from "./support/stage.ts";

const stage = useStages();

describe("our viewer, asking a device of other people's making,", () => {
  it("calls services: JSON, bytes, errors, and those that come and go", async () => {
    await using room = stage();
    const device = await room.peerDevice();
    const schema = { name: "demo.Request", encoding: "protobuf", data: base64(Uint8Array.of(0xff, 1)) };
    await device.start({
      capabilities: ["services"],
      encodings: ["json"],
      services: [
        { name: "/echo", type: "demo/Echo", does: "echo" },
        {
          name: "/reverse",
          does: "reverse",
          request: { encoding: "cdr", schema },
          response: { encoding: "raw", schema },
        },
        { name: "/fail", does: "fail" },
      ],
    });
    const viewer = await room.viewer();
    const reply = await viewer.callService("/echo", { delay: 3 });
    expect([reply.encoding, reply.json()]).toEqual(["json", { delay: 3 }]);
    expect(viewer.services.get("/echo")).toMatchObject({ name: "/echo", type: "demo/Echo" });
    expect(viewer.services.get("/reverse")).toMatchObject({
      request: {
        encoding: "cdr",
        schema: { name: "demo.Request", encoding: "protobuf", data: Uint8Array.of(0xff, 1) },
      },
      response: { encoding: "raw" },
    });
    const reversed = await viewer.callService("/reverse", Uint8Array.of(0, 128, 255));
    expect([reversed.encoding, ...reversed.data]).toEqual(["raw", 255, 128, 0]);
    await device.until({ event: "call", service: "/reverse", encoding: "cdr" });
    const large = counting(300_000);
    const echoed = await viewer.callService("/echo", large);
    expect(digest(echoed.data)).toEqual(digest(large));
    expect((await viewer.callService("/echo")).data).toHaveLength(0);
    await expect(viewer.callService("/fail", {})).rejects.toMatchObject({
      _tag: "ServiceCallFailed",
      reason: expect.stringContaining("it fails, always"),
    });
    await expect(viewer.callService("/reverse", "x", { encoding: "ros1" })).rejects.toMatchObject({
      _tag: "ServiceCallFailed",
      reason: "Unsupported encoding",
    });
    await expect(viewer.callService("/none")).rejects.toMatchObject({ _tag: "UnknownService" });
    await device.do({ do: "add_services", services: [{ name: "/late", does: "echo" }] });
    await eventually("one more", () => viewer.services.has("/late"));
    expect((await viewer.callService("/late", "on time")).text()).toBe("on time");
    await device.do({ do: "remove_services", names: ["/late"] });
    await eventually("one less", () => !viewer.services.has("/late"));
  });

  it("has many calls under way at once, each with its own answer", async () => {
    await using room = stage();
    const device = await room.peerDevice();
    await device.start({
      capabilities: ["services"],
      encodings: ["json"],
      services: [{ name: "/echo", does: "echo" }, { name: "/wait", does: "wait" }],
    });
    const viewer = await room.viewer();
    const replies = await Promise.all(Array.from({ length: 30 }, (_, n) => viewer.callService("/echo", { n })));
    expect(replies.map((reply) => reply.json())).toEqual(Array.from({ length: 30 }, (_, n) => ({ n })));
    const waiting = [1, 2].map((n) => viewer.callService("/wait", { n }, { timeoutMs: 60_000 }));
    await device.until({ event: "call", service: "/wait" }, { count: 2 });
    expect((await viewer.callService("/echo", "meanwhile")).text()).toBe("meanwhile");
    await device.do({ do: "release" });
    expect((await Promise.all(waiting)).map((reply) => reply.json())).toEqual([{ n: 1 }, { n: 2 }]);
  });

  it("reads parameters of every kind as what they are", async () => {
    await using room = stage();
    const device = await room.peerDevice();
    await device.start({
      capabilities: ["parameters"],
      parameters: [
        { name: "count", value: 3 },
        { name: "gain", value: { float: 2 } },
        { name: "half", value: { float: 0.5 } },
        { name: "key", value: { bytes: base64(Uint8Array.of(0, 255)) } },
        { name: "name", value: "räver" },
        { name: "on", value: true },
        { name: "big", value: { int: "9223372036854775807" } },
        { name: "small", value: { int: "-9223372036854775808" } },
        { name: "list", value: [1, 2] },
        { name: "words", value: ["a", "b"] },
        { name: "floats", value: [{ float: 1 }, { float: 2.5 }] },
        { name: "tree", value: { x: [1, { float: 1 }], y: { z: "deep" } } },
        { name: "unset" },
      ],
    });
    const viewer = await room.viewer();
    const all = await viewer.getParameters();
    expect(all.get("count")).toEqual({ name: "count", value: 3 });
    expect(all.get("gain")).toEqual({ name: "gain", type: "float64", value: 2 });
    expect(all.get("half")).toEqual({ name: "half", type: "float64", value: 0.5 });
    expect(all.get("key")).toEqual({ name: "key", type: "byte_array", value: Uint8Array.of(0, 255) });
    expect(all.get("name")).toEqual({ name: "name", value: "räver" });
    expect(all.get("on")).toEqual({ name: "on", value: true });
    expect(all.get("big")).toEqual({ name: "big", value: 2n ** 63n - 1n });
    expect(all.get("small")).toEqual({ name: "small", value: -(2n ** 63n) });
    expect(all.get("list")).toEqual({ name: "list", value: [1, 2] });
    expect(all.get("words")).toEqual({ name: "words", value: ["a", "b"] });
    expect(all.get("floats")).toEqual({ name: "floats", type: "float64_array", value: [1, 2.5] });
    const tree = new Map<string, unknown>([["x", [1, new Float64(1)]], ["y", new Map([["z", "deep"]])]]);
    expect(all.get("tree")).toEqual({ name: "tree", value: tree });
    expect(all.has("unset")).toBe(false);
    expect([...(await viewer.getParameters(["on", "none"])).keys()]).toEqual(["on"]);
  });

  it("sets parameters of every kind as what they are, and hears what was really set", async () => {
    await using room = stage();
    const device = await room.peerDevice();
    await device.start({ capabilities: ["parameters"] });
    const viewer = await room.viewer();
    const wanted: ReadonlyArray<Parameter> = [
      { name: "count", value: 3 },
      { name: "gain", type: "float64", value: 2 },
      { name: "key", value: Uint8Array.of(0, 255) },
      { name: "name", value: "räver" },
      { name: "big", value: 2n ** 63n - 1n },
      { name: "floats", type: "float64_array", value: [1, 2.5] },
      { name: "tree", value: new Map([["x", [1, new Float64(1)]]]) },
      { name: "forbidden", value: 1 },
    ];
    const applied = await viewer.setParameters(wanted);
    await device.until({
      event: "set_parameters",
      values: [
        { name: "count", type: null, value: 3 },
        { name: "gain", type: "float64", value: { float: 2 } },
        { name: "key", type: "byte_array", value: { bytes: "AP8=" } },
        { name: "name", value: "räver" },
        { name: "big", value: { int: "9223372036854775807" } },
        { name: "floats", type: "float64_array", value: [{ float: 1 }, { float: 2.5 }] },
        { name: "tree", type: null, value: { x: [1, { float: 1 }] } },
        { name: "forbidden", value: 1 },
      ],
    });
    expect([...applied.keys()].toSorted()).toEqual(["big", "count", "floats", "gain", "key", "name", "tree"]);
    expect(applied.get("big")?.value).toBe(2n ** 63n - 1n);
  });

  it("watches parameters, also when the device has left and come back", async () => {
    await using room = stage();
    const device = await room.peerDevice();
    await device.start({ capabilities: ["parameters"], parameters: [{ name: "speed", value: 1 }] });
    const viewer = await room.viewer();
    const seen: Array<unknown> = [];
    using watch = viewer.watchParameters(["speed"]).onChange(({ value }) => seen.push(value));
    await device.until({ event: "parameters_subscribe", names: ["speed"] });
    await eventually("the first value", () => seen.at(-1) === 1, () => seen);
    await device.do({ do: "values", parameters: [{ name: "speed", value: 2 }, { name: "other", value: 1 }] });
    await eventually("the second value", () => seen.at(-1) === 2, () => seen);
    await device.stop();
    await eventually("nobody there", () => viewer.serverInfo === undefined);
    const after = device.mark;
    await device.start({ capabilities: ["parameters"], parameters: [{ name: "speed", value: 3 }] });
    await device.until({ event: "parameters_subscribe", names: ["speed"] }, { after });
    await eventually("the third value", () => seen.at(-1) === 3, () => seen);
    expect(watch.isCurrent).toBe(true);
    watch.close();
    await device.until({ event: "parameters_unsubscribe", names: ["speed"] }, { after });
  });

  it("fetches assets, large ones too, and hears why one cannot be had", async () => {
    await using room = stage();
    const device = await room.peerDevice();
    await device.start({
      assets: {
        "package://map": { size: 1_048_576 },
        "package://empty": { data: "" },
        "package://a": { data: "YQ==" },
      },
    });
    const viewer = await room.viewer();
    const [map, empty, small] = await Promise.all(
      ["package://map", "package://empty", "package://a"].map((uri) => viewer.fetchAsset(uri)),
    );
    expect(digest(map!)).toEqual(digest(counting(1_048_576)));
    expect(empty).toHaveLength(0);
    expect(small).toEqual(Uint8Array.of(97));
    await expect(viewer.fetchAsset("package://none")).rejects.toMatchObject({
      _tag: "AssetFailed",
      reason: expect.stringContaining("there is no package://none"),
    });
  });

  it("follows the connection graph through its changes, from the start and when it is back", async () => {
    await using room = stage();
    const device = await room.peerDevice();
    await device.start({ capabilities: ["connectionGraph"] });
    await device.do({ do: "graph", published: { "/a": ["n1"], "/b": ["n1"] }, services: { "/s": ["n1"] } });
    const viewer = await room.viewer();
    const watch = viewer.watchConnectionGraph();
    await device.until({ event: "graph_subscribe" });
    await eventually("a graph", () => watch.isCurrent);
    const entries = () => [...watch.graph.publishedTopics].map(([topic, ids]) => `${topic} ${[...ids].join()}`);
    expect(entries().toSorted()).toEqual(["/a n1", "/b n1"]);
    expect([...watch.graph.advertisedServices.keys()]).toEqual(["/s"]);
    await device.do({ do: "graph", published: { "/a": ["n1", "n2"] }, subscribed: { "/c": ["n3"] } });
    await eventually("a change", () => watch.graph.subscribedTopics.size === 1, entries);
    expect(watch.graph.publishedTopics.get("/a")).toEqual(new Set(["n1", "n2"]));
    expect(watch.graph.publishedTopics.has("/b")).toBe(false);
    expect(watch.graph.advertisedServices.size).toBe(0);
    watch.close();
    await device.until({ event: "graph_unsubscribe" });
  });

  it("publishes on channels of its own, and goes on when the device is back", async () => {
    await using room = stage();
    const device = await room.peerDevice();
    const offers = { capabilities: ["clientPublish"], encodings: ["json"] } as const;
    await device.start(offers);
    const viewer = await room.viewer();
    const schema = { name: "demo.Twist", encoding: "protobuf", data: Uint8Array.of(0xff, 2) };
    const plain = viewer.channel({ topic: "/cmd", encoding: "json" });
    const typed = viewer.channel({ topic: "/twist", encoding: "protobuf", schema });
    await Promise.all([plain.ready(), typed.ready()]);
    expect(plain.publish('{"go":1}')).toBe(true);
    expect(typed.publish(counting(200_000))).toBe(true);
    await device.until({ event: "message", topic: "/cmd", data: base64('{"go":1}') });
    await device.until({ event: "message", topic: "/twist", ...digest(counting(200_000)) });
    expect(device.all({ event: "client_advertise" })).toMatchObject([
      { topic: "/cmd", encoding: "json", schema: null },
      { topic: "/twist", encoding: "protobuf", schema: { name: "demo.Twist", encoding: "protobuf", data: "/wI=" } },
    ]);
    for (let n = 0; n < 300; n += 1) expect(plain.publish(`${n}`)).toBe(true);
    await device.until({ event: "message", topic: "/cmd" }, { count: 301 });
    const numbers = device.all({ event: "message", topic: "/cmd" }).slice(1).map(({ data }) => data);
    expect(numbers).toEqual(Array.from({ length: 300 }, (_, n) => base64(`${n}`)));
    typed.close();
    await device.until({ event: "client_unadvertise", topic: "/twist" });
    await device.stop();
    await eventually("nobody there", () => !plain.isAdvertised);
    const after = device.mark;
    await device.start(offers);
    await plain.ready();
    plain.publish("again");
    await device.until({ event: "message", topic: "/cmd", data: base64("again") }, { after });
  });

  it("hears statuses, and what is taken back of them", async () => {
    await using room = stage();
    const device = await room.peerDevice();
    await device.start();
    const viewer = await room.viewer();
    await viewer.device();
    await device.do({ do: "status", level: "warning", message: "low battery", status: "battery" });
    await device.do({ do: "status", level: "error", message: "lost" });
    await device.do({ do: "status", level: "info", message: "charging", status: "battery" });
    await eventually("three statuses", () => viewer.statuses.some(({ message }) => message === "charging"));
    expect(viewer.statuses.map(({ level, message, id }) => [level, message, id]).toSorted()).toEqual([
      ["error", "lost", undefined],
      ["info", "charging", "battery"],
    ]);
    await device.do({ do: "remove_status", statuses: ["battery", "none"] });
    await eventually("one less", () => viewer.statuses.length === 1);
  });

  it("fails at once what the device cannot do, and what it was asked when it left", async () => {
    await using room = stage();
    const process = await room.processOfDevices();
    const device = await room.peerDevice(process);
    await device.start({
      capabilities: ["services"],
      encodings: ["json"],
      services: [{ name: "/wait", does: "wait" }],
    });
    const viewer = await room.viewer();
    await viewer.device();
    await expect(viewer.getParameters()).rejects.toMatchObject({ _tag: "NotSupported", capability: "parameters" });
    await expect(viewer.fetchAsset("package://a")).rejects.toMatchObject({ _tag: "NotSupported" });
    await expect(viewer.channel({ topic: "/cmd", encoding: "json" }).ready()).rejects.toMatchObject({
      _tag: "NotSupported",
    });
    const call = viewer.callService("/wait", {}, { timeoutMs: 60_000 }).catch((error: unknown) => error);
    await device.until({ event: "call", service: "/wait" });
    await room.remove("device");
    expect(await call).toBeInstanceOf(ConnectionLost);
  });
});
