/**
 * The kinds of requests that an application answers, each in the same words, so that what holds for all of them is tested
 * for all of them.
 */
import { assert } from "@effect/vitest";
import * as Effect from "effect/Effect";
import type * as Scope from "effect/Scope";
import { LoopbackHub } from "../../adapters/loopback/mod.ts";
import type { ClientMessage, ServerMessage } from "../../core/protocol/mod.ts";
import { type ConfigurationError, Float64, type Handler, type HandlerResult, type RequestContext } from "../../mod.ts";
import type { JoinError } from "../../transport/mod.ts";
import { type Device, type DeviceOptions, startDevice } from "./device.ts";
import { RawViewer, type RawViewerOptions } from "./raw_viewer.ts";
import { bytes } from "./streams.ts";

/** A handler as a test writes it: whatever it is asked, and whatever it gives. */
export type AnyHandler = (request: unknown, context: RequestContext) => unknown;

/** What is to be answered, and how one sees what has come of it. */
export interface RequestKind {
  readonly name: string;
  /** The slots that it takes, as LIMITS.md names them. */
  readonly limit: "serviceCalls" | "assetFetches" | "parameterRequests" | "playbackRequests";
  /** A device whose handler it is. */
  readonly options: (handler: AnyHandler) => DeviceOptions;
  /** The request of that number. */
  readonly request: (n: number, serviceId: number) => ClientMessage;
  /** An answer that can be sent. */
  readonly answer: unknown;
  /** What the viewer is told when the handler answers. */
  readonly answered: (n: number) => string;
  /** What the viewer is told when the handler fails with this message. */
  readonly failed: (n: number, message: string) => string;
  /** What the viewer is told when the handler ends without an answer. */
  readonly unanswered: (n: number) => string;
  /** What the viewer is told when too many are under way. */
  readonly refused: (n: number) => string;
}

/** The handler as an option takes it: what a test gives may be what no type allows. */
function typed<Request, A>(handler: AnyHandler): Handler<Request, A> {
  return (request, context) => handler(request, context) as HandlerResult<A>;
}

const values = [{ name: "gain", value: new Float64(2) }];

export const serviceCalls: RequestKind = {
  name: "a service call",
  limit: "serviceCalls",
  options: (handler) => ({ services: [{ name: "/ask", handler: typed(handler) }] }),
  request: (n, serviceId) => ({
    op: "serviceCallRequest",
    serviceId,
    callId: n,
    encoding: "json",
    payload: bytes(`${n}`),
  }),
  answer: { done: true },
  answered: (n) => `response ${n}: {"done":true}`,
  failed: (n, message) => `failure ${n}: ${message}`,
  unanswered: (n) => `failure ${n}: Internal error: the service handler failed to send a response`,
  refused: (n) => `failure ${n}: Too many requests`,
};

export const assetFetches: RequestKind = {
  name: "an asset fetch",
  limit: "assetFetches",
  options: (handler) => ({ assets: typed(handler) }),
  request: (n) => ({ op: "fetchAsset", requestId: n, uri: `package://${n}` }),
  answer: "a mesh",
  answered: (n) => `asset ${n}: a mesh`,
  failed: (n, message) => `no asset ${n}: ${message}`,
  unanswered: (n) => `no asset ${n}: Internal error: the asset handler failed to send a response`,
  refused: (n) => `no asset ${n}: Too many concurrent fetch asset requests`,
};

export const parameterGets: RequestKind = {
  name: "a get of parameters",
  limit: "parameterRequests",
  options: (handler) => ({ parameters: { get: typed(handler) } }),
  request: (n) => ({ op: "getParameters", parameterNames: ["gain"], id: `${n}` }),
  answer: values,
  answered: (n) => `values ${n}: gain`,
  failed: (_, message) => `error: getParameters: the handler failed to send a response: ${message}`,
  unanswered: () => "error: getParameters: the handler failed to send a response",
  refused: () =>
    "error: Too many concurrent parameter requests: getParameters is refused; wait for the answers to earlier ones",
};

export const parameterSets: RequestKind = {
  name: "a set of parameters",
  limit: "parameterRequests",
  options: (handler) => ({ parameters: { set: typed(handler) } }),
  request: (n) => ({ op: "setParameters", parameters: values, id: `${n}` }),
  answer: values,
  answered: (n) => `values ${n}: gain`,
  failed: (_, message) => `error: setParameters: the handler failed to send a response: ${message}`,
  unanswered: () => "error: setParameters: the handler failed to send a response",
  refused: () =>
    "error: Too many concurrent parameter requests: setParameters is refused; wait for the answers to earlier ones",
};

const position = { status: "paused", currentTime: 5n, playbackSpeed: 1, didSeek: false } as const;

export const playbackRequests: RequestKind = {
  name: "a playback request",
  limit: "playbackRequests",
  options: (handler) => ({
    playback: { startTime: 0n, endTime: 10n, current: () => position, control: typed(handler) },
  }),
  request: (n) => ({ op: "playbackControlRequest", command: "pause", playbackSpeed: 1, requestId: `${n}` }),
  answer: position,
  answered: (n) => `paused ${n}`,
  failed: (_, message) => `error: the playback failed to send a response: ${message}`,
  unanswered: () => "error: the playback failed to send a response",
  refused: () => "error: Too many concurrent playback requests",
};

export const requestKinds: ReadonlyArray<RequestKind> = [
  serviceCalls,
  assetFetches,
  parameterGets,
  parameterSets,
  playbackRequests,
];

/** What a viewer has been told, in one line. */
export function told(message: ServerMessage): string {
  switch (message.op) {
    case "serviceCallResponse":
      return `response ${message.callId}: ${new TextDecoder().decode(message.payload)}`;
    case "serviceCallFailure":
      return `failure ${message.callId}: ${message.message}`;
    case "fetchAssetResponse":
      return message.status === "success"
        ? `asset ${message.requestId}: ${new TextDecoder().decode(message.data)}`
        : `no asset ${message.requestId}: ${message.message}`;
    case "parameterValues":
      return `values ${message.id}: ${message.parameters.map(({ name }) => name).join()}`;
    case "playbackState":
      return `${message.status} ${message.requestId}`;
    case "status":
      return `${message.level}: ${message.message}`;
    case "pong":
      return `pong ${message.appTimestamp}`;
    default:
      return message.op;
  }
}

/** All that a viewer has been told since it was asked last, in lines. */
export function allTold(viewer: RawViewer): Effect.Effect<ReadonlyArray<string>> {
  return Effect.map(viewer.drain, (messages) => messages.map(told));
}

/** A ping of that number. */
export function ping(n: number): ClientMessage {
  return { op: "ping", appTimestamp: BigInt(n), payload: Uint8Array.of(n, 0, 0, 0, 0, 0, 0, 0) };
}

/** A device and viewers that have read their start-up. */
export interface Scene {
  readonly hub: LoopbackHub;
  readonly device: Device;
  readonly viewer: RawViewer;
  /** A second viewer. */
  readonly other: RawViewer;
  /** The id of the device's first service, 0 where there is none. */
  readonly serviceId: number;
}

/** A device with two viewers, `viewer-1` and `viewer-2`. */
export const setScene: (
  options?: DeviceOptions,
  viewerOptions?: RawViewerOptions,
) => Effect.Effect<Scene, ConfigurationError | JoinError, Scope.Scope> = Effect.fnUntraced(
  function* (options: DeviceOptions = {}, viewerOptions: RawViewerOptions = {}) {
    const hub = yield* LoopbackHub.make();
    const device = yield* startDevice(hub, options);
    const viewer = yield* RawViewer.join(hub, "viewer-1", viewerOptions);
    const other = yield* RawViewer.join(hub, "viewer-2");
    const first = yield* viewer.drain;
    yield* other.drain;
    return { hub, device, viewer, other, serviceId: serviceIdsOf(first)[0] ?? 0 };
  },
);

/** The ids of the services that these messages tell of. */
export function serviceIdsOf(messages: ReadonlyArray<ServerMessage>): ReadonlyArray<number> {
  return messages.flatMap((message) => message.op === "advertiseServices" ? message.services.map(({ id }) => id) : []);
}

/** The viewer is answered still, on the stream that it has, and has been told nothing else. */
export function goesOn(viewer: RawViewer, n = 99): Effect.Effect<void> {
  return Effect.gen(function* () {
    yield* Effect.orDie(viewer.send(ping(n)));
    assert.deepStrictEqual(yield* allTold(viewer), [`pong ${n}`]);
  });
}
