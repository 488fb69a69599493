/**
 * Which versions of the protocol are spoken, and what a viewer's version means (wire protocol, section 1).
 */
import * as Result from "effect/Result";
import * as SemVer from "effect/SemVer";
import { UnsupportedProtocolVersion } from "./errors.ts";

/** The version of the protocol that this library speaks. */
export const PROTOCOL_VERSION = "2.3.0";
/** The version of a viewer that does not say which one it speaks. */
export const DEFAULT_PROTOCOL_VERSION = "2.2.0";
/** The participant attribute in which a viewer says which version it speaks. */
export const PROTOCOL_VERSION_ATTRIBUTE = "protocolVersion";

/** How channels are advertised: each with its schema, or with a table of schemas beside them. */
export type AdvertiseForm = "inline" | "table";

/** A version that is accepted, and what follows from it. */
export interface AcceptedProtocolVersion {
  /** The version as it was written, or the default. */
  readonly version: string;
  /** How this viewer's channels are advertised. */
  readonly advertiseForm: AdvertiseForm;
}

const oldest = SemVer.make({ major: 2, minor: 2, patch: 0 });
const withTable = SemVer.make({ major: 2, minor: 3, patch: 0 });

/**
 * Checks the version that a viewer says it speaks: at least 2.2.0 in semver's order, and of major 2. `undefined` is a
 * viewer that does not say.
 */
export function checkProtocolVersion(text: string | undefined): AcceptedProtocolVersion | UnsupportedProtocolVersion {
  const version = text ?? DEFAULT_PROTOCOL_VERSION;
  const parsed = SemVer.parse(version);
  if (
    Result.isFailure(parsed) || parsed.success.major !== oldest.major || SemVer.isLessThan(parsed.success, oldest)
  ) {
    return new UnsupportedProtocolVersion({ version, supported: PROTOCOL_VERSION });
  }
  return { version, advertiseForm: SemVer.isLessThan(parsed.success, withTable) ? "inline" : "table" };
}
