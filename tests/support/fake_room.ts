/**
 * A room whose events are a test's own doing, for what no hub would do.
 */
import * as Effect from "effect/Effect";
import {
  type DataTracks,
  type OutgoingDataTrack,
  type RemoteParticipant,
  type Room,
  type RoomListener,
  TrackError,
  type Transport,
} from "../../transport/mod.ts";
import { TestStream } from "./streams.ts";

export class FakeRoom {
  /** The streams that were opened, with the identity each was opened to. */
  readonly opened: Array<{ readonly identity: string; readonly stream: TestStream }> = [];
  /** The names of tracks that are published now. */
  readonly published: Array<string> = [];
  /** The next attempts to publish fail with these reasons. */
  readonly publishFailures: Array<TrackError["reason"]> = [];
  /** Who is there as far as the transport can tell. */
  readonly present: Map<string, RemoteParticipant> = new Map();
  #listener: RoomListener = {};

  /** A way into this room. */
  readonly transport: Transport = { name: "fake", join: () => Effect.succeed(this.#room) };

  /** Tells of an instance. */
  active(identity: string, sid: string, joinedAt: number): void {
    const participant = { identity, sid, joinedAt, attributes: new Map<string, string>() };
    this.present.set(identity, participant);
    this.#listener.participantActive?.(participant);
  }

  /** Tells of the end of an instance. */
  gone(identity: string, sid: string): void {
    this.#listener.participantDisconnected?.({ identity, sid, joinedAt: 0, attributes: new Map() });
  }

  get #room(): Room {
    return {
      identity: "rover",
      sid: "rover-1",
      writeBytes: 1,
      listen: (listener) => void (this.#listener = listener),
      participants: () => [...this.present.values()],
      participant: (identity) => this.present.get(identity),
      setAttributes: () => Effect.void,
      openByteStream: ({ destinations }) =>
        Effect.sync(() => {
          const stream = new TestStream();
          this.opened.push({ identity: destinations[0] ?? "", stream });
          return stream;
        }),
      dataTracks: this.#dataTracks,
    };
  }

  readonly #dataTracks: DataTracks = {
    maxFrameBytes: 200_000,
    publish: (name) =>
      Effect.suspend((): Effect.Effect<OutgoingDataTrack, TrackError> => {
        const reason = this.publishFailures.shift();
        if (reason !== undefined) return Effect.fail(new TrackError({ reason, track: name, detail: "told to" }));
        this.published.push(name);
        const unpublish = Effect.sync(() => void this.published.splice(this.published.indexOf(name), 1));
        return Effect.succeed({ name, push: () => true, unpublish });
      }),
  };
}
