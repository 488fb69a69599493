/**
 * The `fieldlink` command, to be run by other programs.
 *
 * @example
 * ```ts
 * import { run } from "@fieldlink/fieldlink/cli";
 *
 * const exitCode = await run(["demo", "--help"]);
 * console.log(exitCode); // 0
 * ```
 *
 * @module
 */
export { type CommandError, fieldlink } from "./command.ts";
export {
  NoSuchTopic,
  type NoSuchTopicFields,
  OptionConflict,
  type OptionConflictFields,
  OptionMissing,
  type OptionMissingFields,
} from "./errors.ts";
export type { Nothing } from "./flags.ts";
export type { DemoError, JoinFailure } from "./demo/run_demo.ts";
export { Unwell, type UnwellFields } from "./doctor/errors.ts";
export type { DoctorError } from "./doctor/run_doctor.ts";
export { CannotListen, type CannotListenFields, PageMissing, type PageMissingFields } from "./serve/errors.ts";
export type { ServeError } from "./serve/serving.ts";
export type { ReplayError } from "./replay/run_replay.ts";
export { NoDevice, type NoDeviceFields } from "./view/errors.ts";
export type { ViewError } from "./view/run_view.ts";
export type { AskError } from "./view/requests.ts";
export {
  ClosedPipe,
  type ClosedPipeFields,
  Output,
  type OutputError,
  OutputFailed,
  type OutputFailedFields,
} from "./output.ts";
export { RecordError, type RecordErrorFields } from "./record/errors.ts";
export { run } from "./run.ts";
export { SourceError, type SourceErrorFields, type SourceErrorReason } from "../files/source/errors.ts";
export type { TableSize } from "./table.ts";
