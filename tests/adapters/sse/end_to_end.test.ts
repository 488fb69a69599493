import { assert, describe, it } from "@effect/vitest";
import * as Effect from "effect/Effect";
import { sse, sseClient, type SseClientOptions, type SseGap } from "../../../adapters/sse/mod.ts";
import { Context, Gateway, type GatewayOptions, ParameterStore, Viewer, type ViewerOptions } from "../../../mod.ts";
import { CollectedLog } from "../../support/log.ts";
import { listen, served } from "./support/listen.ts";
import { until } from "./support/until.ts";

const decoder = new TextDecoder();

/** A device behind a socket, and a viewer that has met it. */
const meet = Effect.fnUntraced(function* (
  options: Partial<GatewayOptions> = {},
  viewerOptions: ViewerOptions = {},
  clientOptions: Partial<SseClientOptions> = {},
) {
  const log = new CollectedLog();
  const context = new Context({ log: log.log });
  const http = sse({ identity: "rover-7" });
  let cut: () => void = () => {};
  let held: Promise<void> | undefined;
  let opened = 0;
  const url = yield* listen(http.fetch);
  const gateway = yield* Gateway.make({ name: "rover-7", context, transport: http, log: log.log, ...options });
  // Its streams of events can be cut.
  const fetch = async (request: Request): Promise<Response> => {
    const abort = new AbortController();
    if (request.method === "GET") {
      opened += 1;
      await held;
      cut = () => abort.abort();
    }
    return await globalThis.fetch(new Request(request, { signal: AbortSignal.any([request.signal, abort.signal]) }));
  };
  const viewer = yield* Viewer.make(sseClient({ url, identity: "viewer-1", fetch, ...clientOptions }), {
    log: log.log,
    ...viewerOptions,
  });
  yield* viewer.deviceEffect;
  // Nor can new ones be opened before they are let.
  const hold = (): () => void => {
    let release = (): void => {};
    held = new Promise((resolve) => release = resolve);
    return release;
  };
  return { context, gateway, viewer, http, cut: () => cut(), hold, opened: () => opened };
});

describe(`a device and a viewer over ${served}`, () => {
  it.live("exchange reliable and lossy messages, which are counted for the viewer", () =>
    Effect.scoped(Effect.gen(function* () {
      const { context, gateway, viewer } = yield* meet();
      const pose = context.channel({ topic: "/pose", encoding: "json", qos: "reliable" });
      const scan = context.channel({ topic: "/scan", encoding: "raw" });
      const poses: Array<string> = [];
      const scans: Array<Uint8Array> = [];
      viewer.subscribe("/pose").onMessage((message) => poses.push(message.text()));
      viewer.subscribe("/scan").onMessage(({ data }) => scans.push(data));
      const subscribed = (): number => gateway.stats().channels.filter(({ viewers }) => viewers.length === 1).length;
      yield* until("both are subscribed", () => subscribed() === 2);
      for (let number = 0; number < 1_000; number += 1) pose.log(`${number}`);
      yield* until("all have come", () => poses.length === 1_000);
      const bytes = Uint8Array.from({ length: 70_000 }, (_, index) => index);
      scan.log(bytes);
      yield* until("the scan has come", () => scans.length === 1);
      assert.deepStrictEqual(poses, Array.from({ length: 1_000 }, (_, number) => `${number}`));
      assert.deepStrictEqual(scans[0], bytes);
      const carriers = gateway.stats().channels.map(({ topic, carrier }) => [topic, carrier]);
      assert.deepStrictEqual(carriers, [["/pose", "control"], ["/scan", "datagram"]]);
    })));

  it.live("call services, get and set parameters, fetch assets, and send commands", () =>
    Effect.scoped(Effect.gen(function* () {
      const commands: Array<string> = [];
      const store = new ParameterStore({ parameters: [{ name: "max_speed", value: 1.5 }] });
      const { viewer } = yield* meet({
        supportedEncodings: ["json"],
        capabilities: ["clientPublish"],
        parameters: store,
        services: [{ name: "/echo", type: "Echo", handler: (request) => request.payload }],
        assets: () => new Uint8Array(3_000_000).fill(7),
        onMessageData: (_, channel, data) => void commands.push(`${channel.topic} ${decoder.decode(data)}`),
      });
      const reply = yield* viewer.callServiceEffect("/echo", { a: "b" });
      assert.deepStrictEqual(reply.json(), { a: "b" });
      yield* viewer.setParametersEffect({ max_speed: 2.5 });
      const parameters = yield* viewer.getParametersEffect(["max_speed"]);
      assert.strictEqual(Number(parameters.get("max_speed")?.value), 2.5);
      const asset = yield* viewer.fetchAssetEffect("package://mesh");
      assert.deepStrictEqual([asset.length, asset[2_999_999]], [3_000_000, 7]);
      const channel = viewer.channel({ topic: "/cmd", encoding: "json" });
      yield* channel.readyEffect;
      assert.isTrue(channel.publish("go"));
      yield* until("the command has come", () => commands.length === 1);
      assert.deepStrictEqual(commands, ["/cmd go"]);
    })));

  it.live("miss nothing over connections that break again and again, and stay together", () =>
    Effect.scoped(Effect.gen(function* () {
      const connections: Array<string> = [];
      const { context, viewer, gateway, cut, opened } = yield* meet({}, {
        onConnection: (status) => connections.push(status),
      });
      const count = context.channel({ topic: "/count", encoding: "json", qos: "reliable" });
      const seen: Array<number> = [];
      viewer.subscribe("/count").onMessage((message) => seen.push(Number(message.text())));
      yield* until("it is subscribed", () => gateway.stats().channels[0]?.viewers.length === 1);
      let number = 0;
      for (let turn = 0; turn < 20; turn += 1) {
        for (let more = 0; more < 10; more += 1) count.log(`${number++}`);
        yield* Effect.sleep("5 millis");
        cut();
        for (let more = 0; more < 10; more += 1) count.log(`${number++}`);
        yield* until("all have come", () => seen.length === number);
      }
      assert.deepStrictEqual(seen, Array.from({ length: 400 }, (_, index) => index));
      assert.deepStrictEqual(connections, ["connected"]);
      assert.isAtLeast(opened(), 20);
    })));

  it.live("begin anew, and say so, when the viewer was away for more than the device keeps", () =>
    Effect.scoped(Effect.gen(function* () {
      const gaps: Array<SseGap | undefined> = [];
      const { context, viewer, gateway, cut, hold } = yield* meet({}, {}, { onReset: (gap) => gaps.push(gap) });
      const count = context.channel({ topic: "/count", encoding: "json", qos: "reliable" });
      const seen: Array<number> = [];
      viewer.subscribe("/count").onMessage((message) => seen.push(Number(message.text())));
      yield* until("it is subscribed", () => gateway.stats().channels[0]?.viewers.length === 1);
      count.log("0");
      yield* until("the first has come", () => seen.length === 1);
      const release = hold();
      cut();
      for (let number = 1; number <= 3_000; number += 1) {
        // As large as what is an event of its own.
        count.log(`${number}`.padEnd(5_000));
        if (number % 50 === 0) yield* Effect.sleep("2 millis");
      }
      release();
      yield* until("it is told of the gap", () => gaps.length > 0);
      const [gap] = gaps;
      assert.isTrue(gap !== undefined && gap.from <= gap.to);
      const subscribed = () => gateway.stats().channels[0]?.viewers.length === 1;
      yield* until("it has come back", () => subscribed() && viewer.serverInfo !== undefined);
      const before = seen.length;
      yield* until("messages come again", () => {
        count.log("9999");
        return seen.length > before;
      });
      const numbers = seen.filter((number) => number !== 9_999);
      assert.deepStrictEqual(numbers, numbers.toSorted((a, b) => a - b));
      assert.strictEqual(new Set(numbers).size, numbers.length);
    })));

  it.live("meet again when the device begins anew with the same handler", () =>
    Effect.scoped(Effect.gen(function* () {
      const { viewer, gateway, http, context } = yield* meet();
      yield* gateway.closeEffect;
      yield* until("the viewer knows", () => viewer.status !== "connected");
      yield* Gateway.make({ name: "rover-8", context, transport: http, log: () => {} });
      yield* until("they have met again", () => viewer.serverInfo?.name === "rover-8");
    })));
});
