/**
 * The files that the demo reads and writes.
 */
import { realpath } from "node:fs/promises";
import type * as Clock from "effect/Clock";
import * as Effect from "effect/Effect";
import type * as Scope from "effect/Scope";
import { VERSION } from "../../mod.ts";
import { RecordError, recordError } from "../record/errors.ts";
import { Recorder } from "../record/recorder.ts";
import { type Offering, roverOffering } from "../rover/rover_offering.ts";
import { Rover } from "../rover/rover.ts";
import { roverSource } from "../rover/rover_source.ts";
import { type SourceError, sourceError } from "../../files/source/errors.ts";
import type { MessageSource } from "../../files/source/message_source.ts";
import { openSource } from "../../files/source/open_source.ts";
import type { DemoOptions } from "./options.ts";
import { roverTour } from "./rover_tour.ts";
import type { Tour } from "./tour.ts";

/** What the demo's device has to send, and what it offers beside that. */
export interface Subject {
  readonly source: MessageSource;
  /** None: nothing but the source's channels. */
  readonly offering: Offering | undefined;
  /** Shows what it offers; none: there is nothing to show. */
  readonly tour: Tour | undefined;
}

/** Opens the recording, or starts the rover; let go of with the scope. */
export function acquireSubject(
  file: string | undefined,
  clock: Clock.Clock,
): Effect.Effect<Subject, SourceError, Scope.Scope> {
  if (file === undefined) {
    return Effect.sync(() => {
      const rover = new Rover();
      const source = roverSource(rover, { start: () => clock.currentTimeNanosUnsafe() });
      return { source, offering: roverOffering(rover), tour: roverTour };
    });
  }
  const open = Effect.tryPromise({ try: () => openSource(file), catch: (error) => sourceError(file, error) });
  const opened = Effect.acquireRelease(open, (source) => Effect.promise(() => source.close()));
  return Effect.map(opened, (source) => ({ source, offering: undefined, tour: undefined }));
}

/** Creates the recording that was asked for, if one was; completed with the scope at the latest. */
export function acquireRecorder(options: DemoOptions): Effect.Effect<Recorder | undefined, RecordError, Scope.Scope> {
  const { record, file } = options;
  if (record === undefined) return Effect.as(Effect.void, undefined);
  const create = Effect.tryPromise({
    try: async () => {
      if (await isSameFile(record, file)) {
        throw new RecordError({ file: record, detail: "it is the recording that is to be replayed" });
      }
      return await Recorder.create(record, `fieldlink ${VERSION}`);
    },
    catch: (error) => recordError(record, error),
  });
  return Effect.acquireRelease(create, (recorder) => Effect.ignore(Effect.promise(() => recorder.close())));
}

/** Completes the recording; fails when it cannot be written to its end. */
export function closeRecorder(
  recorder: Recorder | undefined,
  { record }: DemoOptions,
): Effect.Effect<void, RecordError> {
  if (recorder === undefined) return Effect.void;
  return Effect.tryPromise({ try: () => recorder.close(), catch: (error) => recordError(record ?? "", error) });
}

async function isSameFile(one: string, other: string | undefined): Promise<boolean> {
  if (other === undefined) return false;
  const [first, second] = await Promise.all([realpath(one).catch(() => undefined), realpath(other)]);
  return first === second;
}
