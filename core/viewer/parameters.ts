/**
 * A viewer's way to the parameters of its device: gets, sets, and watches (session section 10).
 */
import * as Effect from "effect/Effect";
import { Backoff } from "../backoff.ts";
import {
  checkParameter,
  type ClientMessage,
  InvalidParameter,
  type Parameter,
  type ParameterValue,
  type ServerMessage,
} from "../protocol/mod.ts";
import type { DeviceAccess, SessionPart } from "./device_access.ts";
import type { DeviceLink } from "./device_link.ts";
import { ParameterWatch } from "./parameter_watch.ts";
import { type ConnectionEnd, InvalidRequest, type RequestError } from "./request_errors.ts";
import { type RequestOptions, Requests } from "./requests.ts";
import { WatchedParameters } from "./watched_parameters.ts";

const SUBSCRIBE = "parametersSubscribe";
const GET = "parameters";
/** How many values are asked for in one message, so that neither it nor the answer grows without bound. */
const NAMES_PER_GET = 1_024;
const FIRST_RETRY_MS = 1_000;
const MAX_RETRY_MS = 30_000;

/** Values to set: by name, or as parameters where a type is to be said. */
export type ParametersToSet = Readonly<Record<string, ParameterValue>> | ReadonlyArray<Parameter>;

/** How parameters are followed. */
export interface WatchParametersOptions {
  /**
   * Whether the values are asked for at first and after each reset or reconnect, so that no change in between is missed.
   * Default: true.
   */
  readonly get?: boolean;
}

/** What getting parameters can fail with. */
export type GetParametersError = RequestError;

/** What setting parameters can fail with. */
export type SetParametersError = InvalidParameter | RequestError;

/** The gets and sets that wait for their answer, and the watches, which share one subscription for each name. */
export class ViewerParameters implements SessionPart {
  readonly takes = ["parameterValues"] as const;
  readonly #access: DeviceAccess;
  readonly #requests: Requests<ReadonlyArray<Parameter>>;
  readonly #watched = new WatchedParameters();
  /** Names that the session's device may be subscribed to, by a message on whatever stream. */
  readonly #told = new Set<string>();
  /** Names that have found a follower or lost the last one, and are to be told in one go. */
  readonly #changed = new Set<string>();
  /** Names whose watches want the values asked for. */
  readonly #wanted = new Set<string>();
  /** Those of them that have not been answered in this session. */
  readonly #missing = new Set<string>();
  #isFetching = false;

  constructor(access: DeviceAccess, complaints: () => () => ReadonlyArray<string>) {
    this.#access = access;
    this.#requests = new Requests({ access, capability: GET, complaints });
  }

  /** How many gets and sets have not ended. */
  get pending(): number {
    return this.#requests.size;
  }

  /** How many parameters are followed. */
  get watched(): number {
    return this.#watched.size;
  }

  /** The values of these parameters; no names: of all. */
  get(
    names: ReadonlyArray<string>,
    { timeoutMs }: RequestOptions,
  ): Effect.Effect<ReadonlyMap<string, Parameter>, GetParametersError> {
    return Effect.suspend(() => {
      const parameterNames = [...names];
      const what = parameterNames.length === 0
        ? "the values of all parameters"
        : `the values of ${list(parameterNames)}`;
      const detail = invalidNames(parameterNames);
      if (detail !== undefined) return Effect.fail(new InvalidRequest({ what, detail }));
      return this.#ask(what, timeoutMs, parameterNames, (id) => ({ op: "getParameters", parameterNames, id }));
    });
  }

  /** Sets parameters; the values that were really applied. */
  set(
    given: ParametersToSet,
    { timeoutMs }: RequestOptions,
  ): Effect.Effect<ReadonlyMap<string, Parameter>, SetParametersError> {
    return Effect.suspend((): Effect.Effect<ReadonlyMap<string, Parameter>, SetParametersError> => {
      const parameters = parametersOf(given);
      if (parameters instanceof InvalidParameter) return Effect.fail(parameters);
      const what = `the setting of ${list(parameters.map(({ name }) => name))}`;
      return this.#ask(what, timeoutMs, [], (id) => ({ op: "setParameters", parameters, id }));
    });
  }

  /** Makes a watch. */
  watch(names: Iterable<string>, { get = true }: WatchParametersOptions): ParameterWatch {
    if (typeof names === "string") {
      const detail = `the names are a list: give [${JSON.stringify(names)}]`;
      throw new InvalidRequest({ what: `a watch of "${names}"`, detail });
    }
    const distinct = [...new Set(names)];
    const detail = this.#watchProblem(distinct);
    if (detail !== undefined) throw new InvalidRequest({ what: `a watch of ${list(distinct)}`, detail });
    const watch: ParameterWatch = new ParameterWatch(distinct, this.#watched, {
      log: this.#access.log,
      closed: () => this.#closed(watch),
    });
    if (this.#access.isClosed) {
      watch.close();
      return watch;
    }
    this.#tell(this.#watched.add(watch));
    this.#warnIfUseless();
    for (const name of distinct) {
      const parameter = this.#watched.isCurrent(name) ? this.#watched.valueOf(name) : undefined;
      if (parameter !== undefined) watch.deliver(name, parameter);
      if (!get) continue;
      this.#wanted.add(name);
      if (!this.#watched.isCurrent(name)) this.#missing.add(name);
    }
    queueMicrotask(() => this.#fetch());
    return watch;
  }

  readonly met = (): void => {
    this.#told.clear();
    this.#missing.clear();
    for (const name of this.#wanted) this.#missing.add(name);
    this.#warnIfUseless();
  };

  readonly greeting = (): ReadonlyArray<ClientMessage> => {
    this.#changed.clear();
    if (!this.#access.can(SUBSCRIBE)) return [];
    const dropped = [...this.#told].filter((name) => !this.#watched.has(name));
    const names = this.#watched.names();
    this.#told.clear();
    for (const name of names) this.#told.add(name);
    return [
      ...(dropped.length > 0 ? [{ op: "unsubscribeParameterUpdates", parameterNames: dropped } as const] : []),
      ...(names.length > 0 ? [{ op: "subscribeParameterUpdates", parameterNames: names } as const] : []),
    ];
  };

  readonly opened = (): void => this.#fetch();

  readonly handle = (message: ServerMessage): void => {
    if (message.op !== "parameterValues") return;
    const { id, parameters } = message;
    if (id === undefined) return this.#watched.updated(parameters);
    const number = Number(id);
    if (String(number) === id && this.#requests.sent(number) !== undefined) this.#requests.answer(number, parameters);
    else this.#access.logOften("debug", "an answer to no get or set that waits for one is dropped", { id });
  };

  readonly streamFailed = (): void => this.#requests.lost("stream-failed");

  readonly lost = (reason: ConnectionEnd): undefined => {
    this.#requests.lost(reason);
    this.#watched.expire();
    if (reason === "closed") { for (const watch of this.#watched.watches()) watch.close(); }
  };

  #ask(
    what: string,
    timeoutMs: number | undefined,
    asked: ReadonlyArray<string>,
    message: (id: string) => ClientMessage,
  ): Effect.Effect<ReadonlyMap<string, Parameter>, RequestError> {
    let since = 0;
    let session: DeviceLink | undefined;
    const answered = this.#requests.ask({
      what,
      timeoutMs,
      next: (link, id) => {
        since = this.#watched.updates;
        session = link;
        return { send: message(String(id)) };
      },
    });
    return Effect.map(answered, (parameters) => {
      // The device may have said anew who it is right behind its answer: then it is of the past.
      if (this.#access.link === session) this.#watched.answered(parameters, since, asked);
      return new Map(parameters.map((parameter) => [parameter.name, parameter]));
    });
  }

  #closed(watch: ParameterWatch): void {
    const dropped = this.#watched.delete(watch);
    for (const name of dropped) {
      this.#wanted.delete(name);
      this.#missing.delete(name);
    }
    this.#tell(dropped);
  }

  /** What changes in one go is told in one message. */
  #tell(names: ReadonlyArray<string>): void {
    const isDue = this.#changed.size > 0;
    for (const name of names) this.#changed.add(name);
    if (!isDue && this.#changed.size > 0) queueMicrotask(() => this.#tellChanged());
  }

  #tellChanged(): void {
    const changed = [...this.#changed];
    this.#changed.clear();
    const { link } = this.#access;
    if (link?.outgoing === undefined || !this.#access.can(SUBSCRIBE)) return;
    const dropped = changed.filter((name) => !this.#watched.has(name) && this.#told.delete(name));
    const added = changed.filter((name) => this.#watched.has(name) && !this.#told.has(name));
    for (const name of added) this.#told.add(name);
    if (dropped.length > 0) link.sendInParts({ op: "unsubscribeParameterUpdates", parameterNames: dropped });
    if (added.length > 0) link.sendInParts({ op: "subscribeParameterUpdates", parameterNames: added });
  }

  /** Asks for what is missing, one message at a time, behind the subscription to it. */
  #fetch(): void {
    if (this.#isFetching || this.#missing.size === 0) return;
    this.#isFetching = true;
    this.#access.fork(this.#fetching);
  }

  readonly #fetching: Effect.Effect<void> = Effect.gen({ self: this }, function* () {
    const backoff = new Backoff(FIRST_RETRY_MS, MAX_RETRY_MS);
    while (true) {
      const { link } = this.#access;
      if (this.#missing.size === 0 || link?.outgoing === undefined || !this.#access.can(GET)) break;
      const names = [...this.#missing].slice(0, NAMES_PER_GET);
      const error = yield* Effect.catch(Effect.as(this.get(names, {}), undefined), Effect.succeed);
      if (error === undefined) {
        backoff.reset();
        if (this.#access.link !== link) continue;
        for (const name of names) this.#missing.delete(name);
        continue;
      }
      const delayMs = backoff.next();
      if (error._tag !== "ConnectionLost") {
        const message = "the values of watched parameters are not to be had; they are asked for again";
        this.#access.logOften("warning", message, { delayMs, error });
      }
      const hasChanged = this.#access.changed.until(() => this.#access.isClosed || this.#access.link !== link);
      yield* Effect.raceFirst(Effect.sleep(delayMs), hasChanged);
    }
    // In the same step as the look at what is missing: whoever wants more from now on starts anew.
    this.#isFetching = false;
  });

  #watchProblem(names: ReadonlyArray<string>): string | undefined {
    if (names.length === 0) return "a watch is of one parameter at least";
    const invalid = invalidNames(names);
    if (invalid !== undefined) return invalid;
    const { watchedParameters, queueBytes } = this.#access.limits;
    const added = names.filter((name) => !this.#watched.has(name));
    if (this.#watched.size + added.length > watchedParameters) {
      return `a viewer watches ${watchedParameters} at most: close a watch, or raise the limit "watchedParameters"`;
    }
    // They are all told at the start of a stream, and must leave room there for whatever comes behind them.
    const maxLength = Math.floor(queueBytes / 8);
    if (this.#watched.nameLength + added.reduce((length, name) => length + name.length, 0) <= maxLength) {
      return undefined;
    }
    return `the names of all that is watched are longer than ${maxLength} together, an eighth of the limit "queueBytes"`;
  }

  #warnIfUseless(): void {
    const { link, log } = this.#access;
    if (this.#watched.size === 0 || link === undefined || this.#access.can(SUBSCRIBE)) return;
    log("warning", "the device does not tell of changes of parameters; it is waited for one that does", {
      device: link.device,
      capability: SUBSCRIBE,
    });
  }
}

const MAX_LISTED = 5;

/** Names in words, not too many. */
function list(names: ReadonlyArray<string>): string {
  const more = names.length > MAX_LISTED ? ` and ${names.length - MAX_LISTED} more` : "";
  return `${names.slice(0, MAX_LISTED).map((name) => `"${String(name)}"`).join(", ")}${more}`;
}

function invalidNames(names: ReadonlyArray<unknown>): string | undefined {
  return names.every((name) => typeof name === "string" && name.isWellFormed())
    ? undefined
    : "a parameter's name must be text without half a surrogate pair";
}

/** The parameters to set, or what is wrong with one of them. */
function parametersOf(given: ParametersToSet): ReadonlyArray<Parameter> | InvalidParameter {
  const parameters = isList(given) ? [...given] : Object.entries(given).map(([name, value]) => ({ name, value }));
  for (const parameter of parameters) {
    const invalid = parameterProblem(parameter);
    if (invalid !== undefined) return invalid;
  }
  return parameters;
}

function isList(given: ParametersToSet): given is ReadonlyArray<Parameter> {
  return Array.isArray(given);
}

function parameterProblem(parameter: Parameter): InvalidParameter | undefined {
  const { name } = parameter;
  const detail = invalidNames([name]);
  if (detail !== undefined) return new InvalidParameter({ name: String(name), detail });
  try {
    return checkParameter(parameter);
  } catch {
    // A value that is none of those that the types allow, such as `null` or a plain object.
    return new InvalidParameter({ name, detail: "its value is of no kind that a parameter can hold; a map is a Map" });
  }
}
