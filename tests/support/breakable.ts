/**
 * A transport whose streams can be broken on their way: their reader gets an error, and their sender hears of nothing.
 */
import * as Deferred from "effect/Deferred";
import * as Effect from "effect/Effect";
import { type IncomingByteStream, StreamError, type Transport } from "../../transport/mod.ts";

export class Breakable {
  /** The way in that is to be used. */
  readonly transport: Transport;
  #breaks: Array<Deferred.Deferred<never, StreamError>> = [];

  constructor(transport: Transport) {
    this.transport = {
      ...transport,
      join: (options) =>
        Effect.map(transport.join(options), (room) => ({
          ...room,
          listen: (listener) =>
            room.listen({
              ...listener,
              byteStreamOpened: (stream) => listener.byteStreamOpened?.(this.#breakable(stream)),
            }),
        })),
    };
  }

  /** Breaks all streams that have been opened to this participant. */
  readonly break: Effect.Effect<void> = Effect.sync(() => {
    const error = new StreamError({ reason: "read", topic: "control", peers: [], detail: "packets were lost" });
    for (const broken of this.#breaks) Deferred.doneUnsafe(broken, Effect.fail(error));
    this.#breaks = [];
  });

  #breakable(stream: IncomingByteStream): IncomingByteStream {
    const broken = Deferred.makeUnsafe<never, StreamError>();
    this.#breaks.push(broken);
    return { ...stream, read: Effect.raceFirst(Deferred.await(broken), stream.read) };
  }
}
