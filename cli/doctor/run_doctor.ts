/**
 * Says what this machine can do, and what a server lets it do.
 */
import * as Effect from "effect/Effect";
import * as Fiber from "effect/Fiber";
import * as Queue from "effect/Queue";
import { diagnoseEffect } from "../../adapters/livekit/mod.ts";
import { Output, type OutputError } from "../output.ts";
import { deviceCheck } from "./device_check.ts";
import { Unwell } from "./errors.ts";
import type { DoctorOptions } from "./options.ts";
import { checkLines, type DoctorCheck, failedOnes, reportJson } from "./report.ts";

/** What may come of it. */
export type DoctorError = Unwell | OutputError;

/** More than there are. */
const MAX_CHECKS = 32;

/** Looks at everything, and says each thing as soon as it is known; fails when something has to work and does not. */
export const runDoctor: (options: DoctorOptions) => Effect.Effect<void, DoctorError, Output> = Effect.fnUntraced(
  function* ({ json, server }) {
    const output = yield* Output;
    const found: Array<DoctorCheck> = [];
    // The last one is followed by nothing.
    const told = yield* Queue.bounded<DoctorCheck | undefined>(MAX_CHECKS);
    const tell = (check: DoctorCheck | undefined): void => void Queue.offerUnsafe(told, check);
    const look = Effect.gen(function* () {
      const { isWell } = yield* diagnoseEffect({ ...server?.livekit, onCheck: tell });
      // What WebRTC cannot do matters to no device that is served over HTTP.
      if (server?.hasDevice === true && (isWell || server.livekit === undefined)) {
        tell(yield* deviceCheck(server.transport));
      }
    });
    const looking = yield* Effect.forkScoped(Effect.ensuring(look, Effect.sync(() => tell(undefined))));
    for (let check = yield* Queue.take(told); check !== undefined; check = yield* Queue.take(told)) {
      found.push(check);
      if (!json) yield* output.write(`${checkLines(check).join("\n")}\n`);
    }
    yield* Fiber.join(looking);
    if (json) yield* output.write(`${reportJson(found)}\n`);
    const failed = failedOnes(found);
    if (failed.length > 0) return yield* new Unwell({ failed });
  },
  Effect.scoped,
);
