/**
 * What all parts of one hub share.
 */
import type { ConnectionConditions } from "./conditions.ts";
import type { Engine } from "./engine.ts";
import { Leg, type LegHost } from "./leg.ts";
import { SeededRandom } from "./random.ts";
import { Station } from "./station.ts";
import type { Trace } from "./trace.ts";

/** Bounds of a hub. Each has a stated consequence when it is reached. */
export interface LoopbackLimits {
  /** Participants in one room; one more is refused. Default 10,000. */
  readonly participants: number;
  /** Byte streams one participant has open for writing; one more fails to open. Default 10,000. */
  readonly streams: number;
  /** Data tracks one participant has published; one more is refused. Default 10,000. */
  readonly tracks: number;
  /**
   * Events kept for a participant that does not listen yet, and pieces held by a partition, per link. One more ends the
   * room for the participant, with `connection-lost`. Default 65,536.
   */
  readonly heldEvents: number;
  /** Frames under way to one subscriber, or datagrams to one participant; one more is dropped and counted. Default 1024. */
  readonly frames: number;
  /** Bytes of frames under way to one subscriber; a frame more is dropped and counted. Default 8 MiB. */
  readonly frameBytes: number;
}

/** The limits of a hub that is given none. */
export const defaultLimits: LoopbackLimits = {
  participants: 10_000,
  streams: 10_000,
  tracks: 10_000,
  heldEvents: 65_536,
  frames: 1024,
  frameBytes: 8 * 1024 * 1024,
};

/** What a hub has carried so far. */
export interface LoopbackCounts {
  /** Bytes of streams that were read or thrown away by a reader. */
  streamBytes: number;
  /** Frames told to a subscriber. */
  framesDelivered: number;
  /** Frames lost on the way by a link's conditions, per subscriber. */
  framesLost: number;
  /** Frames dropped because a limit was reached, per subscriber. */
  framesDropped: number;
}

/** In which order the others hear that an instance was replaced by a newer one. */
export type ReplacementOrder = "old-first" | "new-first";

/** The shared state. */
export class Fabric implements LegHost {
  /** Time and turns. */
  readonly engine: Engine;
  /** Bounds. */
  readonly limits: LoopbackLimits;
  /** Where lines of the trace go; undefined when none is kept. */
  readonly trace: Trace | undefined;
  /** What was carried. */
  readonly counts: LoopbackCounts = { streamBytes: 0, framesDelivered: 0, framesLost: 0, framesDropped: 0 };
  /** See {@linkcode ReplacementOrder}. */
  replacement: ReplacementOrder = "old-first";
  #defaults: ConnectionConditions = {};
  readonly #seed: string;
  readonly #stations: Map<string, Station> = new Map();
  readonly #links: Map<string, Map<string, Leg>> = new Map();
  #serial = 0;
  #latest = 0;

  constructor(engine: Engine, seed: string, limits: LoopbackLimits, trace: Trace | undefined) {
    this.engine = engine;
    this.#seed = seed;
    this.limits = limits;
    this.trace = trace;
  }

  get heldPieces(): number {
    return this.limits.heldEvents;
  }

  /** A number never given before. */
  serial(): number {
    return ++this.#serial;
  }

  /** The server's time in ms; it does not go back, even when the clock does. */
  joiningTime(): number {
    this.#latest = Math.max(this.#latest, Math.floor(this.engine.clock.currentTimeMillisUnsafe()));
    return this.#latest;
  }

  /** The connection of that identity, made when it is first asked for. */
  station(identity: string): Station {
    const known = this.#stations.get(identity);
    if (known !== undefined) return known;
    const station = new Station(identity, this.#leg(`${identity} up`), this.#leg(`${identity} down`), this.trace);
    station.setConditions(this.#defaults, false);
    this.#stations.set(identity, station);
    return station;
  }

  /** Sets the conditions of all connections that have none of their own. */
  setDefaultConditions(conditions: ConnectionConditions): void {
    this.#defaults = conditions;
    for (const station of this.#stations.values()) station.setConditions(conditions, false);
  }

  /** The leg between two identities, if it has conditions of its own. */
  link(from: string, to: string): Leg | undefined {
    return this.#links.get(from)?.get(to);
  }

  /** The leg between two identities, made when it is first asked for. */
  ownLink(from: string, to: string): Leg {
    const known = this.link(from, to);
    if (known !== undefined) return known;
    const leg = this.#leg(`${from} to ${to}`);
    leg.onOverflow = () => this.station(to).lose("connection-lost");
    const links = this.#links.get(from) ?? new Map<string, Leg>();
    this.#links.set(from, links.set(to, leg));
    return leg;
  }

  /** The legs from the server to `to` of what `from` has sent; undefined when all of them are clean. */
  path(from: string, to: Station): ReadonlyArray<Leg> | undefined {
    const link = this.#links.size === 0 ? undefined : this.link(from, to.identity);
    if (link === undefined) return to.down.clean ? undefined : [to.down];
    return link.clean && to.down.clean ? undefined : [link, to.down];
  }

  #leg(name: string): Leg {
    return new Leg(this, new SeededRandom(`${this.#seed} ${name}`));
  }
}
