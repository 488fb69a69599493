/**
 * What a network can do to what travels over it, and ready-made sets of it.
 */

/** The conditions of one direction of a link. What is left out is perfect. */
export interface LinkConditions {
  /** How long everything takes, in ms. Default 0. */
  readonly latencyMs?: number;
  /** How far the latency of each piece may be off, in ms either way, evenly spread. Default 0. */
  readonly jitterMs?: number;
  /** How many bits a second fit through. Default: any number. */
  readonly bitsPerSecond?: number;
  /** The share of data-track frames that are lost, 0 to 1. What is reliable never is. Default 0. */
  readonly loss?: number;
  /**
   * The share of data-track frames that are held back, 0 to 1, by up to their latency again (1 ms at least), so that
   * later ones overtake them. Default 0.
   */
  readonly reorder?: number;
}

/** The conditions of a participant's connection to the room's server, both ways. */
export interface ConnectionConditions {
  /** From the participant to the server: shared by everything it sends. */
  readonly up?: LinkConditions;
  /** From the server to the participant: shared by everything it receives. */
  readonly down?: LinkConditions;
}

/** Conditions for the two ends of a session. */
export interface NetworkProfile {
  /** The device's connection. */
  readonly device: ConnectionConditions;
  /** Each viewer's connection. */
  readonly viewer: ConnectionConditions;
}

/** The names of the {@linkcode networkProfiles}. */
export type NetworkProfileName =
  | "satellite"
  | "mobile-4g"
  | "wireless-through-walls"
  | "severe-uplink"
  | "good-wireless"
  | "poor-wireless"
  | "very-poor"
  | "reordering"
  | "impaired"
  | "pristine";

const mega = 1_000_000;

function downOnly(down: LinkConditions): NetworkProfile {
  return { device: { down }, viewer: { down } };
}

const fibre: ConnectionConditions = {
  up: { latencyMs: 5, bitsPerSecond: 100 * mega },
  down: { latencyMs: 5, bitsPerSecond: 500 * mega },
};

/**
 * Networks that robots and their viewers are found on.
 *
 * | name | the device | its viewers |
 * | --- | --- | --- |
 * | `satellite` | low-orbit satellite, 2 % loss | fibre |
 * | `mobile-4g` | 4G, 3 % loss | a hotel's wireless, 2 % loss |
 * | `wireless-through-walls` | wireless through concrete, 8 % loss | fibre |
 * | `severe-uplink` | 100 ms, 5 % loss and 2 Mbit/s upwards | nothing in the way |
 * | `good-wireless`, `poor-wireless`, `very-poor`, `reordering` | downwards only | the same |
 * | `impaired` | 80 ms, 20 ms jitter, 2 % loss, downwards only | the same |
 * | `pristine` | nothing in the way | nothing in the way |
 */
export const networkProfiles: Readonly<Record<NetworkProfileName, NetworkProfile>> = {
  "satellite": {
    device: {
      up: { latencyMs: 30, jitterMs: 10, loss: 0.02, bitsPerSecond: 15 * mega },
      down: { latencyMs: 30, jitterMs: 10, loss: 0.02, bitsPerSecond: 100 * mega },
    },
    viewer: fibre,
  },
  "mobile-4g": {
    device: {
      up: { latencyMs: 50, jitterMs: 15, loss: 0.03, bitsPerSecond: 10 * mega },
      down: { latencyMs: 50, jitterMs: 15, loss: 0.03, bitsPerSecond: 30 * mega },
    },
    viewer: {
      up: { latencyMs: 40, jitterMs: 20, loss: 0.02, bitsPerSecond: 10 * mega },
      down: { latencyMs: 40, jitterMs: 20, loss: 0.02, bitsPerSecond: 20 * mega },
    },
  },
  "wireless-through-walls": {
    device: {
      up: { latencyMs: 15, jitterMs: 10, loss: 0.08, bitsPerSecond: 2 * mega },
      down: { latencyMs: 15, jitterMs: 10, loss: 0.08, bitsPerSecond: 5 * mega },
    },
    viewer: fibre,
  },
  "severe-uplink": {
    device: { up: { latencyMs: 100, jitterMs: 30, loss: 0.05, bitsPerSecond: 2 * mega } },
    viewer: {},
  },
  "good-wireless": downOnly({ latencyMs: 20, jitterMs: 5 }),
  "poor-wireless": downOnly({ latencyMs: 150, jitterMs: 50, loss: 0.05 }),
  "very-poor": downOnly({ latencyMs: 300, jitterMs: 100, loss: 0.1, bitsPerSecond: 500_000 }),
  "reordering": downOnly({ latencyMs: 50, jitterMs: 10, loss: 0.01, reorder: 0.25 }),
  "impaired": downOnly({ latencyMs: 80, jitterMs: 20, loss: 0.02 }),
  "pristine": { device: {}, viewer: {} },
};

/** Conditions with every value there. */
export interface FullConditions {
  readonly latencyMs: number;
  readonly jitterMs: number;
  readonly bitsPerSecond: number;
  readonly loss: number;
  readonly reorder: number;
}

/** Fills in what is left out, and refuses what makes no sense. */
export function fullConditions(conditions: LinkConditions): FullConditions {
  const full = {
    latencyMs: conditions.latencyMs ?? 0,
    jitterMs: conditions.jitterMs ?? 0,
    bitsPerSecond: conditions.bitsPerSecond ?? Infinity,
    loss: conditions.loss ?? 0,
    reorder: conditions.reorder ?? 0,
  };
  mustBe("latencyMs", full.latencyMs, full.latencyMs >= 0 && full.latencyMs < Infinity, "0 or more");
  mustBe("jitterMs", full.jitterMs, full.jitterMs >= 0 && full.jitterMs < Infinity, "0 or more");
  mustBe("bitsPerSecond", full.bitsPerSecond, full.bitsPerSecond > 0, "more than 0 (use a partition for none)");
  mustBe("loss", full.loss, full.loss >= 0 && full.loss <= 1, "between 0 and 1");
  mustBe("reorder", full.reorder, full.reorder >= 0 && full.reorder <= 1, "between 0 and 1");
  return full;
}

function mustBe(name: string, value: number, holds: boolean, rule: string): void {
  if (!holds) {
    throw new RangeError(`Cannot set link conditions as '${name}' must be ${rule}: received ${value}`);
  }
}
