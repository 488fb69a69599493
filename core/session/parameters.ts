/**
 * Parameters of a session: gets and sets, and who hears of changes (session semantics, section 10).
 */
import type { Participant } from "../participant/participant.ts";
import {
  checkParameter,
  encodeServerFrame,
  FrameTooLarge,
  type GetParameters,
  type Parameter,
  type SetParameters,
} from "../protocol/mod.ts";
import { detached } from "../protocol/text.ts";
import { type CapabilityOwner, errorStatus } from "./capability.ts";
import type { Handler, Outcome } from "./handler.ts";
import { notAllowed } from "./not_allowed.ts";
import type { Requests } from "./requests.ts";

/** Answers gets and sets of parameters. Giving one brings the capabilities `parameters` and `parametersSubscribe`. */
export interface ParameterSource {
  /** The values of these parameters; no names: of all. Those that are unset or unknown are left out of the answer. */
  readonly get?: Handler<ReadonlyArray<string>, ReadonlyArray<Parameter>>;
  /** Applies values; one without a value is to be unset. The answer is the values that really hold now. */
  readonly set?: Handler<ReadonlyArray<Parameter>, ReadonlyArray<Parameter>>;
  /**
   * Called when the gateway starts: from then on what is given to `publish` goes to the viewers that subscribe to it. The
   * function it gives back is called when the gateway ends.
   */
  readonly attach?: (publish: (parameters: ReadonlyArray<Parameter>) => void) => () => void;
}

/** What an application hears of the subscriptions to its parameters. */
export interface ParameterCallbacks {
  /** These parameters have a subscriber now and had none before. */
  readonly onParametersSubscribe?: (names: ReadonlyArray<string>) => void;
  /** These parameters have lost their last subscriber. */
  readonly onParametersUnsubscribe?: (names: ReadonlyArray<string>) => void;
}

/** How many parameters one viewer may subscribe to, and how many bytes of names. */
export interface ParameterLimits {
  /** Parameters. */
  readonly parameterNames: number;
  /** Bytes of all their names together. */
  readonly parameterNameBytes: number;
}

/** Some of the parameters that are published, in their order: one object, and one frame, however many viewers want them. */
class Selection {
  readonly #before: Selection | undefined;
  readonly #last: Parameter | undefined;
  readonly #further = new Map<Parameter, Selection>();
  #frame: Uint8Array | FrameTooLarge | undefined;

  /** What was selected before, and one more. Without arguments: nothing. */
  constructor(before?: Selection, last?: Parameter) {
    this.#before = before;
    this.#last = last;
  }

  with(parameter: Parameter): Selection {
    let further = this.#further.get(parameter);
    if (further === undefined) {
      further = new Selection(this, parameter);
      this.#further.set(parameter, further);
    }
    return further;
  }

  get frame(): Uint8Array | FrameTooLarge {
    return this.#frame ??= encodeServerFrame({ op: "parameterValues", parameters: Selection.#values(this) });
  }

  static #values(selection: Selection): ReadonlyArray<Parameter> {
    const values: Array<Parameter> = [];
    for (let at: Selection | undefined = selection; at !== undefined; at = at.#before) {
      if (at.#last?.value !== undefined) values.push(at.#last);
    }
    return values.reverse();
  }
}

/** The parameters of a session. */
export class Parameters {
  readonly #owner: CapabilityOwner;
  readonly #source: ParameterSource;
  readonly #callbacks: ParameterCallbacks;
  readonly #requests: Requests;
  readonly #limits: ParameterLimits;
  readonly #byName = new Map<string, Set<Participant>>();
  readonly #bySid = new Map<string, Set<string>>();

  constructor(
    owner: CapabilityOwner,
    source: ParameterSource,
    callbacks: ParameterCallbacks,
    requests: Requests,
    limits: ParameterLimits,
  ) {
    this.#owner = owner;
    this.#source = source;
    this.#callbacks = callbacks;
    this.#requests = requests;
    this.#limits = limits;
  }

  /** A viewer asks for values. What it may not get is left out; that it asked for it by name it is told. */
  get(participant: Participant, { parameterNames, id }: GetParameters): void {
    const allowed = this.#allowed(participant, "get", parameterNames, (name) => name);
    if (allowed.length === 0 && parameterNames.length > 0) return;
    this.#ask(participant, "getParameters", this.#source.get, allowed, (values) => {
      this.#answer(participant, "getParameters", values, id);
    });
  }

  /** A viewer sets values. What it may not set is left out. It hears of what was applied when it has given an id. */
  set(participant: Participant, { parameters, id }: SetParameters): void {
    const allowed = this.#allowed(participant, "set", parameters, ({ name }) => name);
    if (allowed.length === 0 && parameters.length > 0) return;
    this.#ask(participant, "setParameters", this.#source.set, allowed, (values) => {
      if (id !== undefined) this.#answer(participant, "setParameters", values, id);
    });
  }

  /** A viewer wants to hear of changes. */
  subscribe(participant: Participant, names: ReadonlyArray<string>): void {
    const allowed = this.#allowed(participant, "get", names, (one) => one);
    // The application, which is asked what it may have, may have let it go; nothing is recorded for it then.
    if (participant.isGone) return;
    const own = this.#bySid.get(participant.sid) ?? new Set();
    const first: Array<string> = [];
    const { parameterNames, parameterNameBytes } = this.#limits;
    let refused = 0;
    let bytes = 0;
    for (const name of own) bytes += bytesOf(name);
    for (const given of allowed) {
      if (own.has(given)) continue;
      if (own.size >= parameterNames || bytes + bytesOf(given) > parameterNameBytes) {
        refused += 1;
        continue;
      }
      // Kept for long, it must not keep the message that it came in.
      const name = detached(given);
      bytes += bytesOf(name);
      own.add(name);
      const subscribers = this.#byName.get(name);
      if (subscribers !== undefined) {
        subscribers.add(participant);
      } else {
        this.#byName.set(name, new Set([participant]));
        first.push(name);
      }
    }
    if (own.size > 0) this.#bySid.set(participant.sid, own);
    if (refused > 0) {
      const bounds = `a viewer may subscribe to ${parameterNames}, with ${parameterNameBytes} bytes of names`;
      this.#owner.send(participant, errorStatus(`${refused} of the parameters are not subscribed to: ${bounds}`));
    }
    if (first.length > 0) {
      this.#owner.notices.tell("onParametersSubscribe", this.#callbacks.onParametersSubscribe, first);
    }
  }

  /** A viewer does not want to hear of changes any more. Names that it has not subscribed to say nothing. */
  unsubscribe(participant: Participant, names: ReadonlyArray<string>): void {
    this.#tellUnsubscribed(this.#drop(participant, names));
  }

  /** The parameters that one instance subscribes to. */
  names(sid: string): ReadonlyArray<string> {
    return [...(this.#bySid.get(sid) ?? [])];
  }

  /** Sends each viewer those of the values that it subscribes to. Those who subscribe to the same get the same bytes. */
  publish(parameters: ReadonlyArray<Parameter>): void {
    const nothing = new Selection();
    const selections = new Map<Participant, Selection>();
    for (const parameter of parameters) {
      for (const participant of this.#byName.get(parameter.name) ?? []) {
        selections.set(participant, (selections.get(participant) ?? nothing).with(parameter));
      }
    }
    for (const [participant, selection] of selections) {
      const { frame } = selection;
      if (frame instanceof FrameTooLarge) this.#owner.log("error", "parameter values are not sent", { error: frame });
      else participant.send(frame);
    }
  }

  /** Takes out an instance; what it gives back tells the application of names without a subscriber now. */
  remove(participant: Participant): () => void {
    const last = this.#drop(participant, [...(this.#bySid.get(participant.sid) ?? [])]);
    return () => this.#tellUnsubscribed(last);
  }

  /** Ends the subscriptions that are not allowed any more; what it gives back tells of them. */
  revoke(participant: Participant): () => void {
    const names = this.names(participant.sid).filter((name) => !participant.access.allows("get", name));
    const last = this.#drop(participant, names);
    return () => {
      if (names.length > 0) this.#owner.send(participant, notAllowed("get", names));
      this.#tellUnsubscribed(last);
    };
  }

  /** Those of the items that the viewer may get or set; it is told of the others. */
  #allowed<Item>(
    participant: Participant,
    operation: "get" | "set",
    items: ReadonlyArray<Item>,
    nameOf: (item: Item) => string,
  ): ReadonlyArray<Item> {
    const { access } = participant;
    if (access.policy === undefined) return items;
    const allowed: Array<Item> = [];
    const refused: Array<string> = [];
    for (const item of items) {
      const name = nameOf(item);
      if (access.allows(operation, name)) allowed.push(item);
      else refused.push(name);
    }
    if (refused.length > 0) this.#owner.send(participant, notAllowed(operation, refused));
    return allowed;
  }

  #drop(participant: Participant, names: ReadonlyArray<string>): ReadonlyArray<string> {
    const own = this.#bySid.get(participant.sid);
    const last: Array<string> = [];
    for (const name of names) {
      if (own?.delete(name) !== true) continue;
      const subscribers = this.#byName.get(name);
      subscribers?.delete(participant);
      if (subscribers?.size === 0) {
        this.#byName.delete(name);
        last.push(name);
      }
    }
    if (own?.size === 0) this.#bySid.delete(participant.sid);
    return last;
  }

  #tellUnsubscribed(names: ReadonlyArray<string>): void {
    if (names.length === 0) return;
    this.#owner.notices.tell("onParametersUnsubscribe", this.#callbacks.onParametersUnsubscribe, names);
  }

  #ask<Request>(
    participant: Participant,
    op: string,
    handler: Handler<Request, ReadonlyArray<Parameter>> | undefined,
    request: Request,
    answer: (values: ReadonlyArray<Parameter>) => void,
  ): void {
    if (this.#requests.isFull(participant, "parameterRequests")) {
      const message = `Too many concurrent parameter requests: ${op} is refused; wait for the answers to earlier ones`;
      return this.#owner.send(participant, errorStatus(message));
    }
    const respond = (outcome: Outcome<ReadonlyArray<Parameter>>): void => {
      if (outcome.type === "answered") return answer(outcome.value);
      const why = outcome.type === "failed" ? `: ${outcome.message}` : "";
      if (outcome.type === "failed") this.#owner.log("warning", `a handler has failed`, { op, error: outcome.error });
      this.#owner.send(participant, errorStatus(`${op}: the handler failed to send a response${why}`));
    };
    if (handler === undefined) return respond({ type: "unanswered" });
    this.#requests.run(participant, "parameterRequests", handler, request, respond);
  }

  #answer(participant: Participant, op: string, values: ReadonlyArray<Parameter>, id: string | undefined): void {
    const { log, send } = this.#owner;
    const problem = answerProblem(values);
    if (problem !== undefined) {
      log("error", "a handler's parameter values cannot be sent", { op, problem });
      return send(participant, errorStatus(`${op}: the handler failed to send a response: ${problem}`));
    }
    const { access } = participant;
    const mayHave = ({ name }: Parameter) =>
      access.allows("get", name) || op === "setParameters" && access.allows("set", name);
    const parameters = values.filter((value) => isSet(value) && mayHave(value));
    const answer = encodeServerFrame(
      id === undefined ? { op: "parameterValues", parameters } : { op: "parameterValues", parameters, id },
    );
    if (answer instanceof Uint8Array) return participant.send(answer);
    log("error", "a handler's parameter values are too large to be sent", { op, error: answer });
    send(participant, errorStatus(`${op} failed to send a response: ${answer.message}`));
  }
}

function isSet({ value }: Parameter): boolean {
  return value !== undefined;
}

function answerProblem(values: unknown): string | undefined {
  if (!Array.isArray(values)) return "it has given no array of parameters";
  for (const value of values) {
    const invalid = checkParameter(value);
    if (invalid !== undefined) return invalid.message;
  }
  return undefined;
}

/** What keeping a name takes: two bytes a unit. */
function bytesOf(name: string): number {
  return 2 * name.length;
}
