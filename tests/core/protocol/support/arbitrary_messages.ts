/**
 * Any message of either direction, as its reader gives it.
 */
import * as fc from "fast-check";
import {
  type Capability,
  type ClientMessage,
  Float64,
  type Metadata,
  type Parameter,
  type ParameterValue,
  type ServerMessage,
} from "../../../../core/protocol/mod.ts";

const text = fc.string({ unit: "binary", maxLength: 12 });
const texts = fc.array(text, { maxLength: 4 });
const u32 = fc.integer({ min: 0, max: 0xffffffff });
const id = fc.maxSafeNat();
const u64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
const bytes = fc.uint8Array({ maxLength: 40 });
const metadata: fc.Arbitrary<Metadata> = fc.array(fc.tuple(text, text), { maxLength: 4 }).map((all) => new Map(all));

/** Fields of which those named may be absent. */
function fields<T, K extends keyof T>(model: { [P in keyof T]: fc.Arbitrary<T[P]> }, optional: ReadonlyArray<K>) {
  const requiredKeys = (Object.keys(model) as Array<keyof T>).filter((key) => !optional.includes(key as K));
  return fc.record<T, Exclude<keyof T, K>>(model, { requiredKeys: requiredKeys as Array<Exclude<keyof T, K>> });
}

// ---- parameters --------------------------------------------------------------------------------------------------

const float = fc.double({ noNaN: true, noDefaultInfinity: true });
const integer: fc.Arbitrary<ParameterValue> = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map((value) =>
  Number.isSafeInteger(Number(value)) ? Number(value) : value
);
/** A float as it is read where no type says so. */
const bareFloat: fc.Arbitrary<ParameterValue> = float.map((value) =>
  Number.isSafeInteger(value) && !Object.is(value, -0) ? new Float64(value) : value
);
const nested: fc.Arbitrary<ParameterValue> = fc.letrec<{ value: ParameterValue }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small" },
    fc.boolean(),
    text,
    integer,
    bareFloat,
    fc.array(tie("value"), { maxLength: 3 }),
    fc.array(fc.tuple(text, tie("value")), { maxLength: 3 }).map((all) => new Map(all)),
  ),
})).value;
const notNumeric = nested.filter((value) =>
  typeof value !== "number" && typeof value !== "bigint" && !(value instanceof Float64)
);

const dictionary: fc.Arbitrary<ParameterValue> = fc.array(fc.tuple(text, nested), { maxLength: 3 }).map((all) =>
  new Map(all)
);
const markedFloat = fc.maxSafeInteger().map((value) => new Float64(value));

/** Any parameter that is written with the type that it is read with. */
const parameter: fc.Arbitrary<Parameter> = fc.oneof(
  fc.record({ name: text }),
  fc.record({ name: text, value: fc.oneof(integer, markedFloat, fc.boolean(), text, dictionary) }),
  fc.record({
    name: text,
    value: fc.oneof(...[integer, markedFloat, notNumeric].map((item) => fc.array(item, { maxLength: 4 }))),
  }),
  fc.record({ name: text, type: fc.constant("float64" as const), value: float }),
  fc.record({ name: text, type: fc.constant("float64_array" as const), value: fc.array(float, { maxLength: 5 }) }),
  fc.record({ name: text, type: fc.constant("byte_array" as const), value: bytes }),
);
const parameters = fc.array(parameter, { maxLength: 4 });

// ---- text messages of the device -----------------------------------------------------------------------------------

const capability = fc.constantFrom<Capability>(
  "clientPublish",
  "parameters",
  "parametersSubscribe",
  "time",
  "services",
  "connectionGraph",
  "assets",
  "playbackControl",
);
const time = fc.record({ sec: u32, nsec: u32 });
const serverInfo = fields({
  op: fc.constant("serverInfo" as const),
  name: text,
  capabilities: fc.array(capability, { maxLength: 4 }),
  supportedEncodings: texts,
  metadata,
  sessionId: text,
  dataStartTime: time,
  dataEndTime: time,
}, ["sessionId", "dataStartTime", "dataEndTime"]);

const head = { id, topic: text, encoding: text, metadata };
const advertiseInline = fc.record({
  op: fc.constant("advertise" as const),
  form: fc.constant("inline" as const),
  channels: fc.array(fields({ ...head, schemaName: text, schemaEncoding: text, schema: text }, ["schemaEncoding"]), {
    maxLength: 3,
  }),
});
const advertiseTable = fc.record({
  op: fc.constant("advertise" as const),
  form: fc.constant("table" as const),
  schemas: fc.array(fc.record({ id, name: text, encoding: text, data: text }), { maxLength: 3 }),
  // Without channels it would be read as an inline one.
  channels: fc.array(fields({ ...head, schemaId: id }, ["schemaId"]), { minLength: 1, maxLength: 3 }),
});

const side = fc.record({ encoding: text, schemaName: text, schemaEncoding: text, schema: text });
const service = fields(
  { id: u32, name: text, type: text, request: side, response: side, requestSchema: text, responseSchema: text },
  ["request", "response", "requestSchema", "responseSchema"],
);
const connectionGraph = fc.record({
  op: fc.constant("connectionGraphUpdate" as const),
  publishedTopics: fc.array(fc.record({ name: text, publisherIds: texts }), { maxLength: 3 }),
  subscribedTopics: fc.array(fc.record({ name: text, subscriberIds: texts }), { maxLength: 3 }),
  advertisedServices: fc.array(fc.record({ name: text, providerIds: texts }), { maxLength: 3 }),
  removedTopics: texts,
  removedServices: texts,
});
const level = fc.constantFrom("info" as const, "warning" as const, "error" as const);

// ---- all messages --------------------------------------------------------------------------------------------------

const response = { serviceId: u32, callId: u32, encoding: text, payload: bytes };
// Any float32, infinities and NaN among them.
const speed = fc.float();

/** Any message of a device, by its op. */
export const serverMessages: Readonly<Record<string, fc.Arbitrary<ServerMessage>>> = {
  serverInfo,
  advertiseInline,
  advertiseTable,
  unadvertise: fc.record({ op: fc.constant("unadvertise" as const), channelIds: fc.array(id, { maxLength: 5 }) }),
  status: fields({ op: fc.constant("status" as const), level, message: text, id: text }, ["id"]),
  removeStatus: fc.record({ op: fc.constant("removeStatus" as const), statusIds: texts }),
  parameterValues: fields({ op: fc.constant("parameterValues" as const), parameters, id: text }, ["id"]),
  advertiseServices: fc.record({
    op: fc.constant("advertiseServices" as const),
    services: fc.array(service, { maxLength: 3 }),
  }),
  unadvertiseServices: fc.record({
    op: fc.constant("unadvertiseServices" as const),
    serviceIds: fc.array(u32, { maxLength: 5 }),
  }),
  serviceCallFailure: fc.record({
    op: fc.constant("serviceCallFailure" as const),
    serviceId: u32,
    callId: u32,
    message: text,
  }),
  connectionGraph,
  messageData: fc.record({ op: fc.constant("messageData" as const), channelId: id, logTime: u64, data: bytes }),
  time: fc.record({ op: fc.constant("time" as const), timestamp: u64 }),
  serviceCallResponse: fc.record({ op: fc.constant("serviceCallResponse" as const), ...response }),
  fetchAssetData: fc.record({
    op: fc.constant("fetchAssetResponse" as const),
    requestId: u32,
    status: fc.constant("success" as const),
    data: bytes,
  }),
  fetchAssetError: fc.record({
    op: fc.constant("fetchAssetResponse" as const),
    requestId: u32,
    status: fc.constant("error" as const),
    message: text,
  }),
  playbackState: fields({
    op: fc.constant("playbackState" as const),
    status: fc.constantFrom("playing" as const, "paused" as const, "buffering" as const, "ended" as const),
    currentTime: u64,
    playbackSpeed: speed,
    didSeek: fc.boolean(),
    // An empty one is read as none.
    requestId: text.filter((id) => id !== ""),
  }, ["requestId"]),
  pong: fc.record({ op: fc.constant("pong" as const), appTimestamp: u64, deviceTimestamp: u64 }),
};

const names = { parameterNames: texts };

/** Any message of a viewer, by its op. */
export const clientMessages: Readonly<Record<string, fc.Arbitrary<ClientMessage>>> = {
  subscribe: fc.record({
    op: fc.constant("subscribe" as const),
    channels: fc.array(fc.record({ id, requestVideoTrack: fc.boolean() }), { maxLength: 4 }),
  }),
  unsubscribe: fc.record({ op: fc.constant("unsubscribe" as const), channelIds: fc.array(id, { maxLength: 5 }) }),
  advertise: fc.record({
    op: fc.constant("advertise" as const),
    channels: fc.array(
      fields({ id: u32, topic: text, encoding: text, schemaName: text, schemaEncoding: text, schema: text }, [
        "schemaEncoding",
        "schema",
      ]),
      { maxLength: 3 },
    ),
  }),
  unadvertise: fc.record({ op: fc.constant("unadvertise" as const), channelIds: fc.array(u32, { maxLength: 5 }) }),
  getParameters: fields({ op: fc.constant("getParameters" as const), ...names, id: text }, ["id"]),
  setParameters: fields({ op: fc.constant("setParameters" as const), parameters, id: text }, ["id"]),
  subscribeParameterUpdates: fc.record({ op: fc.constant("subscribeParameterUpdates" as const), ...names }),
  unsubscribeParameterUpdates: fc.record({ op: fc.constant("unsubscribeParameterUpdates" as const), ...names }),
  subscribeConnectionGraph: fc.record({ op: fc.constant("subscribeConnectionGraph" as const) }),
  unsubscribeConnectionGraph: fc.record({ op: fc.constant("unsubscribeConnectionGraph" as const) }),
  fetchAsset: fc.record({ op: fc.constant("fetchAsset" as const), requestId: u32, uri: text }),
  messageData: fc.record({ op: fc.constant("messageData" as const), channelId: u32, data: bytes }),
  serviceCallRequest: fc.record({ op: fc.constant("serviceCallRequest" as const), ...response }),
  playbackControlRequest: fields({
    op: fc.constant("playbackControlRequest" as const),
    command: fc.constantFrom("play" as const, "pause" as const),
    playbackSpeed: speed,
    seekTime: u64,
    requestId: text,
  }, ["seekTime"]),
  ping: fc.uint8Array({ minLength: 8, maxLength: 20 }).map((payload) => ({
    op: "ping" as const,
    appTimestamp: new DataView(payload.buffer, payload.byteOffset).getBigUint64(0, true),
    payload,
  })),
  pingAck: fc.record({ op: fc.constant("pingAck" as const), deviceTimestamp: u64 }),
};
