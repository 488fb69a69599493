/**
 * `fieldlink view`: what it takes, and what its help says.
 */
import process from "node:process";
import * as Effect from "effect/Effect";
import * as Option from "effect/Option";
import * as Argument from "effect/cli/Argument";
import * as Command from "effect/cli/Command";
import * as Flag from "effect/cli/Flag";
import { connect } from "../connection/connection.ts";
import { connectionFlags, connectionOptions, type ParsedConnection } from "../connection/flags.ts";
import { OptionConflict, type OptionMissing } from "../errors.ts";
import { globs, json, type Nothing, record, seconds } from "../flags.ts";
import type { Output } from "../output.ts";
import { readCall, readParameters } from "./requests.ts";
import { runView, type ViewError } from "./run_view.ts";

/** Seconds that a device may take to come, where nothing else is said. */
const WAIT = 30;

/** What the flags have been given as. */
export interface ParsedView extends ParsedConnection {
  readonly device: Option.Option<string>;
  readonly topic: ReadonlyArray<string>;
  readonly json: boolean;
  readonly record: Option.Option<string>;
  readonly duration: Option.Option<number>;
  readonly wait: number;
  readonly set: ReadonlyArray<string>;
  readonly call: Option.Option<string>;
  readonly given: ReadonlyArray<string>;
}

const flags = {
  device: Flag.String("device").pipe(
    Flag.withDescription("The identity of the device (default: the first one that is there)"),
    Flag.withMetavar("IDENTITY"),
    Flag.optional,
  ),
  topic: globs("topic", "View only topics like this: * is any characters, ? is one, {a,b} is either; repeatable"),
  json,
  record,
  duration: Flag.optional(seconds("duration", "Stop after this time, from meeting the device on")),
  wait: Flag.withDefault(seconds("wait", `How long to wait for a device to come (default ${WAIT})`), WAIT),
  set: Flag.String("set").pipe(
    Flag.withDescription(
      "Set a parameter, and print what was applied; 2 is an integer, 2.0 is not, text goes in quotes; repeatable",
    ),
    Flag.withMetavar("NAME=JSON"),
    Flag.atLeast(0),
  ),
  call: Flag.String("call").pipe(
    Flag.withDescription("Call a service, with the request that stands behind it, and print the response"),
    Flag.withMetavar("SERVICE [JSON]"),
    Flag.optional,
  ),
  given: Argument.String("URL|JSON").pipe(
    Argument.withDescription(
      "In place of --url: where to connect. After --call: the request; without it, an empty one",
    ),
    Argument.variadic({ max: 2 }),
  ),
};

/** The command. */
export const view: Command.Command<"view", ParsedView, Nothing, ViewError | OptionMissing, Output> = Command.make(
  "view",
  { ...flags, ...connectionFlags("a random one") },
  Effect.fnUntraced(function* (given: ParsedView) {
    const set = readParameters(given.set);
    if (set instanceof OptionConflict) return yield* set;
    const { url, request } = yield* positionals(given.given);
    const call = readCall(Option.getOrUndefined(given.call), request);
    if (call instanceof OptionConflict) return yield* call;
    const options = connectionOptions(given);
    if (url !== undefined && options.url !== undefined) {
      return yield* new OptionConflict({ detail: "there are two URLs: give one of them" });
    }
    const { transport, where } = yield* connect(
      { ...options, url: url ?? options.url },
      process.env,
      { identity: randomIdentity() },
    );
    yield* runView({
      transport,
      where,
      device: Option.getOrUndefined(given.device),
      topics: given.topic,
      json: given.json,
      record: Option.getOrUndefined(given.record),
      duration: Option.getOrUndefined(given.duration),
      wait: given.wait,
      set,
      call,
    });
  }),
).pipe(
  Command.withShortDescription("View a device: watch, record and print what it sends; call and set"),
  Command.withDescription(
    "Connects to a served device, or joins a LiveKit room as a viewer, subscribes to what the device there offers, and shows what arrives: topic, messages, " +
      "rate, bandwidth, age, and loss. Ends when the device has left, or with Ctrl-C. With --set or --call alone it ends " +
      "with the answers. What LiveKit's own tools read from the environment will do here: LIVEKIT_URL, LIVEKIT_TOKEN, " +
      "LIVEKIT_API_KEY, LIVEKIT_API_SECRET; flags win.",
  ),
  Command.withExamples(({ commandPath }) => examples(commandPath.join(" "))),
);

/** A URL comes first; no JSON begins like one. */
function positionals(
  given: ReadonlyArray<string>,
): Effect.Effect<{ readonly url: string | undefined; readonly request: string | undefined }, OptionConflict> {
  const isUrl = /^(https?|wss?):\/\//.test(given[0] ?? "");
  const [request, more] = isUrl ? given.slice(1) : given;
  if (more === undefined) return Effect.succeed({ url: isUrl ? given[0] : undefined, request });
  return Effect.fail(new OptionConflict({ detail: "there are two requests, or the URL does not come first" }));
}

/** Identities are unique in a room: two viewers must not put each other out. */
function randomIdentity(): string {
  return `viewer-${crypto.randomUUID().slice(0, 8)}`;
}

function examples(name: string): Array<Command.Command.Example> {
  const local = "--url ws://localhost:7880 --api-key devkey --api-secret secret --room yard";
  return [
    { command: `${name} http://127.0.0.1:8787`, description: "A device that is served here, for example by demo" },
    { command: `${name} ${local}`, description: "What a device sends, by a LiveKit server in development mode" },
    {
      command: `${name} --room yard --record copy.mcap`,
      description: "A recording; server and key from the environment",
    },
    { command: `${name} --topic '/{tf,odom}*' --json | jq .message`, description: "Some topics, as JSON" },
    { command: `${name} --set max_speed=0.7`, description: "Set a parameter, and see what was applied" },
    { command: `${name} --call /echo '{"hello":"rover"}' | jq .response`, description: "Call a service" },
  ];
}
