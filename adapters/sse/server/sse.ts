/**
 * A device that is reached over HTTP.
 */
import * as Effect from "effect/Effect";
import type * as Scope from "effect/Scope";
import * as EffectScope from "effect/Scope";
import type { JoinOptions, Room, Transport } from "../../../transport/room.ts";
import { Handler } from "./handler.ts";
import type { SseOptions, SseSettings } from "./options.ts";
import { RoomServices } from "./room_services.ts";
import { settingsOf } from "./settings.ts";
import { SseRoom } from "./sse_room.ts";

/** A room that is served over HTTP, with the device as its server. */
export interface SseTransport extends Transport {
  /**
   * Answers one request; to be given to whatever serves HTTP: `Deno.serve`, `Bun.serve`, a bridge for Node's `http`, a
   * framework. It never rejects. TLS is the server's. While no device has joined, viewers are told to try again (503).
   * `info` is what Deno's server gives beside the request; what other servers give is passed over.
   */
  readonly fetch: (request: Request, info?: unknown) => Promise<Response>;
}

/**
 * A room over HTTP and server-sent events, for the device: viewers need nothing but a browser, or `curl`. Throws a
 * RangeError for options that cannot work.
 *
 * Everybody who reaches the server may do everything, unless `authorize` says otherwise: listen on a loopback address
 * only, as `hostname` says by default, or set it.
 *
 * @example
 * ```ts
 * import { Context, Gateway } from "@fieldlink/fieldlink";
 * import { sse } from "@fieldlink/fieldlink/sse";
 *
 * const http = sse({ identity: "rover-7" });
 * await using gateway = await Gateway.start({ name: "rover-7", context: new Context(), transport: http });
 * const server = Deno.serve({ hostname: "127.0.0.1", port: 8787 }, http.fetch);
 * await server.finished;
 * console.log(gateway.status);
 * ```
 */
export function sse(options: SseOptions = {}): SseTransport {
  const server = new SseServer(settingsOf(options));
  return {
    name: "sse",
    join: (joinOptions) => server.join(joinOptions ?? {}),
    fetch: (request, info) => server.handler.answer(request, info),
  };
}

/** What outlives a device's stays. */
class SseServer {
  readonly handler: Handler;
  readonly #settings: SseSettings;
  #room: SseRoom | undefined;
  #lastJoinedAt = 0;

  constructor(settings: SseSettings) {
    this.#settings = settings;
    this.handler = new Handler(settings, () => this.#room);
  }

  join({ attributes = new Map() }: JoinOptions): Effect.Effect<Room, never, Scope.Scope> {
    return Effect.uninterruptible(Effect.gen({ self: this }, function* () {
      const scope = yield* Effect.scope;
      const services = new RoomServices(yield* Effect.context<never>());
      const room = new SseRoom({
        settings: this.#settings,
        scope,
        services,
        attributes,
        joinedAt: () => this.#lastJoinedAt = Math.max(this.#lastJoinedAt, services.wallMs()),
      });
      yield* EffectScope.addFinalizer(scope, Effect.promise(() => this.#leave(room)));
      const before = this.#room;
      this.#room = room;
      before?.end();
      return room.room;
    }));
  }

  #leave(room: SseRoom): Promise<void> {
    if (this.#room === room) this.#room = undefined;
    return room.leave();
  }
}
