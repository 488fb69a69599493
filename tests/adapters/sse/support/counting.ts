/**
 * A device that counts, a bad line, and a viewer at its other end.
 */
import * as Effect from "effect/Effect";
import type * as Scope from "effect/Scope";
import { sse, sseClient, type SseClientOptions, type SseGap, type SseOptions } from "../../../../adapters/sse/mod.ts";
import { type EventLog, RingStore } from "../../../../core/resume/mod.ts";
import { type Channel, Context, Gateway, Viewer } from "../../../../mod.ts";
import { FaultyProxy } from "../../../support/faulty_proxy.ts";
import { listen } from "./listen.ts";
import { until as untilLong } from "./until.ts";

/** Ms that something may take over a bad line, on a busy machine. */
export const PATIENCE = 20_000;
/** Ms that a test may take. */
export const TEST_MS = 120_000;

/** Waits until it holds, or fails. */
export const until = (what: string, holds: () => boolean): Effect.Effect<void> => untilLong(what, holds, PATIENCE);

/** How a request for events was answered. */
export interface Answer {
  readonly attempt: string | null;
  readonly status: number;
  /** Where it was to go on. */
  readonly lastEventId: string | null;
}

/** All of them. */
export interface Counting {
  readonly channel: Channel;
  readonly gateway: Gateway;
  readonly proxy: FaultyProxy;
  readonly viewer: Viewer;
  /** Numbers that have come, each the beginning of a message. */
  readonly numbers: Array<number>;
  readonly resets: Array<SseGap | undefined>;
  /** How requests for events were answered. */
  readonly answers: Array<Answer>;
  /** What has become of the viewer's connection, as it is told. */
  readonly statuses: Array<string>;
  /** The text of one message. */
  readonly log: (number: number, bytes?: number) => void;
}

/** Sets them up; the viewer has subscribed. */
export const counting: (
  seed: string,
  options?: SseOptions,
  clientOptions?: Partial<SseClientOptions>,
) => Effect.Effect<Counting, never, Scope.Scope> = Effect.fnUntraced(
  function* (seed: string, options: SseOptions = {}, clientOptions: Partial<SseClientOptions> = {}) {
    const context = yield* Context.make;
    const channel = context.channel({ topic: "/count", encoding: "text", qos: "reliable" });
    const carrier = sse({ identity: "rover", ...options });
    const gateway = yield* Effect.orDie(
      Gateway.make({ name: "rover", context, transport: carrier, log: () => undefined }),
    );
    const answers: Array<Answer> = [];
    const url = yield* listen(async (request, info) => {
      const response = await carrier.fetch(request, info);
      const attempt = request.headers.get("fieldlink-attempt");
      const lastEventId = request.headers.get("last-event-id");
      if (request.method === "GET") answers.push({ attempt, status: response.status, lastEventId });
      return response;
    });
    const proxy = yield* Effect.acquireRelease(
      Effect.promise(() => FaultyProxy.start(Number(new URL(url).port), seed)),
      (proxy) => Effect.promise(() => proxy[Symbol.asyncDispose]()),
    );
    const resets: Array<SseGap | undefined> = [];
    const transport = sseClient({
      url: proxy.url,
      identity: "viewer",
      onReset: (gap) => resets.push(gap),
      ...clientOptions,
      limits: { retryMs: 2, ...clientOptions.limits },
    });
    const statuses: Array<string> = [];
    const viewer = yield* Effect.orDie(
      Viewer.make(transport, { log: () => undefined, onConnection: (status) => statuses.push(status) }),
    );
    const numbers: Array<number> = [];
    viewer.subscribe("/count").onMessage((message) => void numbers.push(Number(message.text().split(" ")[0])));
    yield* until("it is subscribed", () => gateway.viewers[0]?.topics.length === 1);
    const log = (number: number, bytes: number = 0): void => channel.log(`${number} `.padEnd(bytes, "x"));
    return { channel, gateway, proxy, viewer, numbers, resets, answers, statuses, log };
  },
);

/** All that events are kept in, for as long as the scope is open. */
export const rings: Effect.Effect<ReadonlyArray<EventLog<unknown>>, never, Scope.Scope> = Effect.suspend(() => {
  const { prototype } = RingStore;
  const { open } = prototype;
  const logs: Array<EventLog<unknown>> = [];
  prototype.open = function (id) {
    const log: ReturnType<typeof open> = open.call(this, id);
    logs.push(log);
    return log;
  };
  return Effect.as(Effect.addFinalizer(() => Effect.sync(() => void (prototype.open = open))), logs);
});

/** Whether each number is the one after that before it. */
export function isGapless(numbers: ReadonlyArray<number>): boolean {
  return numbers.every((number, index) => index === 0 || number === numbers[index - 1]! + 1);
}
