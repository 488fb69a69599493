/**
 * What the compliance suite needs of the transport it is run against, and what it is made of.
 */
import type * as Cause from "effect/Cause";
import * as Data from "effect/Data";
import type * as Effect from "effect/Effect";
import type * as Scope from "effect/Scope";
import type { JoinError, StreamError, TrackError } from "../errors.ts";
import type { ConnectionQuality } from "../participant.ts";
import type { Transport } from "../room.ts";

/**
 * What not every transport, or not every harness, can do. A case that needs one of these runs only where it is there.
 *
 * - `dataTracks`: rooms have `dataTracks`;
 * - `datagrams`: rooms have `datagrams`;
 * - `peers`: everybody in the room sees and reaches everybody else. Without it the room is a star: the `host` and the
 *   guests see each other, and guests do not;
 * - `backpressure`: a reader that does not read holds up the writes of its stream;
 * - `remove`: the harness can throw a participant out;
 * - `quality`: the harness can set the quality of a connection;
 * - `refuse`: the harness has a transport whose credentials are refused.
 */
export type ComplianceAbility = "peers" | "dataTracks" | "datagrams" | "backpressure" | "remove" | "quality" | "refuse";

/** The place of a participant in a room that is a star. A case has one host, which joins first. */
export type ComplianceRole = "host" | "guest";

/**
 * One fresh room, for one case.
 *
 * For a room that is a star, say a device that is a server and its viewers, `transport` gives the host's end for the role
 * `host` and a guest's for `guest`, both under the identity that is asked for, and the profile leaves out the ability
 * `peers`: what two guests would have to do together is left out then, and cases in which either end could be the host
 * run once for each. Where everybody is the same to the room, the role does not matter.
 *
 * @example A star.
 * ```ts
 * import type { ComplianceHarness } from "@fieldlink/fieldlink/testing";
 * import type { Transport } from "@fieldlink/fieldlink/transport";
 * import * as Effect from "effect/Effect";
 *
 * declare function serve(identity: string): Transport;
 * declare function connect(identity: string): Transport;
 *
 * const harness: ComplianceHarness = {
 *   transport: (identity, role) => role === "host" ? serve(identity) : connect(identity),
 *   pause: Effect.sleep("50 millis"),
 * };
 * console.log(harness);
 * ```
 */
export interface ComplianceHarness {
  /** A transport into the room for that identity. Called again for the same identity it may give the same one. */
  readonly transport: (identity: string, role: ComplianceRole) => Transport;
  /**
   * Lets a little time pass, so that what is under way can come about: some 50 ms on a real network, as much virtual
   * time on a virtual clock.
   */
  readonly pause: Effect.Effect<void>;
  /** How many pauses to wait at most for what must happen. Default 200. */
  readonly patience?: number;
  /** How many pauses without it show that something does not happen. Default 6. */
  readonly quietPauses?: number;
  /** Throws a participant out of the room; for the ability `remove`. */
  readonly remove?: (identity: string) => Effect.Effect<void>;
  /** Sets the quality of a participant's connection; for the ability `quality`. */
  readonly setQuality?: (identity: string, quality: ConnectionQuality) => Effect.Effect<void>;
  /** A transport whose credentials the room refuses; for the ability `refuse`. */
  readonly refused?: () => Transport;
}

/** Fields of {@linkcode ComplianceFailure}. */
export interface ComplianceFailureFields {
  /** What should have been, and what was instead. */
  readonly detail: string;
}

const ComplianceFailureBase: new (fields: ComplianceFailureFields) =>
  & Cause.YieldableError
  & { readonly _tag: "ComplianceFailure" }
  & Readonly<ComplianceFailureFields> = Data.TaggedError("ComplianceFailure");

/**
 * The transport does not do what the port says.
 *
 * @example
 * ```ts
 * import { ComplianceFailure } from "@fieldlink/fieldlink/testing";
 *
 * console.log(new ComplianceFailure({ detail: "expected the end of the stream" }).message);
 * ```
 */
export class ComplianceFailure extends ComplianceFailureBase {
  /** What was wrong, in one line. */
  override get message(): string {
    return this.detail;
  }
}

/** What may stop a case. Errors of the transport that a case did not expect stop it too. */
export type ComplianceError = ComplianceFailure | JoinError | StreamError | TrackError;

/** One case of the suite. */
export interface ComplianceCase {
  /** What the transport does, as a sentence. Unique in the suite. */
  readonly name: string;
  /** The member of the port whose guarantee it shows, for example `Room.listen`. More are in `guarantees`. */
  readonly member: string;
  /** What it needs beside the bare port. */
  readonly needs: ReadonlyArray<ComplianceAbility>;
  /** The identities either of which can be the host of a star. Default: only the one that joins first. */
  readonly hosts?: ReadonlyArray<string>;
  /** Fails when the transport breaks the guarantee. */
  readonly run: (harness: ComplianceHarness) => Effect.Effect<void, ComplianceError, Scope.Scope>;
}

/** What the suite should know of a transport. */
export interface ComplianceProfile {
  /** What it can do beside the bare port. */
  readonly abilities: ReadonlyArray<ComplianceAbility>;
  /** Names of cases that it is known to fail, each with the reason. They are left out. Default none. */
  readonly deviations?: Readonly<Record<string, string>>;
}
