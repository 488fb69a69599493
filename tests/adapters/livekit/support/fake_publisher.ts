/**
 * A stand-in for the few members of livekit-client that publish data tracks. Like the real one it hands over a frame's
 * packets in promise turns, so that frames pushed side by side interleave; and it tells all tracks of a room alike when
 * one of them has nothing under way any more.
 */
import { PACKET_BYTES } from "../../../../adapters/livekit/frame_pacer.ts";
import type { PublishedTrack, PublishingRoom } from "../../../../adapters/livekit/outgoing_track.ts";

/** A packet that has left. */
export interface SentPacket {
  readonly track: string;
  readonly logTime: bigint | undefined;
  readonly part: number;
  readonly parts: number;
}

/** What livekit-client fails with. */
export class ReasonedError extends Error {
  readonly reasonName: string;

  constructor(reasonName: string) {
    super(`for the reason ${reasonName}`);
    this.reasonName = reasonName;
  }
}

/** The room. */
export class FakePublisher implements PublishingRoom {
  state = "connected";
  /** What has left, in order. */
  readonly sent: Array<SentPacket> = [];
  /** Tracks that the server has, by name. */
  readonly published: Map<string, FakeTrack> = new Map();
  /** How often the server was asked to publish a name, or to take it back. */
  readonly asked: Array<string> = [];
  /** The channel takes no packets: they wait in livekit-client. */
  isBlocked = false;
  /** The server answers nothing. */
  isSilent = false;
  /** What publishing fails with. */
  refusal: Error | undefined;
  readonly #parked: Array<() => void> = [];
  readonly #answers: Array<() => void> = [];
  #isFlushed = true;
  #waiters: Array<() => void> = [];

  readonly localParticipant: PublishingRoom["localParticipant"] = {
    publishDataTrack: async ({ name }) => {
      this.asked.push(`publish ${name}`);
      await this.answer();
      if (this.refusal !== undefined) throw this.refusal;
      if (this.published.has(name)) throw new ReasonedError("DuplicateName");
      const track = new FakeTrack(this, name);
      this.published.set(name, track);
      return track;
    },
  };

  /** livekit-client's second object for a track is of no use here. */
  on(): this {
    return this;
  }

  /** What has left, as `track:logTime:part/parts`. */
  get log(): ReadonlyArray<string> {
    return this.sent.map(({ track, logTime, part, parts }) => `${track}:${logTime}:${part}/${parts}`);
  }

  /** Packets that livekit-client was handed and cannot send yet. */
  get parked(): number {
    return this.#parked.length;
  }

  /** Waits for the server. */
  async answer(): Promise<void> {
    await Promise.resolve();
    if (this.isSilent) await new Promise<void>((resolve) => void this.#answers.push(resolve));
  }

  /** The server answers again. */
  speak(): void {
    this.isSilent = false;
    for (const answer of this.#answers.splice(0)) answer();
  }

  /** The channel takes packets again. */
  unblock(): void {
    this.isBlocked = false;
    for (const send of this.#parked.splice(0)) send();
  }

  /** Hands a packet to the channel. */
  send(packet: SentPacket, done: () => void): void {
    const send = (): void => {
      this.sent.push(packet);
      done();
    };
    if (this.isBlocked) this.#parked.push(send);
    else send();
  }

  /** A track has packets under way, or none any more. */
  flushed(isFlushed: boolean): void {
    this.#isFlushed = isFlushed;
    if (isFlushed) { for (const resolve of this.#waiters.splice(0)) resolve(); }
  }

  /** Waits until a track, whichever, has nothing under way. */
  async flush(): Promise<void> {
    if (!this.#isFlushed) await new Promise<void>((resolve) => void this.#waiters.push(resolve));
  }
}

/** A track. */
export class FakeTrack implements PublishedTrack {
  readonly name: string;
  readonly #room: FakePublisher;
  #isPublished = true;
  #underWay = 0;

  constructor(room: FakePublisher, name: string) {
    this.#room = room;
    this.name = name;
  }

  isPublished(): boolean {
    return this.#isPublished;
  }

  async tryPush(frame: { readonly payload: Uint8Array; readonly userTimestamp?: bigint }): Promise<void> {
    if (!this.#isPublished) throw new ReasonedError("TrackUnpublished");
    await Promise.resolve();
    const parts = Math.ceil(frame.payload.length / PACKET_BYTES);
    for (let part = 1; part <= parts; part++) {
      await Promise.resolve();
      if (this.#underWay++ === 0) this.#room.flushed(false);
      this.#room.send({ track: this.name, logTime: frame.userTimestamp, part, parts }, () => {
        if (--this.#underWay === 0) this.#room.flushed(true);
      });
    }
  }

  flush(): Promise<void> {
    return this.#room.flush();
  }

  async unpublish(): Promise<void> {
    this.#room.asked.push(`unpublish ${this.name}`);
    await this.#room.answer();
    this.#isPublished = false;
    this.#room.published.delete(this.name);
  }
}
