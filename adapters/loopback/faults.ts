/**
 * What a test can do to a participant and to a link.
 */
import type { JoinErrorReason } from "../../transport/errors.ts";
import type { ConnectionQuality, DisconnectReason } from "../../transport/participant.ts";
import type { ConnectionConditions, LinkConditions } from "./conditions.ts";
import type { Leg } from "./leg.ts";
import type { EventRule, LoopbackEvent, Station } from "./station.ts";

/** How long things take to set up, in ms. What is left out takes no time. */
export interface SetUpDelays {
  /** Joining a room. */
  readonly joinMs?: number;
  /** Opening a byte stream. */
  readonly openMs?: number;
  /** Publishing a data track. */
  readonly publishMs?: number;
}

/**
 * One identity of a hub: the conditions of its connection, and the faults set for it. They stay over reconnects.
 *
 * @example
 * ```ts
 * import { LoopbackHub } from "@fieldlink/fieldlink/loopback";
 *
 * const hub = new LoopbackHub();
 * const viewer = hub.participant("viewer-1");
 * viewer.setConditions({ up: { latencyMs: 40 }, down: { latencyMs: 40, loss: 0.01 } });
 * viewer.setEvent("participantDisconnected", { delayMs: 500 });
 * viewer.failWrites(1);
 * ```
 */
export interface LoopbackParticipant {
  /** Sets the conditions of its connection for what is sent from now on; a direction that is left out gets perfect. */
  readonly setConditions: (conditions: ConnectionConditions) => void;
  /** Cuts it off, both ways: what is reliable waits, frames are lost, joining is `unreachable`. */
  readonly partition: () => void;
  /** Ends the partition: what has waited arrives, in order. */
  readonly heal: () => void;
  /** Holds up its writes: they wait, whatever room there is, until `resumeWrites`. */
  readonly stallWrites: () => void;
  /** Lets its writes go on. */
  readonly resumeWrites: () => void;
  /** Makes the next `count` writes fail; each breaks its stream. 0: none. */
  readonly failWrites: (count: number) => void;
  /** Makes the next `count` attempts to open a byte stream fail. */
  readonly failOpens: (count: number) => void;
  /** Makes the next `count` attempts to publish a data track fail, with `refused`. */
  readonly failPublishes: (count: number) => void;
  /** Makes the next `count` joins (default 1) fail, after those set to fail before. */
  readonly failJoins: (reason: JoinErrorReason, count?: number, detail?: string) => void;
  /** Lets joins succeed again. */
  readonly allowJoins: () => void;
  /** Sets how long things take to set up from now on. */
  readonly setDelays: (delays: SetUpDelays) => void;
  /** Sets how it hears of one kind of event from now on. */
  readonly setEvent: (kind: LoopbackEvent, rule: EventRule) => void;
  /** It hears of everything in the ordinary way again. */
  readonly clearEvents: () => void;
  /** Tells the others, and itself, how good its connection is. */
  readonly setQuality: (quality: ConnectionQuality) => void;
  /** Ends the rooms it is in for it. Default reason `removed`. */
  readonly kick: (reason?: DisconnectReason) => void;
}

/** One direction between two identities, beside the conditions of their two connections. */
export interface LoopbackLink {
  /** Sets the conditions for what is sent from now on. */
  readonly setConditions: (conditions: LinkConditions) => void;
  /** Lets nothing through: what is reliable waits, frames are lost. */
  readonly partition: () => void;
  /** Lets everything through again, what has waited first. */
  readonly heal: () => void;
}

/** The handle for a station. */
export function participantHandle(station: Station): LoopbackParticipant {
  return {
    setConditions: (conditions) => station.setConditions(conditions, true),
    partition: () => {
      station.note("partition");
      station.up.part();
      station.down.part();
    },
    heal: () => {
      station.note("heal");
      station.up.heal();
      station.down.heal();
    },
    stallWrites: () => station.stall(true),
    resumeWrites: () => station.stall(false),
    failWrites: (count) => void (station.failures.writes = count),
    failOpens: (count) => void (station.failures.opens = count),
    failPublishes: (count) => void (station.failures.publishes = count),
    failJoins: (reason, count = 1, detail = "the hub was told to") => {
      for (let times = count; times > 0; times--) station.failingJoins.push({ reason, detail });
    },
    allowJoins: () => void (station.failingJoins.length = 0),
    setDelays: (delays) => {
      station.delays.join = delays.joinMs ?? 0;
      station.delays.open = delays.openMs ?? 0;
      station.delays.publish = delays.publishMs ?? 0;
    },
    setEvent: (kind, rule) => void station.rules.set(kind, rule),
    clearEvents: () => station.rules.clear(),
    setQuality: (quality) => [...station.members].forEach((member) => member.qualityChanged(quality)),
    kick: (reason = "removed") => station.lose(reason),
  };
}

/** The handle for a leg between two identities. */
export function linkHandle(leg: Leg): LoopbackLink {
  return {
    setConditions: (conditions) => leg.set(conditions),
    partition: () => leg.part(),
    heal: () => leg.heal(),
  };
}
