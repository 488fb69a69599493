/**
 * One room, as the server sees it.
 */
import type { Fabric } from "./fabric.ts";
import type { LocalTrack } from "./local_track.ts";
import type { Member } from "./member.ts";
import type { LoopbackEvent } from "./station.ts";

/** The room. */
export class HubRoom {
  readonly name: string;
  readonly #fabric: Fabric;
  readonly #members: Map<string, Member> = new Map();
  readonly #tracks: Map<LocalTrack, Member> = new Map();

  readonly #onEmpty: () => void;

  constructor(fabric: Fabric, name: string, onEmpty: () => void) {
    this.#fabric = fabric;
    this.#onEmpty = onEmpty;
    this.name = name;
  }

  /** Those connected now. */
  members(): ReadonlyArray<Member> {
    return [...this.#members.values()];
  }

  /** The newest instance of that identity, if it is connected. */
  member(identity: string): Member | undefined {
    return this.#members.get(identity);
  }

  /** Whether one more fits in. An identity that is there already takes its own place. */
  hasRoomFor(identity: string): boolean {
    return this.#members.has(identity) || this.#members.size < this.#fabric.limits.participants;
  }

  /** Lets a new instance in: it sees who is there, and the others hear of it. */
  admit(member: Member): void {
    const { identity, sid } = member.participant;
    const prior = this.#members.get(identity);
    this.#fabric.trace?.add(`join ${identity} ${sid}`);
    this.#members.set(identity, member);
    member.station.members.add(member);
    if (this.#fabric.replacement === "old-first") prior?.end("replaced");
    this.#show(member);
    this.tell(member, "participantActive", (other) => other.inbox.active(member.participant), () => !member.over);
    prior?.end("replaced");
  }

  /** An instance is connected no more. */
  remove(member: Member): void {
    const { identity } = member.participant;
    if (this.#members.get(identity) !== member) return;
    this.#members.delete(identity);
    if (this.#members.size === 0) this.#onEmpty();
  }

  /** Tells those that were there of an instance's end. */
  tellGone(member: Member): void {
    const { participant } = member;
    const { identity, sid } = participant;
    for (const other of this.members()) {
      if (other.participant.identity !== identity) other.inbox.bring(identity, () => other.forget(sid));
    }
    this.tell(member, "participantDisconnected", (other) => other.inbox.disconnected(participant));
  }

  /** A track is there. */
  addTrack(publisher: Member, track: LocalTrack): void {
    if (!track.live) return;
    this.#tracks.set(track, publisher);
    this.tell(publisher, "dataTrackPublished", (other) => {
      if (other.hasTracks) other.inbox.trackPublished(other.seeTrack(track));
    }, () => this.#tracks.has(track));
  }

  /** A track is there no more. */
  removeTrack(publisher: Member, track: LocalTrack): void {
    if (!this.#tracks.delete(track)) return;
    this.tell(publisher, "dataTrackUnpublished", (other) => other.inbox.trackUnpublished(track));
  }

  /** Tells everybody but the one it is about. */
  tell(about: Member, kind: LoopbackEvent, tell: (other: Member) => void, holds?: () => boolean): void {
    const from = about.participant.identity;
    for (const other of this.members()) {
      if (other.participant.identity !== from) other.inbox.hear(kind, from, () => tell(other), holds);
    }
  }

  #show(member: Member): void {
    const { identity } = member.participant;
    for (const other of this.#members.values()) {
      if (other.participant.identity !== identity) member.inbox.view.add(other.participant);
    }
    if (!member.hasTracks) return;
    for (const [track, publisher] of this.#tracks) {
      if (publisher.participant.identity !== identity) member.inbox.tracks.set(track, member.seeTrack(track));
    }
  }
}
