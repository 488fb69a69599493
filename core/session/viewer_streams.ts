/**
 * What viewers send: reading their control streams, message by message.
 */
import * as Effect from "effect/Effect";
import type { IncomingByteStream } from "../../transport/mod.ts";
import type { WallClock } from "../clock.ts";
import type { Log, LogFields } from "../log.ts";
import { Throttle } from "../throttle.ts";
import type { Participant } from "../participant/participant.ts";
import type { ParticipantRegistry } from "../participant/participant_registry.ts";
import {
  type ClientMessage,
  CONTROL_TOPIC,
  decodeClientFrame,
  DecodeError,
  FRAME_HEADER_BYTES,
  FrameDecoder,
  FrameError,
} from "../protocol/mod.ts";

const FRAMES_A_TURN = 256;
/** How often a thing is said that a viewer could make happen any number of times. */
const LOG_INTERVAL_MS = 10_000;

/** What reading viewers' streams needs of the session. */
export interface ViewerStreamsOptions {
  readonly registry: ParticipantRegistry;
  readonly clock: WallClock;
  readonly log: Log;
  /** How many streams of one viewer are read at the same time. */
  readonly streamsPerViewer: number;
  /** Runs for as long as the session does. */
  readonly fork: (effect: Effect.Effect<void>) => void;
  /** Something has come from a viewer. Synchronous. */
  readonly arrived: (identity: string) => void;
  /** One message of a registered viewer. Synchronous. */
  readonly handle: (participant: Participant, message: ClientMessage) => void;
}

/** Reads the control streams of viewers, each on its own. */
export class ViewerStreams {
  readonly #options: ViewerStreamsOptions;
  readonly #reading = new Map<string, number>();
  /** Streams have one reader: a transport that tells of one twice must not give it another. */
  readonly #told = new WeakSet<IncomingByteStream>();
  /** By what is said. */
  readonly #throttles = new Map<string, Throttle>();

  constructor(options: ViewerStreamsOptions) {
    this.#options = options;
  }

  /** A viewer has opened a stream to the device. */
  opened(stream: IncomingByteStream): void {
    const { fork, streamsPerViewer } = this.#options;
    const { sender: identity, topic } = stream;
    if (this.#told.has(stream)) return;
    this.#told.add(stream);
    if (topic !== CONTROL_TOPIC) {
      this.#say("warning", "a byte stream of another topic than control is ignored", { identity, topic });
      return fork(stream.cancel);
    }
    const reading = this.#reading.get(identity) ?? 0;
    if (reading >= streamsPerViewer) {
      this.#say("warning", "a viewer has too many control streams open; the newest is not read", { identity, reading });
      return fork(stream.cancel);
    }
    this.#reading.set(identity, reading + 1);
    fork(
      this.#read(stream).pipe(
        Effect.ensuring(Effect.suspend(() => {
          const left = (this.#reading.get(identity) ?? 1) - 1;
          if (left === 0) this.#reading.delete(identity);
          else this.#reading.set(identity, left);
          return stream.cancel;
        })),
      ),
    );
  }

  #read(stream: IncomingByteStream): Effect.Effect<void> {
    const { arrived } = this.#options;
    const decoder = new FrameDecoder();
    return Effect.gen({ self: this }, function* () {
      while (true) {
        const chunk = yield* stream.read;
        if (chunk === undefined) return;
        arrived(stream.sender);
        decoder.feed(chunk);
        while (true) {
          const outcome = this.#takeFrames(stream.sender, decoder);
          if (outcome === "stop") return;
          if (outcome === "drained") break;
          yield* Effect.yieldNow;
        }
      }
    }).pipe(
      Effect.catch((error) =>
        Effect.sync(() =>
          this.#say("error", "reading a viewer's stream has failed", { identity: stream.sender, error })
        )
      ),
    );
  }

  /**
   * Handles whole frames that have arrived, a number of them at a time: `more` there may be, but others have their turn
   * first; `drained`: none is left; `stop`: the stream is not to be read on.
   */
  #takeFrames(identity: string, decoder: FrameDecoder): "more" | "drained" | "stop" {
    const { registry, handle } = this.#options;
    for (let taken = 0; taken < FRAMES_A_TURN; taken += 1) {
      const frame = decoder.next();
      if (frame === undefined) return "drained";
      if (frame instanceof FrameError) {
        this.#say("error", "a viewer's stream is not read on", { identity, error: frame });
        return "stop";
      }
      const message = decodeClientFrame(frame);
      if (message instanceof DecodeError) {
        this.#say("error", "a viewer's message cannot be read and is skipped", { identity, error: message });
        continue;
      }
      // Whoever is registered under the identity now, whichever stream brought it.
      const participant = registry.get(identity);
      if (participant === undefined) {
        this.#say("error", "a message of a viewer that is not registered; its stream is not read on", { identity });
        return "stop";
      }
      participant.account.received.add(FRAME_HEADER_BYTES + frame.payload.byteLength);
      handle(participant, message);
    }
    return "more";
  }

  /** Says a thing once per 10 s, whoever makes it happen, and how often it has happened. */
  #say(level: "warning" | "error", message: string, fields: LogFields): void {
    const { clock, log } = this.#options;
    let throttle = this.#throttles.get(message);
    if (throttle === undefined) this.#throttles.set(message, throttle = new Throttle(LOG_INTERVAL_MS, clock));
    const times = throttle.pass();
    if (times > 0) log(level, message, { times, ...fields });
  }
}
