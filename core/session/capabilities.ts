/**
 * What viewers ask of a device beside its channels' messages, and who of the session's parts answers it.
 */
import type * as Context from "effect/Context";
import type * as Effect from "effect/Effect";
import type { WallClock } from "../clock.ts";
import type { ConnectionGraph } from "../connection_graph.ts";
import type { GatewayLimits } from "../limits.ts";
import type { LogFields } from "../log.ts";
import type { Offering } from "../offering.ts";
import type { Participant } from "../participant/participant.ts";
import { type ClientMessage, encodeServerFrame, type PlaybackControlRequest } from "../protocol/mod.ts";
import { Assets } from "./assets.ts";
import { type CapabilityOwner, errorStatus } from "./capability.ts";
import { ClientPublish } from "./client_publish.ts";
import { Commands } from "./commands.ts";
import { GraphSubscribers } from "./graph_subscribers.ts";
import { notAllowed } from "./not_allowed.ts";
import { Parameters } from "./parameters.ts";
import { playbackState, positionProblem } from "./playback.ts";
import { neededCapability, refusal } from "./refusals.ts";
import { Requests } from "./requests.ts";
import { ServiceFrames, Services } from "./services.ts";

/** How long the id of a playback request may be, in characters: all viewers are told of it. */
const MAX_REQUEST_ID = 1_024;

/** The steps of the clean-up after an instance, to be taken in this order after its state has gone. */
export interface CleanUpSteps {
  readonly parameters: () => void;
  readonly graph: () => void;
  readonly clientChannels: () => void;
}

/** What the capabilities need of their session. */
export interface CapabilitiesOptions {
  readonly owner: CapabilityOwner;
  readonly offering: Offering;
  readonly limits: GatewayLimits;
  readonly clock: WallClock;
  /** How far a viewer's clock is ahead of the device's. */
  readonly clockOffset: (sid: string) => { readonly offsetMs: number } | undefined;
  /** Runs for as long as the session does. */
  readonly fork: (effect: Effect.Effect<void>) => void;
  readonly services: Context.Context<never>;
}

/** The capabilities of a session: a part for each of them that the device has. */
export class Capabilities {
  readonly clientPublish: ClientPublish;
  readonly parameters: Parameters;
  readonly graph: GraphSubscribers;
  readonly requests: Requests;
  readonly #owner: CapabilityOwner;
  readonly #offering: Offering;
  readonly #services: Services;
  readonly #assets: Assets | undefined;

  constructor(options: CapabilitiesOptions) {
    const { owner, offering, limits, clock, clockOffset, fork, services } = options;
    const { callbacks, assets, commands: rules } = offering;
    const requests = new Requests(limits, services, owner.log);
    const commands = new Commands({ owner, rules, clock, clockOffset, fork });
    this.#owner = owner;
    this.#offering = offering;
    this.requests = requests;
    this.clientPublish = new ClientPublish(owner, callbacks, commands, limits);
    this.parameters = new Parameters(owner, offering.parameters, callbacks, requests, limits);
    this.#services = new Services(owner, offering.services, offering.supportedEncodings, requests);
    this.#assets = assets === undefined ? undefined : new Assets(owner, assets, requests);
    this.graph = new GraphSubscribers(owner, callbacks, offering);
  }

  /** What a viewer is told of them when it has come, after the channels; `position` is what the playback has told. */
  firstFrames(participant: Participant, position: ReadonlyArray<Uint8Array>): ReadonlyArray<Uint8Array> {
    return [...new ServiceFrames(this.#offering.services.all).for(participant), ...position];
  }

  /**
   * Where the playback stands; none, where there is no playback. To be asked before the start-up of a viewer is put
   * together: what the application does when it is asked must be in the start-up as well.
   */
  positionFrames(): ReadonlyArray<Uint8Array> {
    const { playback } = this.#offering;
    if (playback === undefined) return [];
    const untold = (fields: LogFields): ReadonlyArray<Uint8Array> => {
      this.#owner.log("error", "a playback cannot tell where it stands", fields);
      return [];
    };
    try {
      const position = playback.current();
      const problem = positionProblem(position);
      if (problem !== undefined) return untold({ problem });
      const state = encodeServerFrame(playbackState({ ...position, didSeek: false }));
      return state instanceof Uint8Array ? [state] : [];
    } catch (error) {
      return untold({ error });
    }
  }

  /** One message of a viewer. */
  handle(participant: Participant, message: ClientMessage): void {
    const needed = neededCapability(message);
    if (needed !== undefined && !this.#offering.capabilities.has(needed)) {
      const answer = refusal(message, needed);
      if (answer !== undefined) return this.#owner.send(participant, answer);
      return this.#owner.log("warning", "a playback request is ignored: this device plays nothing back", {
        identity: participant.identity,
      });
    }
    switch (message.op) {
      case "advertise":
        return this.clientPublish.advertise(participant, message);
      case "unadvertise":
        return this.clientPublish.unadvertise(participant, message);
      case "messageData":
        return this.clientPublish.messageData(participant, message);
      case "serviceCallRequest":
        return this.#services.call(participant, message);
      case "getParameters":
        return this.parameters.get(participant, message);
      case "setParameters":
        return this.parameters.set(participant, message);
      case "subscribeParameterUpdates":
        return this.parameters.subscribe(participant, message.parameterNames);
      case "unsubscribeParameterUpdates":
        return this.parameters.unsubscribe(participant, message.parameterNames);
      case "fetchAsset":
        return this.#assets?.fetch(participant, message);
      case "subscribeConnectionGraph":
        return this.graph.subscribe(participant);
      case "unsubscribeConnectionGraph":
        return this.graph.unsubscribe(participant);
      case "playbackControlRequest":
        return this.#play(participant, message);
    }
  }

  /** The connection graph has become another one. */
  graphChanged(before: ConnectionGraph, after: ConnectionGraph): void {
    this.graph.changed(before, after);
  }

  /** Takes out all that there is of an instance; the steps tell the application of it. */
  remove(participant: Participant): CleanUpSteps {
    const steps = {
      parameters: this.parameters.remove(participant),
      graph: this.graph.remove(participant),
      clientChannels: this.clientPublish.remove(participant),
    };
    // Handlers hear of it by their signals, at once: nothing of the instance may be left by then.
    this.requests.cancel(participant.sid);
    return steps;
  }

  #play(participant: Participant, { op: _, ...request }: PlaybackControlRequest): void {
    const { playback } = this.#offering;
    if (playback === undefined) return;
    if (!participant.access.allows("playback", "")) return this.#owner.send(participant, notAllowed("playback", []));
    if (request.requestId.length > MAX_REQUEST_ID) {
      const message = `the playback request is refused: its id has more than ${MAX_REQUEST_ID} characters`;
      return this.#owner.send(participant, errorStatus(message));
    }
    if (this.requests.isFull(participant, "playbackRequests")) {
      return this.#owner.send(participant, errorStatus("Too many concurrent playback requests"));
    }
    this.requests.run(participant, "playbackRequests", playback.control, request, (outcome) => {
      if (outcome.type === "answered") {
        const problem = positionProblem(outcome.value);
        if (problem === undefined) return this.#owner.broadcast(playbackState(outcome.value, request.requestId));
        this.#owner.log("error", "a playback's answer cannot be sent", { problem });
        return this.#owner.send(participant, errorStatus(`the playback failed to send a response: ${problem}`));
      }
      if (outcome.type === "failed") this.#owner.log("warning", "a playback has failed", { error: outcome.error });
      const why = outcome.type === "failed" ? `: ${outcome.message}` : "";
      this.#owner.send(participant, errorStatus(`the playback failed to send a response${why}`));
    });
  }
}
