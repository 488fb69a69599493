/**
 * What one participant hears of its room, and what it can see of it.
 */
import type * as Scope from "effect/Scope";
import type { ConnectionQuality, DisconnectReason, RemoteParticipant } from "../../transport/participant.ts";
import type { RoomListener } from "../../transport/room.ts";
import type { Datagram } from "./datagram_path.ts";
import type { LocalTrack } from "./local_track.ts";
import type { Fabric } from "./fabric.ts";
import { Signal } from "./leg.ts";
import { ParticipantView } from "./participant_view.ts";
import type { Receiver } from "./receiver.ts";
import type { RemoteTrack } from "./remote_track.ts";
import type { LoopbackEvent, Station } from "./station.ts";

/** One participant's ears. */
export class Inbox {
  /** Who is there, as far as has been told. */
  readonly view: ParticipantView = new ParticipantView();
  /** The tracks that are there, as far as has been told. */
  readonly tracks: Map<LocalTrack, RemoteTrack> = new Map();
  readonly #fabric: Fabric;
  readonly #station: Station;
  readonly #scope: Scope.Scope;
  readonly #lose: () => void;
  #listener: RoomListener | undefined;
  #waiting: Array<Receiver> = [];
  #ended: DisconnectReason | undefined;
  #silent = false;

  constructor(fabric: Fabric, station: Station, scope: Scope.Scope, lose: () => void) {
    this.#fabric = fabric;
    this.#station = station;
    this.#scope = scope;
    this.#lose = lose;
  }

  /** Sets the listener and tells it of everything so far. */
  listen(listener: RoomListener): void {
    if (this.#listener !== undefined) throw new Error("Cannot listen twice: a room has one listener");
    this.#listener = listener;
    if (this.#deaf()) return;
    if (this.#ended !== undefined) return this.#tellEnd(this.#ended);
    this.#tellSoFar(listener);
  }

  /**
   * Brings news to this participant: over the links from `from`, and as the rules for that kind of event say.
   * `holds` says whether the news still is worth telling after a delay.
   */
  hear(kind: LoopbackEvent, from: string, tell: () => void, holds: () => boolean = always): void {
    const rule = this.#station.rules.get(kind);
    const delay = rule?.delayMs ?? 0;
    const later = delay === 0 ? tell : () => this.#tellLater(delay, tell, holds);
    for (let times = rule?.times ?? 1; times > 0; times--) {
      this.bring(from, () => this.#fabric.engine.soon({ run: later }));
    }
  }

  /** Does something when word of it has come over the links from `from`, perhaps at once. */
  bring(from: string, action: () => void): void {
    const legs = this.#fabric.path(from, this.#station);
    if (legs === undefined) action();
    else new Signal(legs, action).carry();
  }

  /** An instance has become active. */
  active(participant: RemoteParticipant): void {
    if (this.#over()) return;
    this.view.add(participant);
    if (this.#hears()) this.#trace("active", `${participant.identity} ${participant.sid}`);
    if (this.#hears()) this.#listener?.participantActive?.(participant);
  }

  /** An instance has gone. */
  disconnected(participant: RemoteParticipant): void {
    if (this.#over()) return;
    const known = this.view.remove(participant);
    const again = (this.#station.rules.get("participantDisconnected")?.times ?? 1) > 1;
    const neverTold = this.#station.rules.get("participantActive")?.times === 0;
    if (known === undefined && !again && !neverTold) return;
    if (!this.#hears()) return;
    this.#trace("disconnected", `${participant.identity} ${participant.sid}`);
    this.#listener?.participantDisconnected?.(known ?? participant);
  }

  /** An instance has other attributes now. */
  attributesChanged(participant: RemoteParticipant): void {
    if (!this.view.has(participant)) return;
    this.view.update(participant);
    if (!this.#hears()) return;
    this.#trace("attributes", participant.identity);
    this.#listener?.attributesChanged?.(participant);
  }

  /** A connection has got better or worse. `identity` undefined: this one's own. */
  qualityChanged(quality: ConnectionQuality, identity: string | undefined): void {
    const participant = identity === undefined ? undefined : this.view.get(identity);
    if (identity !== undefined && participant === undefined) return;
    if (this.#hears()) this.#listener?.connectionQualityChanged?.(quality, participant);
  }

  /** Somebody has opened a stream to this participant. */
  streamOpened(stream: Receiver): void {
    if (this.#over()) return;
    this.#trace("stream", `${stream.sender} "${stream.topic}"`);
    if (this.#listener !== undefined) return this.#tellStream(stream);
    if (this.#waiting.length < this.#fabric.limits.heldEvents) this.#waiting.push(stream);
    else this.#lose();
  }

  /** A track has come. */
  trackPublished(track: RemoteTrack): void {
    if (this.#over()) return;
    this.tracks.set(track.local, track);
    if (!this.#hears()) return;
    this.#trace("published", `${track.publisher} "${track.name}"`);
    this.#listener?.dataTrackPublished?.(track);
  }

  /** A track has gone. */
  trackUnpublished(local: LocalTrack): void {
    const track = this.tracks.get(local);
    if (track === undefined) return;
    this.tracks.delete(local);
    if (!this.#hears()) return;
    this.#trace("unpublished", `${track.publisher} "${track.name}"`);
    this.#listener?.dataTrackUnpublished?.(track);
  }

  /** A datagram has come. */
  datagramReceived(from: string, { channelId, frame, logTime }: Datagram): void {
    const sender = this.view.get(from);
    if (sender === undefined || !this.#hears()) return;
    this.#fabric.counts.framesDelivered++;
    this.#trace("datagram", `${from} ${frame.length} of ${channelId} at ${logTime}`);
    this.#listener?.datagramReceived?.(sender, channelId, frame, logTime);
  }

  /** The room is over for this participant: this is told, and nothing any more. */
  end(reason: DisconnectReason): void {
    this.#forget();
    this.#ended = reason;
    this.#fabric.engine.soon({
      run: () => {
        if (!this.#deaf() && this.#listener !== undefined) this.#tellEnd(reason);
      },
    });
  }

  /** This participant has left: nothing is told any more. */
  close(): void {
    this.#forget();
    this.#silent = true;
  }

  // Any of these calls may make the core leave, or make somebody else go.
  #tellSoFar(listener: RoomListener): void {
    for (const participant of this.view.all()) {
      if (!this.#over()) listener.participantActive?.(participant);
    }
    for (const track of [...this.tracks.values()]) {
      if (!this.#over()) listener.dataTrackPublished?.(track);
    }
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const stream of waiting) if (!this.#over()) this.#tellStream(stream);
  }

  #tellStream(stream: Receiver): void {
    const opened = this.#listener?.byteStreamOpened;
    if (opened === undefined) stream.throwAway();
    else opened(stream.stream);
  }

  #tellEnd(reason: DisconnectReason): void {
    this.#silent = true;
    this.#trace("ended", reason);
    this.#listener?.disconnected?.(reason);
  }

  #tellLater(delay: number, tell: () => void, holds: () => boolean): void {
    const engine = this.#fabric.engine;
    engine.at(engine.now() + delay, {
      run: () => {
        if (holds()) tell();
      },
    });
  }

  #forget(): void {
    this.view.clear();
    this.tracks.clear();
    this.#waiting = [];
  }

  /** Whether there is somebody to tell. */
  #hears(): boolean {
    return this.#listener !== undefined && !this.#over();
  }

  #over(): boolean {
    return this.#ended !== undefined || this.#deaf();
  }

  // A scope that closes says so before it runs its finalizers, of which leaving the room is only one.
  #deaf(): boolean {
    return this.#silent || this.#scope.state._tag === "Closed";
  }

  #trace(what: string, whom: string): void {
    this.#fabric.trace?.add(`tell ${this.#station.identity} ${what} ${whom}`);
  }
}

function always(): boolean {
  return true;
}
