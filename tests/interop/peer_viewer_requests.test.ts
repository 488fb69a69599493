/**
 * Our gateway with viewers of other people's making: what they ask of a device, and what it tells beside messages.
 */
import { describe, expect, it } from "vitest";
import { Float64, type Parameter, type PlaybackOutput, type PlaybackPosition, ServiceResponse } from "../../mod.ts";
import { serviceId } from "./support/advertised.ts";
import { base64, counting, digest, textOf } from "./support/bytes.ts";
import { useStages } from "./support/company.ts";
import { eventually } from "./support/stage.ts";

const stage = useStages();

describe("our gateway, asked by a viewer of other people's making,", () => {
  it("answers calls: JSON, bytes, errors, nothing, encodings and services that it does not know", async () => {
    await using room = stage();
    const gateway = await room.gateway(room.context(), {
      supportedEncodings: ["json"],
      services: [
        { name: "/sum", handler: (request) => ({ sum: sumOf(request.json()) }), response: { encoding: "json" } },
        { name: "/reverse", request: { encoding: "cdr" }, handler: ({ payload }) => payload.toReversed() },
        { name: "/version", handler: () => Promise.resolve(new ServiceResponse("2.1", "text")) },
        {
          name: "/fail",
          handler: () => {
            throw new Error("the arm is stuck");
          },
        },
        { name: "/silent", handler: () => undefined },
      ],
    });
    const viewer = await room.peerViewer();
    const offered = await viewer.text("advertiseServices");
    const id = (name: string) => serviceId(offered, name);
    await viewer.call(id("/sum"), 0, "json", "[1,2,3]");
    await viewer.until({
      event: "response",
      service: id("/sum"),
      call: 0,
      encoding: "json",
      data: base64('{"sum":6}'),
    });
    await viewer.call(id("/reverse"), 4_294_967_295, "cdr", Uint8Array.of(0, 128, 255));
    await viewer.until({
      event: "response",
      service: id("/reverse"),
      call: 4_294_967_295,
      encoding: "cdr",
      data: base64(Uint8Array.of(255, 128, 0)),
    });
    await viewer.call(id("/version"), 2, "json", "");
    await viewer.until({ event: "response", call: 2, encoding: "text", data: base64("2.1") });
    const failure = async (service: number, call: number, encoding: string) => {
      await viewer.call(service, call, encoding, "{}");
      const { message } = await viewer.text("serviceCallFailure", { serviceId: service, callId: call });
      return message;
    };
    expect(await failure(id("/fail"), 3, "json")).toMatchObject({ message: "the arm is stuck" });
    expect(await failure(id("/silent"), 4, "json")).toMatchObject({
      message: expect.stringContaining("failed to send a response"),
    });
    expect(await failure(4_000, 5, "json")).toMatchObject({ message: "Unknown service" });
    expect(await failure(id("/reverse"), 6, "json")).toMatchObject({ message: "Unsupported encoding" });
    gateway.addServices([{ name: "/late", handler: ({ payload }) => payload }]);
    const late = serviceId(await viewer.text("advertiseServices", { services: [{ name: "/late" }] }), "/late");
    await viewer.call(late, 7, "json", counting(300_000));
    await viewer.until({ event: "response", call: 7, ...digest(counting(300_000)) });
    gateway.removeServices(["/late", "/none"]);
    await viewer.text("unadvertiseServices", { serviceIds: [late] });
    expect(await failure(late, 8, "json")).toMatchObject({ message: "Unknown service" });
  });

  it("gives and takes parameters, with what tells floats and bytes from what they look like", async () => {
    await using room = stage();
    const values = new Map<string, Parameter>(
      [
        { name: "count", value: 3 },
        { name: "gain", value: new Float64(2), type: "float64" as const },
        { name: "half", value: 0.5 },
        { name: "key", value: Uint8Array.of(0, 255) },
        { name: "name", value: "rover" },
        { name: "on", value: true },
        { name: "big", value: 2n ** 63n - 1n },
        { name: "list", value: [1, 2] },
        { name: "floats", value: [new Float64(1), 2.5] },
        { name: "tree", value: new Map([["x", [1, new Float64(1)]]]) },
        { name: "unset" },
      ].map((parameter) => [parameter.name, parameter]),
    );
    const told: Array<string> = [];
    const gateway = await room.gateway(room.context(), {
      parameters: {
        get: (names) => [...values.values()].filter(({ name }) => names.length === 0 || names.includes(name)),
        set: (wanted) => {
          if (wanted.some(({ name }) => name === "forbidden")) throw new Error("forbidden is not to be set");
          for (const parameter of wanted) values.set(parameter.name, parameter);
          return wanted;
        },
      },
      onParametersSubscribe: (names) => told.push(`+ ${names.join()}`),
      onParametersUnsubscribe: (names) => told.push(`- ${names.join()}`),
    });
    const viewer = await room.peerViewer();
    await viewer.send({ op: "getParameters", parameterNames: [], id: "all" });
    const { raw } = await viewer.text("parameterValues", { id: "all" });
    expect(raw).toBe(
      '{"op":"parameterValues","parameters":[{"name":"count","value":3},' +
        '{"name":"gain","type":"float64","value":2.0},{"name":"half","type":"float64","value":0.5},' +
        '{"name":"key","type":"byte_array","value":"AP8="},{"name":"name","value":"rover"},{"name":"on","value":true},' +
        '{"name":"big","value":9223372036854775807},{"name":"list","value":[1,2]},' +
        '{"name":"floats","type":"float64_array","value":[1.0,2.5]},' +
        '{"name":"tree","value":{"x":[1,1.0]}}],"id":"all"}',
    );
    const wanted = '{"op":"setParameters","parameters":[{"name":"gain","type":"float64","value":3.0},' +
      '{"name":"big","value":-9223372036854775808},{"name":"key","type":"byte_array","value":"AQ=="}],"id":"set"}';
    await viewer.do({ do: "text", raw: wanted });
    expect((await viewer.text("parameterValues", { id: "set" }))["raw"]).toBe(
      wanted.replace("setParameters", "parameterValues"),
    );
    expect(values.get("key")?.value).toEqual(Uint8Array.of(1));
    expect(values.get("big")?.value).toBe(-(2n ** 63n));
    await viewer.send({ op: "setParameters", parameters: [{ name: "forbidden", value: 1 }] });
    await viewer.text("status", { level: 2, message: (text) => String(text).includes("failed to send a response") });

    await viewer.send({ op: "subscribeParameterUpdates", parameterNames: ["count", "unset"] });
    await eventually("a subscription", () => told.length === 1, () => told);
    const after = viewer.mark;
    gateway.publishParameterValues([{ name: "count", value: 4 }, { name: "name", value: "other" }, { name: "unset" }]);
    const { message } = await viewer.text("parameterValues", {}, { after });
    expect(message).toEqual({ op: "parameterValues", parameters: [{ name: "count", value: 4 }] });
    await viewer.send({ op: "unsubscribeParameterUpdates", parameterNames: ["count", "unset"] });
    await eventually("the end", () => told.length === 2, () => told);
    expect(told).toEqual(["+ count,unset", "- count,unset"]);
    gateway.publishParameterValues([{ name: "count", value: 5 }]);
    gateway.publishStatus({ level: "info", message: "that was all" });
    await viewer.text("status", { message: "that was all" });
    expect(viewer.all({ event: "text", op: "parameterValues" }, after)).toHaveLength(1);
  });

  it("gives assets, large ones too, and says why it cannot", async () => {
    await using room = stage();
    const asset = counting(1_048_576);
    await room.gateway(room.context(), {
      assets: (uri) => {
        if (uri === "package://map") return asset;
        if (uri === "package://empty") return "";
        throw new Error(`no ${uri} here`);
      },
    });
    const viewer = await room.peerViewer();
    const uris = ["package://map", "package://empty", "package://none"];
    for (const [index, uri] of uris.entries()) {
      await viewer.send({ op: "fetchAsset", requestId: 4_294_967_293 + index, uri });
    }
    await viewer.until({ event: "asset", request: 4_294_967_293, status: 0, error: "", ...digest(asset) });
    await viewer.until({ event: "asset", request: 4_294_967_294, status: 0, error: "", size: 0 });
    const error = "no package://none here";
    await viewer.until({ event: "asset", request: 4_294_967_295, status: 1, error, size: 0 });
  });

  it("tells of its connection graph, whole at first and then by what has changed", async () => {
    await using room = stage();
    const told: Array<string> = [];
    const gateway = await room.gateway(room.context(), {
      onConnectionGraphSubscribe: () => told.push("+"),
      onConnectionGraphUnsubscribe: () => told.push("-"),
    });
    gateway.publishConnectionGraph({
      publishedTopics: { "/a": ["n1"], "/b": ["n1", "n2"] },
      subscribedTopics: { "/a": ["n3"] },
      advertisedServices: { "/s": ["n1"] },
    });
    const viewer = await room.peerViewer();
    await viewer.send({ op: "subscribeConnectionGraph" });
    const { message: whole } = await viewer.text("connectionGraphUpdate");
    expect(whole).toEqual({
      op: "connectionGraphUpdate",
      publishedTopics: [{ name: "/a", publisherIds: ["n1"] }, { name: "/b", publisherIds: ["n1", "n2"] }],
      subscribedTopics: [{ name: "/a", subscriberIds: ["n3"] }],
      advertisedServices: [{ name: "/s", providerIds: ["n1"] }],
      removedTopics: [],
      removedServices: [],
    });
    const after = viewer.mark;
    gateway.publishConnectionGraph({ publishedTopics: { "/a": ["n4"] }, subscribedTopics: { "/a": ["n3"] } });
    const { message: difference } = await viewer.text("connectionGraphUpdate", {}, { after });
    expect(difference).toEqual({
      op: "connectionGraphUpdate",
      publishedTopics: [{ name: "/a", publisherIds: ["n4"] }],
      subscribedTopics: [],
      advertisedServices: [],
      removedTopics: ["/b"],
      removedServices: ["/s"],
    });
    await viewer.send({ op: "unsubscribeConnectionGraph" });
    await eventually("the end", () => told.join() === "+,-", () => told);
  });

  it("takes messages on the viewer's own channels, and refuses those on others", async () => {
    await using room = stage();
    const told: Array<string> = [];
    await room.gateway(room.context(), {
      onClientAdvertise: ({ identity }, { id, topic, encoding, schema }) =>
        told.push(`+ ${identity} ${id} ${topic} ${encoding} ${schema?.name} ${schema?.data.join()}`),
      onClientUnadvertise: (_, { topic }) => told.push(`- ${topic}`),
      onMessageData: (_, { topic }, data) => told.push(`${topic} ${new TextDecoder().decode(data).slice(0, 20)}`),
    });
    const viewer = await room.peerViewer();
    const binary = { encoding: "protobuf", schemaName: "Twist", schemaEncoding: "protobuf", schema: "AQI=" };
    await viewer.send({
      op: "advertise",
      channels: [
        { id: 0, topic: "/cmd", encoding: "json", schemaName: "" },
        { id: 4_294_967_295, topic: "/twist", ...binary },
        { id: 5, topic: "/broken", ...binary, schema: "no base64!" },
        { id: 0, topic: "/again", encoding: "json", schemaName: "" },
      ],
    });
    await viewer.text("status", { level: 2, message: (text) => String(text).includes("/broken") });
    await viewer.text("status", { level: 1, message: (text) => String(text).includes("/again") });
    await viewer.publish(0, '{"go":1}');
    await viewer.publish(4_294_967_295, counting(0));
    await viewer.publish(5, "lost");
    await viewer.text("status", { level: 2, message: (text) => String(text).includes("not advertised channel 5") });
    await viewer.send({ op: "unadvertise", channelIds: [0, 77] });
    await eventually("the end of one", () => told.at(-1) === "- /cmd", () => told);
    await viewer.leave();
    await eventually("the end of the other", () => told.at(-1) === "- /twist", () => told);
    expect(told).toEqual([
      `+ ${viewer.identity} 0 /cmd json undefined undefined`,
      `+ ${viewer.identity} 4294967295 /twist protobuf Twist 1,2`,
      '/cmd {"go":1}',
      "/twist ",
      "- /cmd",
      "- /twist",
    ]);
  });

  it("takes large messages of a viewer whole, and many in order", async () => {
    await using room = stage();
    const sizes: Array<string> = [];
    const numbers: Array<string> = [];
    await room.gateway(room.context(), {
      onMessageData: (_, { topic }, data) => {
        if (topic === "/map") sizes.push(`${digest(data).sha256}`);
        else numbers.push(new TextDecoder().decode(data));
      },
    });
    const viewer = await room.peerViewer();
    const channel = { encoding: "bytes", schemaName: "" };
    await viewer.send({
      op: "advertise",
      channels: [{ id: 1, topic: "/map", ...channel }, { id: 2, topic: "/n", ...channel }],
    });
    await viewer.do({ do: "publish", channel: 1, size: 1_048_576 });
    for (let n = 0; n < 200; n += 1) await viewer.publish(2, `${n}`);
    await eventually("all", () => numbers.length === 200 && sizes.length === 1, () => numbers.length);
    expect(sizes).toEqual([digest(counting(1_048_576)).sha256]);
    expect(numbers).toEqual(Array.from({ length: 200 }, (_, n) => `${n}`));
  });

  it("tells statuses and takes them back, tells the time, and answers pings with its own", async () => {
    await using room = stage();
    const gateway = await room.gateway(room.context(), { capabilities: ["time"] });
    const viewer = await room.peerViewer({ ack: true });
    await viewer.text("serverInfo");
    gateway.publishStatus({ level: "warning", message: "low battery", id: "battery" });
    gateway.publishStatus({ level: "error", message: "lost" });
    gateway.removeStatus(["battery", "none"]);
    gateway.publishTime(1_700_000_000_000_000_001n);
    await viewer.until({ event: "time", time: "1700000000000000001" });
    const told = viewer.all({ event: "text" }).slice(1).map(({ message }) => message);
    expect(told).toEqual([
      { op: "status", level: 1, message: "low battery", id: "battery" },
      { op: "status", level: 2, message: "lost" },
      { op: "removeStatus", statusIds: ["battery", "none"] },
    ]);
    const before = Date.now();
    await viewer.do({ do: "ping", timestamp: `${2n ** 64n - 1n}` });
    const pong = await viewer.until({ event: "pong", asked: `${2n ** 64n - 1n}` });
    expect(Number(pong["answered"])).toBeGreaterThanOrEqual(before);
    expect(Number(pong["answered"])).toBeLessThanOrEqual(Date.now());
    await viewer.do({ do: "ping", timestamp: "7", data: base64("and more") });
    await viewer.until({ event: "pong", asked: "7" });
    // Acked pongs tell the gateway how far away the viewer is.
    await eventually("a round trip", () => gateway.viewers[0]?.roundTripTime?.meanMs !== undefined);
    const { latestMs } = gateway.viewers[0]!.roundTripTime!;
    expect(latestMs).toBeGreaterThanOrEqual(0);
    expect(latestMs).toBeLessThan(10_000);
  });

  it("plays, pauses and seeks for it, and tells it where the playback stands", async () => {
    await using room = stage();
    let position: PlaybackPosition = { status: "paused", currentTime: 5n, playbackSpeed: 1, didSeek: false };
    let output: PlaybackOutput | undefined;
    await room.gateway(room.context(), {
      playback: {
        startTime: 0n,
        endTime: 1_000n,
        current: () => position,
        control: ({ command, playbackSpeed, seekTime }) => {
          const status = command === "play" ? "playing" : "paused";
          const jump = { currentTime: seekTime ?? position.currentTime, didSeek: seekTime !== undefined };
          position = { status, playbackSpeed, ...jump };
          return position;
        },
        attach: (given) => {
          output = given;
          return () => output = undefined;
        },
      },
    });
    const viewer = await room.peerViewer();
    await viewer.until({ event: "playback", status: 1, time: "5", request: "" });
    await viewer.do({ do: "playback", command: "play", speed: 2.5, seek: "900", request: "r1" });
    await viewer.until({ event: "playback", status: 0, time: "900", speed: 2.5, didSeek: 1, request: "r1" });
    await viewer.do({ do: "playback", command: "pause", request: "r2" });
    await viewer.until({ event: "playback", status: 1, time: "900", speed: 1, didSeek: 0, request: "r2" });
    output?.state({ status: "ended", currentTime: 1_000n, playbackSpeed: 1, didSeek: false });
    await viewer.until({ event: "playback", status: 3, time: "1000", request: "" });
    output?.time(1_000n);
    await viewer.until({ event: "time", time: "1000" });
  });

  it("refuses what it cannot do with a status each, and goes on", async () => {
    await using room = stage();
    const context = room.context();
    const pose = context.channel({ topic: "/pose", encoding: "text", qos: "reliable" });
    const gateway = await room.gateway(context);
    const viewer = await room.peerViewer();
    await viewer.text("advertise");
    const refused = async (message: { readonly op: string } & Record<string, unknown>, word: string) => {
      const after = viewer.mark;
      await viewer.send(message);
      await viewer.text("status", { level: 2, message: (text) => String(text).includes(word) }, { after });
    };
    await refused({ op: "getParameters", parameterNames: [] }, "parameters");
    await refused({ op: "setParameters", parameters: [] }, "parameters");
    await refused({ op: "subscribeParameterUpdates", parameterNames: ["a"] }, "parametersSubscribe");
    await refused({ op: "fetchAsset", requestId: 1, uri: "a" }, "assets");
    await refused({ op: "subscribeConnectionGraph" }, "connection graph");
    await refused({ op: "advertise", channels: [] }, "clientPublish");
    await refused({ op: "subscribe", channels: [{ id: pose.id, requestVideoTrack: true }] }, "video");
    await viewer.call(1, 1, "json", "");
    await viewer.text("serviceCallFailure", { callId: 1, message: "Server does not support services" });
    await viewer.do({ do: "playback", command: "play", request: "r" });
    await viewer.subscribe(pose.id);
    await eventually("a subscription", () => gateway.viewers[0]?.topics.length === 1);
    pose.log("all the same");
    expect(textOf(await viewer.until({ event: "message" }))).toBe("all the same");
  });
});

function sumOf(numbers: unknown): number {
  return Array.isArray(numbers) ? numbers.reduce((sum: number, one) => sum + Number(one), 0) : 0;
}
