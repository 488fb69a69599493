/**
 * Ids that nobody else has.
 */
import * as Effect from "effect/Effect";
import * as Random from "effect/Random";

/** 128 random bits in hexadecimal. */
export const randomId: Effect.Effect<string> = Effect.map(
  Effect.replicateEffect(Random.nextIntBetween(0, 0xffff_ffff), 4),
  (words) => words.map((word) => word.toString(16).padStart(8, "0")).join(""),
);
