/**
 * Who is in the room, by connection instance. livekit-client keeps one participant for an identity and changes it when
 * another instance takes its place; the port tells instances apart, so the server's own news are read here.
 */
import type { Room } from "livekit-client";
import type { RemoteParticipant } from "../../transport/participant.ts";

type JoinResponse = NonNullable<Room["engine"]["latestJoinResponse"]>;

/** What the server says of one participant. */
export type ParticipantInfo = JoinResponse["otherParticipants"][number];

/** LiveKit's number for a participant that is able to receive. */
export const ACTIVE = 2 as const;
/** LiveKit's number for one that has left. */
const DISCONNECTED = 3;

/** So many instances that have ended are remembered: news of them that come late bring none of them back. */
const ENDED = 256;

/** Hears of changes. */
export interface RosterListener {
  readonly active: (participant: RemoteParticipant) => void;
  readonly disconnected: (participant: RemoteParticipant) => void;
  readonly attributesChanged: (participant: RemoteParticipant) => void;
}

interface Instance {
  readonly participant: RemoteParticipant;
  readonly version: number;
}

/** The active participants. */
export class Roster {
  readonly #listener: RosterListener;
  /** The newest active instance of each identity. */
  readonly #instances: Map<string, Instance> = new Map();
  /** The sids of the latest that have ended, the oldest first. */
  readonly #ended: Set<string> = new Set();

  constructor(listener: RosterListener) {
    this.#listener = listener;
  }

  /** The active ones now. */
  all(): ReadonlyArray<RemoteParticipant> {
    return Array.from(this.#instances.values(), (instance) => instance.participant);
  }

  /** The active instance of that identity now. */
  get(identity: string): RemoteParticipant | undefined {
    return this.#instances.get(identity)?.participant;
  }

  /** Whether the end of that instance is still to come. */
  has(identity: string, sid: string): boolean {
    return this.#instances.get(identity)?.participant.sid === sid;
  }

  /** Takes news of one participant in. */
  update(info: ParticipantInfo): void {
    if (info.state === DISCONNECTED) return this.#gone(info);
    const known = this.#instances.get(info.identity);
    if (known?.participant.sid === info.sid) return this.#changed(known, info);
    if (info.state !== ACTIVE || isOlder(info, known?.participant) || this.#ended.has(info.sid)) return;
    const participant = asParticipant(info);
    this.#instances.set(info.identity, { participant, version: info.version });
    if (known !== undefined) this.#end(known);
    this.#listener.active(participant);
  }

  /** Whether news of an end are of an instance whose place another one has taken. */
  isSuperseded(info: ParticipantInfo): boolean {
    if (info.state !== DISCONNECTED) return false;
    const known = this.#instances.get(info.identity);
    return known !== undefined && known.participant.sid !== info.sid;
  }

  /** Nobody is there any more. */
  clear(): void {
    this.#instances.clear();
  }

  #changed(known: Instance, info: ParticipantInfo): void {
    if (info.version < known.version) return;
    const before = known.participant.attributes;
    const isSame = sameAttributes(before, info.attributes);
    const participant = isSame ? known.participant : asParticipant(info);
    this.#instances.set(info.identity, { participant, version: info.version });
    if (!isSame) this.#listener.attributesChanged(participant);
  }

  #gone(info: ParticipantInfo): void {
    const known = this.#instances.get(info.identity);
    if (known?.participant.sid !== info.sid) return;
    this.#instances.delete(info.identity);
    this.#end(known);
  }

  #end({ participant }: Instance): void {
    this.#ended.add(participant.sid);
    const [oldest] = this.#ended;
    if (this.#ended.size > ENDED && oldest !== undefined) this.#ended.delete(oldest);
    this.#listener.disconnected(participant);
  }
}

function asParticipant(info: ParticipantInfo): RemoteParticipant {
  return {
    identity: info.identity,
    sid: info.sid,
    joinedAt: joinedAt(info),
    attributes: new Map(Object.entries(info.attributes)),
  };
}

/** `joinedAt` is in whole seconds; older servers have nothing better. */
function joinedAt(info: ParticipantInfo): number {
  return info.joinedAtMs > 0n ? Number(info.joinedAtMs) : Number(info.joinedAt) * 1000;
}

function isOlder(info: ParticipantInfo, known: RemoteParticipant | undefined): boolean {
  return known !== undefined && joinedAt(info) < known.joinedAt;
}

function sameAttributes(before: ReadonlyMap<string, string>, after: Readonly<Record<string, string>>): boolean {
  const entries = Object.entries(after);
  return entries.length === before.size && entries.every(([name, value]) => before.get(name) === value);
}
