/**
 * The way into a room of a LiveKit server.
 */
import * as Effect from "effect/Effect";
import * as Exit from "effect/Exit";
import * as Scope from "effect/Scope";
import type { Room as Client } from "livekit-client";
import type { JoinError } from "../../transport/errors.ts";
import type { JoinOptions, Room, Transport } from "../../transport/room.ts";
import { checkOptions } from "./check_options.ts";
import { loadClient } from "./client.ts";
import { askToken, connectOptions } from "./connect_options.ts";
import { bridgeLogs } from "./log_bridge.ts";
import { type LiveKitLimits, liveKitLimits } from "./limits.ts";
import { LiveKitRoom } from "./livekit_room.ts";
import type { LiveKitOptions } from "./options.ts";
import { joinError, wasLost } from "./reasons.ts";
import { followEngines } from "./engines.ts";
import { currentLog, withoutRepeats } from "./log.ts";
import { resumePolicy } from "./resume.ts";
import { countRoom } from "./timers.ts";

/**
 * Rooms of a LiveKit server. Throws a RangeError for options that cannot work.
 *
 * @example
 * ```ts
 * import { livekit } from "@fieldlink/fieldlink/livekit";
 *
 * const transport = livekit({ url: "wss://livekit.example.org", token: "eyJhbGciOi..." });
 * console.log(transport.name); // livekit
 * ```
 */
export function livekit(options: LiveKitOptions): Transport {
  checkOptions(options);
  const limits = liveKitLimits(options.limits);
  return { name: "livekit", join: (joinOptions) => join(options, limits, joinOptions ?? {}) };
}

/**
 * Joins, in a second attempt where the server has let this participant in and the connection was lost before it stood. The
 * server gives a connection up that takes long, as on a busy machine, and asks for a new one, for which it takes what it
 * has learned into account. Where it is to no avail, or the server is not reached at all, there is no more to be hoped for.
 */
function join(options: LiveKitOptions, limits: LiveKitLimits, joinOptions: JoinOptions): ReturnType<Transport["join"]> {
  const attempt = connect(options, limits, joinOptions);
  return Effect.catchIf(attempt, wasLost, ({ detail }) =>
    Effect.gen(function* () {
      const log = yield* currentLog;
      log("warning", `${detail}; it is made once more`);
      return yield* attempt;
    }));
}

function connect(
  options: LiveKitOptions,
  limits: LiveKitLimits,
  { attributes = new Map() }: JoinOptions,
): Effect.Effect<Room, JoinError, Scope.Scope> {
  return Effect.uninterruptibleMask((restore) =>
    Effect.gen(function* () {
      const scope = yield* Effect.scope;
      const log = yield* currentLog;
      const token = yield* restore(askToken(options.token));
      const livekitClient = yield* restore(Effect.tryPromise({ try: loadClient, catch: joinError }));
      const connectWith = yield* restore(Effect.promise(() => connectOptions(options)));
      const logs = bridgeLogs(livekitClient, options.logLevel ?? "warn", withoutRepeats(log));
      const uncount = countRoom(livekitClient);
      const reconnectPolicy = resumePolicy(limits.resumeTimeoutMs, () => client.engine.fullReconnectOnNext);
      const client: Client = new livekitClient.Room({ loggerName: logs.loggerName, reconnectPolicy });
      const closeEngines = followEngines(client);
      const room = new LiveKitRoom({ client, scope, log, limits, token, attributes });
      const leave = Effect.promise(() => room.leave(logs.close).finally(closeEngines).finally(uncount));
      const connecting = Effect.tryPromise({
        try: () => room.connected(client.connect(options.url, token, connectWith)),
        catch: joinError,
      });
      yield* Scope.addFinalizer(scope, leave);
      yield* restore(connecting).pipe(
        Effect.onExit((exit) => Exit.isSuccess(exit) ? Effect.void : leave),
      );
      return room.room;
    })
  );
}
