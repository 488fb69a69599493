/**
 * What an application's functions give: at once, as a promise, or as an Effect.
 */
import * as Effect from "effect/Effect";

/** Something that is given later. */
export type Later<A> = PromiseLike<A> | Effect.Effect<A, unknown>;

/** What is given: as it is, as a promise of it, or as an Effect that makes it. */
export type MaybeLater<A> = A | Later<A>;

/** Whether it is given later. */
export function isLater<A>(given: MaybeLater<A>): given is Later<A> {
  return Effect.isEffect(given) || isPromiseLike(given);
}

/** Waits for what is given, whichever way. */
export function asEffect<A>(given: MaybeLater<A>): Effect.Effect<A, unknown> {
  if (Effect.isEffect(given)) return given;
  if (!isPromiseLike(given)) return Effect.succeed(given);
  // What is only like a promise is made one, so that it cannot answer twice, or with another promise.
  const promise = Promise.resolve(given);
  // The effect may never be run: a rejection must not be nobody's then.
  promise.catch(() => {});
  return Effect.tryPromise({ try: () => promise, catch: (error) => error });
}

function isPromiseLike<A>(given: MaybeLater<A>): given is PromiseLike<A> {
  return typeof given === "object" && given !== null && "then" in given && typeof given.then === "function";
}
