/**
 * Who of a session's viewers follows the connection graph (session semantics, section 11).
 */
import { type ConnectionGraph, graphDifference, updateHalves, wholeGraph } from "../connection_graph.ts";
import type { Participant } from "../participant/participant.ts";
import { type ConnectionGraphUpdate, encodeServerFrame } from "../protocol/mod.ts";
import type { CapabilityOwner } from "./capability.ts";
import { notAllowed } from "./not_allowed.ts";

/** What an application hears of the followers of its graph. Giving one of these brings the capability `connectionGraph`. */
export interface ConnectionGraphCallbacks {
  /** The graph has a follower now and had none before. */
  readonly onConnectionGraphSubscribe?: () => void;
  /** The graph has lost its last follower. */
  readonly onConnectionGraphUnsubscribe?: () => void;
}

/** The graph as the device holds it; it outlives sessions. */
export interface GraphHolder {
  readonly graph: ConnectionGraph;
}

/** The followers of a session. */
export class GraphSubscribers {
  readonly #owner: CapabilityOwner;
  readonly #callbacks: ConnectionGraphCallbacks;
  readonly #holder: GraphHolder;
  readonly #bySid = new Map<string, Participant>();

  constructor(owner: CapabilityOwner, callbacks: ConnectionGraphCallbacks, holder: GraphHolder) {
    this.#owner = owner;
    this.#callbacks = callbacks;
    this.#holder = holder;
  }

  /** A viewer wants to follow the graph: it gets the whole of it first. */
  subscribe(participant: Participant): void {
    if (this.#bySid.has(participant.sid)) return;
    if (!participant.access.allows("graph", "")) return this.#owner.send(participant, notAllowed("graph", []));
    // The application, which is asked what it may have, may have let it go; nothing is recorded for it then.
    if (participant.isGone) return;
    const isFirst = this.#bySid.size === 0;
    this.#bySid.set(participant.sid, participant);
    this.#owner.send(participant, wholeGraph(this.#holder.graph));
    if (isFirst) {
      this.#owner.notices.tell("onConnectionGraphSubscribe", this.#callbacks.onConnectionGraphSubscribe);
    }
  }

  /** A viewer does not want to follow the graph any more. */
  unsubscribe(participant: Participant): void {
    this.remove(participant)();
  }

  /** Whether that instance follows the graph. */
  has(sid: string): boolean {
    return this.#bySid.has(sid);
  }

  /** The graph has become another one: those who follow it get the difference. */
  changed(before: ConnectionGraph, after: ConnectionGraph): void {
    if (this.#bySid.size === 0) return;
    const update: ConnectionGraphUpdate | undefined = graphDifference(before, after);
    if (update === undefined) return;
    for (const frame of updateFrames(update)) for (const participant of this.#bySid.values()) participant.send(frame);
  }

  /** Ends its following of the graph when it is not allowed any more; what it gives back tells of that. */
  revoke(participant: Participant): () => void {
    if (!this.#bySid.has(participant.sid) || participant.access.allows("graph", "")) return () => {};
    const tell = this.remove(participant);
    return () => {
      this.#owner.send(participant, notAllowed("graph", []));
      tell();
    };
  }

  /** Takes out an instance; what it gives back tells the application when it was the last one. */
  remove(participant: Participant): () => void {
    const wasLast = this.#bySid.delete(participant.sid) && this.#bySid.size === 0;
    return () => {
      if (!wasLast) return;
      this.#owner.notices.tell("onConnectionGraphUnsubscribe", this.#callbacks.onConnectionGraphUnsubscribe);
    };
  }
}

/** Each of two graphs fits into a frame, but what they do not have in common may not. */
function updateFrames(update: ConnectionGraphUpdate): ReadonlyArray<Uint8Array> {
  const whole = encodeServerFrame(update);
  if (whole instanceof Uint8Array) return [whole];
  return updateHalves(update).map(encodeServerFrame).filter((frame) => frame instanceof Uint8Array);
}
