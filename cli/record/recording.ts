/**
 * The recording that a command was asked to write.
 */
import { realpath } from "node:fs/promises";
import * as Effect from "effect/Effect";
import type * as Scope from "effect/Scope";
import { VERSION } from "../../mod.ts";
import { formatBytes, plural, printable } from "../format.ts";
import { RecordError, recordError } from "./errors.ts";
import { Recorder } from "./recorder.ts";

/** A recording that is being written. */
export interface Recording {
  /** Its path, as it was given. */
  readonly path: string;
  readonly recorder: Recorder;
}

/**
 * Creates the recording that was asked for, if one was; completed with the scope at the latest. It must not be the file
 * that is read meanwhile.
 */
export function acquireRecording(
  path: string | undefined,
  source: string | undefined,
): Effect.Effect<Recording | undefined, RecordError, Scope.Scope> {
  if (path === undefined) return Effect.as(Effect.void, undefined);
  const create = Effect.tryPromise({
    try: async () => {
      if (await isSameFile(path, source)) {
        throw new RecordError({ file: path, detail: "it is the recording that is to be replayed" });
      }
      return { path, recorder: await Recorder.create(path, `fieldlink ${VERSION}`) };
    },
    catch: (error) => recordError(path, error),
  });
  return Effect.acquireRelease(create, ({ recorder }) => Effect.ignore(Effect.promise(() => recorder.close())));
}

/** Completes the recording; fails when it cannot be written to its end. */
export function closeRecording(recording: Recording | undefined): Effect.Effect<void, RecordError> {
  if (recording === undefined) return Effect.void;
  const { path, recorder } = recording;
  return Effect.tryPromise({ try: () => recorder.close(), catch: (error) => recordError(path, error) });
}

/** What was recorded, as a line; none where nothing was to be. */
export function recordedLines(recording: Recording | undefined): ReadonlyArray<string> {
  if (recording === undefined) return [];
  const { path, recorder: { messages, bytes } } = recording;
  return [`recorded ${plural(messages, "message")} in ${printable(path)} (${formatBytes(bytes)})`];
}

async function isSameFile(one: string, other: string | undefined): Promise<boolean> {
  if (other === undefined) return false;
  const [first, second] = await Promise.all([one, other].map((path) => realpath(path).catch(() => undefined)));
  return first !== undefined && first === second;
}
