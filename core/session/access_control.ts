/**
 * Giving a connected viewer another policy: what it may not have any more ends, and what it may have now is told, in one
 * synchronous step.
 */
import type { ChannelRegistry } from "../channel/channel_registry.ts";
import type { Participant } from "../participant/participant.ts";
import type { ParticipantRegistry } from "../participant/participant_registry.ts";
import type { ServerMessage } from "../protocol/mod.ts";
import { AdvertiseFrames, queueFrames } from "./advertising.ts";
import type { Admission, Authorization, Verdict } from "./authorization.ts";
import type { Membership } from "./membership.ts";
import type { Operation } from "./policy.ts";

/** What a viewer holds of one kind, for example its subscriptions. */
export interface Revocable {
  /**
   * Ends what the viewer may not have any more, by the policy that holds for it now, and returns how to tell of it when
   * the rest has been changed as well.
   */
  readonly revoke: (participant: Participant) => () => void;
}

/** What access control needs of the session. */
export interface AccessControlOptions {
  readonly registry: ParticipantRegistry;
  readonly channels: ChannelRegistry;
  readonly membership: Membership;
  readonly authorization: Authorization;
  /** All that a viewer may hold, in the order in which it is told of its end. */
  readonly held: ReadonlyArray<Revocable>;
  /** Tells the viewers of channels that they have not been told of yet. */
  readonly tellChannels: () => void;
  readonly send: (participant: Participant, message: ServerMessage) => void;
}

/** Changes what viewers may do while they are there. */
export class AccessControl {
  readonly #options: AccessControlOptions;

  constructor(options: AccessControlOptions) {
    this.#options = options;
  }

  /** What is decided on a viewer from now on, by its identity or its client id. `false`: there is no such viewer. */
  set(viewer: string | number, admission: Admission): boolean {
    const { registry, membership, authorization } = this.#options;
    const participant = typeof viewer === "string"
      ? registry.get(viewer)
      : registry.all().find(({ clientId }) => clientId === viewer);
    const identity = participant?.identity ?? viewer;
    if (typeof identity !== "string") return false;
    const verdict = authorization.verdict(identity, admission);
    // An instance that is about to take the registered one's place is the same viewer.
    const isWaiting = typeof viewer === "string" && membership.decide(identity, verdict);
    if (participant === undefined) return isWaiting;
    if (verdict.outcome === "refused") membership.revoke(participant, verdict.message);
    else this.#change(participant, verdict);
    return true;
  }

  #change(participant: Participant, { policy }: Extract<Verdict, { readonly outcome: "admitted" }>): void {
    const { channels, held, tellChannels, send } = this.#options;
    tellChannels();
    const { hidden, shown } = participant.access.replace(policy, [...channels.all()]);
    const tells = held.map((one) => one.revoke(participant));
    if (hidden.length > 0) send(participant, { op: "unadvertise", channelIds: hidden });
    queueFrames(participant, new AdvertiseFrames(shown).for(participant));
    for (const tell of tells) tell();
  }
}

/** What a viewer is told that may not do what it has asked for, or not any more. */
export function notAllowed(operation: Operation, name: string): ServerMessage {
  const what = name === "" ? "" : ` ${name}`;
  return { op: "status", level: "error", message: `not allowed: ${operation}${what}` };
}
