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
import type { ServiceTable } from "./service_table.ts";
import { serviceFrames } from "./services.ts";

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
  readonly services: ServiceTable;
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
    const { channels, services, held, tellChannels, send } = this.#options;
    tellChannels();
    const change = participant.access.replace(policy, [...channels.all()], services.all);
    const tells = held.map((one) => one.revoke(participant));
    const { hidden: channelIds } = change.channels;
    if (channelIds.length > 0) send(participant, { op: "unadvertise", channelIds });
    queueFrames(participant, new AdvertiseFrames(change.channels.shown).for(participant));
    const { hidden: serviceIds } = change.services;
    if (serviceIds.length > 0) send(participant, { op: "unadvertiseServices", serviceIds });
    queueFrames(participant, serviceFrames(change.services.shown));
    for (const tell of tells) tell();
  }
}
