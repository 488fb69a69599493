/**
 * The parameters of a device: named values that viewers and the program itself read and set.
 */
import type * as Services from "effect/Context";
import * as Effect from "effect/Effect";
import * as Fiber from "effect/Fiber";
import * as Scope from "effect/Scope";
import * as Semaphore from "effect/Semaphore";
import { ConfigurationError } from "../configuration_error.ts";
import { invalidLimit } from "../limits.ts";
import { defaultLog, guardLog, type Log, logWith, notify, quietLogging } from "../log.ts";
import type { Parameter, ParameterValue } from "../protocol/parameter.ts";
import type { Client } from "../session/client.ts";
import type { RequestContext } from "../session/handler.ts";
import type { ParameterSource } from "../session/parameters.ts";
import { type ParameterChange, ParameterChanges } from "./parameter_changes.ts";
import { type Conformed, ParameterEntries, refused } from "./parameter_entries.ts";
import { sameValue } from "./parameter_kind.ts";
import { type ParameterStoreLimits, parameterStoreLimits, parameterStoreLimitsWith } from "./parameter_limits.ts";
import { load, ParameterPersistenceError, ParameterSaver, settle, wordsOf } from "./parameter_persistence.ts";
import { ParameterRefused } from "./parameter_refused.ts";
import type {
  ParameterDeclaration,
  ParameterStoreOptions,
  PersistentParameterStoreOptions,
  Verdict,
} from "./parameter_store_options.ts";

/**
 * Parameters with types, rules and events. Give it to a gateway as `parameters`: its `get`, `set` and `attach` are for
 * that. The program reads with {@linkcode ParameterStore.value} and sets with {@linkcode ParameterStore.change}.
 *
 * What is set together is set together or not at all: when one value is of the wrong type, read-only, unknown or rejected,
 * none is set, whoever sets has a {@linkcode ParameterRefused}, and viewers that subscribe to the parameters are told again
 * what these hold. Sets are judged one after another, so that a later one never overtakes an earlier one that `validate`
 * takes its time for. Changes are told after all of them are in place; a value that is what it was is no change.
 *
 * @example
 * ```ts
 * import { ParameterStore } from "@fieldlink/fieldlink";
 *
 * const parameters = new ParameterStore({
 *   parameters: [
 *     { name: "max_speed", value: 1.5, validate: (value) => Number(value) <= 3 || "3 m/s at most" },
 *     { name: "serial", value: "R7-0042", readOnly: true },
 *   ],
 * });
 * parameters.onChange(({ name, parameter }) => console.log(name, parameter.value));
 * await parameters.change("max_speed", 2); // max_speed 2
 * ```
 */
export class ParameterStore implements ParameterSource, AsyncDisposable {
  readonly #options: ParameterStoreOptions;
  readonly #limits: ParameterStoreLimits;
  readonly #log: Log;
  readonly #services: Services.Context<never>;
  readonly #entries: ParameterEntries;
  readonly #lane: Semaphore.Semaphore = Semaphore.makeUnsafe(1);
  readonly #outputs = new Set<(parameters: ReadonlyArray<Parameter>) => void>();
  readonly #listeners = new Set<(change: ParameterChange) => void>();
  readonly #watchers = new Set<ParameterChanges>();
  readonly #untold: Array<ReadonlyArray<ParameterChange>> = [];
  #saver: ParameterSaver | undefined;
  #saving: Fiber.Fiber<never> | undefined;
  #pending = 0;
  #isTelling = false;
  #isClosed = false;

  /**
   * Makes a store that is not saved; {@linkcode ParameterStore.open} makes one that is.
   *
   * @throws {ConfigurationError} when a declaration or a limit cannot be as it is.
   */
  constructor(options: ParameterStoreOptions, services: Services.Context<never> = quietLogging) {
    const invalid = invalidLimit(options.limits ?? {}, parameterStoreLimits);
    if (invalid !== undefined) throw new ConfigurationError({ detail: invalid });
    this.#options = options;
    this.#limits = parameterStoreLimitsWith(options.limits);
    this.#services = services;
    const log = services === quietLogging ? defaultLog : logWith(services);
    this.#log = options.log === undefined ? log : guardLog(options.log);
    this.#entries = new ParameterEntries(this.#limits);
    for (const declaration of options.parameters) this.declare(declaration);
  }

  /**
   * Makes a store that holds what was saved last, and saves what changes; it is closed with the scope. Saved values of
   * another type than declared, or that `validate` rejects, are left out, with a warning in the log. Those that are not
   * declared are kept and saved again. Fails when nothing can be loaded: what is there is left as it is.
   */
  static openEffect(
    options: PersistentParameterStoreOptions,
  ): Effect.Effect<ParameterStore, ConfigurationError | ParameterPersistenceError, Scope.Scope> {
    const start = Effect.gen(function* () {
      const services = yield* Effect.context<never>();
      const store = yield* Effect.try({
        try: () => new ParameterStore(options, services),
        catch: (error) =>
          error instanceof ConfigurationError ? error : new ConfigurationError({ detail: wordsOf(error) }),
      });
      const { persistence } = options;
      const { persistTimeoutMs } = store.#limits;
      yield* store.#adopt(yield* load(persistence, persistTimeoutMs));
      const saver = new ParameterSaver(persistence, () => store.#entries.saved(), persistTimeoutMs, store.#log);
      store.#saver = saver;
      store.#saving = Effect.runForkWith(services)(saver.run);
      return store;
    });
    return Effect.acquireRelease(start, (store) => store.closeEffect, { interruptible: true });
  }

  /** As {@linkcode ParameterStore.openEffect}, as a promise; close the store when it is not needed any more. */
  static open(options: PersistentParameterStoreOptions): Promise<ParameterStore> {
    const alone = Effect.flatMap(Scope.make(), (scope) => Scope.provide(ParameterStore.openEffect(options), scope));
    return Effect.runPromise(Effect.provideContext(alone, quietLogging));
  }

  /**
   * Adds a parameter; a saved value of that name takes the place of the declared one, without `validate` being asked.
   *
   * @throws {ConfigurationError} when the declaration cannot be as it is, or there is no room for it.
   */
  declare(declaration: ParameterDeclaration): void {
    const foreign = this.#entries.takeForeign(declaration.name);
    const entry = this.#entries.declare(declaration);
    if (typeof entry === "string") {
      if (foreign !== undefined) this.#entries.keepForeign(foreign);
      throw new ConfigurationError({ detail: entry });
    }
    if (foreign !== undefined && entry.isSaved) {
      const conformed = this.#entries.conform([foreign], false);
      const problem = conformed instanceof ParameterRefused ? conformed : this.#entries.assign(conformed);
      if (problem !== undefined) this.#leftOut(problem);
    }
    const { parameter } = entry;
    if (parameter.value === undefined) return;
    this.#tell([{ name: parameter.name, parameter, previous: undefined, client: undefined }]);
  }

  /** What a parameter holds; `undefined` when it is unset, or there is none of that name. */
  value(name: string): ParameterValue | undefined {
    const value = this.#entries.get(name)?.parameter.value;
    return value instanceof Uint8Array ? value.slice() : value;
  }

  /** All parameters that are set, in the order in which they were declared. */
  get values(): ReadonlyArray<Parameter> {
    return [...this.#entries.values()].map(({ parameter }) => parameter).filter(isSet);
  }

  /**
   * Sets a parameter, read-only or not; `undefined` unsets it. It is done when the promise is, and already on return when
   * no set is under way and `validate` answers at once. Saving it may take longer: see {@linkcode ParameterStore.saved}.
   * Rejects with a {@linkcode ParameterRefused}.
   */
  change(name: string, value: ParameterValue | undefined): Promise<void> {
    return this.#run(this.changeEffect(name, value));
  }

  /** As {@linkcode ParameterStore.change}. */
  changeEffect(name: string, value: ParameterValue | undefined): Effect.Effect<void, ParameterRefused> {
    return this.changeAllEffect([value === undefined ? { name } : { name, value }]);
  }

  /** Sets several parameters together, or none of them; one without a value is unset. */
  changeAll(parameters: ReadonlyArray<Parameter>): Promise<void> {
    return this.#run(this.changeAllEffect(parameters));
  }

  /** As {@linkcode ParameterStore.changeAll}. */
  changeAllEffect(parameters: ReadonlyArray<Parameter>): Effect.Effect<void, ParameterRefused> {
    return Effect.asVoid(this.#set(parameters, undefined));
  }

  /** Calls back for each change, after all that were made together are in place. The result stops it. */
  onChange(listener: (change: ParameterChange) => void): () => void {
    const own = (change: ParameterChange): void => listener(change);
    this.#listeners.add(own);
    return () => void this.#listeners.delete(own);
  }

  /** The changes from now on, as an async iterable or an Effect stream. */
  changes(): ParameterChanges {
    const changes = new ParameterChanges((closed) => void this.#watchers.delete(closed));
    if (this.#isClosed) changes.close();
    else this.#watchers.add(changes);
    return changes;
  }

  /** Waits until what has changed so far is saved; fails when an attempt to save fails. At once where nothing is saved. */
  get savedEffect(): Effect.Effect<void, ParameterPersistenceError> {
    return this.#saver?.savedEffect ?? Effect.void;
  }

  /** As {@linkcode ParameterStore.savedEffect}, as a promise. */
  saved(): Promise<void> {
    return this.#run(this.savedEffect);
  }

  /**
   * Saves what has changed and ends. Sets are refused from now on; what the parameters hold can still be read. When saving
   * fails, that is logged.
   */
  readonly closeEffect: Effect.Effect<void> = Effect.suspend(() => {
    this.#isClosed = true;
    for (const watcher of [...this.#watchers]) watcher.close();
    const saving = this.#saving;
    if (saving === undefined) return Effect.void;
    return Effect.andThen(Effect.exit(this.savedEffect), Fiber.interrupt(saving));
  });

  /** As {@linkcode ParameterStore.closeEffect}, as a promise. */
  close(): Promise<void> {
    return this.#run(this.closeEffect);
  }

  /** As {@linkcode ParameterStore.close}, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** For the gateway: what viewers get. No names: all. Parameters that are unset or unknown are left out. */
  readonly get = (names: ReadonlyArray<string>): ReadonlyArray<Parameter> => {
    return names.length === 0 ? this.values : this.#standing(names);
  };

  /** For the gateway: sets what a viewer asks for, and gives what holds then. */
  readonly set = (
    parameters: ReadonlyArray<Parameter>,
    { client }: Pick<RequestContext, "client">,
  ): Effect.Effect<ReadonlyArray<Parameter>, ParameterRefused> => {
    const names = parameters.map(({ name }) => name);
    return this.#set(parameters, client).pipe(
      Effect.map(() => this.#standing(names)),
      // A viewer's page may show already what it has asked for.
      Effect.tapError(() => Effect.sync(() => this.#publish(this.#standing(names)))),
    );
  };

  /** For the gateway: from now on `publish` is called with what has changed. The result stops it. */
  readonly attach = (publish: (parameters: ReadonlyArray<Parameter>) => void): () => void => {
    const own = (parameters: ReadonlyArray<Parameter>): void => publish(parameters);
    this.#outputs.add(own);
    return () => void this.#outputs.delete(own);
  };

  #run<A, E>(effect: Effect.Effect<A, E>): Promise<A> {
    return Effect.runPromiseWith(this.#services)(effect);
  }

  #standing(names: ReadonlyArray<string>): ReadonlyArray<Parameter> {
    return [...new Set(names)].flatMap((name) => this.#entries.get(name)?.parameter ?? []).filter(isSet);
  }

  #set(
    parameters: ReadonlyArray<Parameter>,
    client: Client | undefined,
  ): Effect.Effect<void, ParameterRefused> {
    return Effect.suspend(() => {
      const name = parameters[0]?.name ?? "";
      if (this.#pending >= this.#limits.pendingSets) {
        return Effect.fail(refused(name, "busy", `${this.#limits.pendingSets} sets are under way; try again later`));
      }
      this.#pending += 1;
      return this.#lane.withPermits(1)(this.#judgeAndSet(parameters, client)).pipe(
        Effect.ensuring(Effect.sync(() => this.#pending -= 1)),
      );
    });
  }

  #judgeAndSet(
    parameters: ReadonlyArray<Parameter>,
    client: Client | undefined,
  ): Effect.Effect<void, ParameterRefused> {
    return Effect.suspend(() => {
      const values = this.#entries.conform(parameters, client !== undefined);
      if (values instanceof ParameterRefused) return Effect.fail(values);
      const judged = Effect.andThen(this.#judgeEach(values, client), this.#judgeTogether(values, client));
      return Effect.andThen(this.#inTime(values, judged), this.#assign(values, client));
    });
  }

  /** Nothing suspends in here: all values are in place before anybody is told of one. */
  #assign(values: ReadonlyArray<Conformed>, client: Client | undefined): Effect.Effect<void, ParameterRefused> {
    return Effect.suspend(() => {
      if (this.#isClosed) return Effect.fail(refused(nameOf(values), "closed", "the store has been closed"));
      const changed = values.filter(({ entry, parameter }) =>
        !sameValue(entry.parameter.value, parameter.value) || entry.parameter.type !== parameter.type
      );
      const changes = changed.map(({ entry, parameter }): ParameterChange => {
        return { name: parameter.name, parameter, previous: entry.parameter.value, client };
      });
      const problem = this.#entries.assign(changed);
      if (problem !== undefined) return Effect.fail(problem);
      if (changed.some(({ entry }) => entry.isSaved)) this.#saver?.changed();
      if (changes.length > 0) this.#tell(changes);
      return Effect.void;
    });
  }

  #judgeEach(values: ReadonlyArray<Conformed>, client: Client | undefined): Effect.Effect<void, ParameterRefused> {
    return Effect.forEach(values, ({ entry: { declaration: { validate } }, parameter: { name, value } }) => {
      if (validate === undefined || value === undefined) return Effect.void;
      return verdictOf(name, () => validate(value, { client }));
    }, { discard: true });
  }

  #judgeTogether(values: ReadonlyArray<Conformed>, client: Client | undefined): Effect.Effect<void, ParameterRefused> {
    const { validate } = this.#options;
    if (validate === undefined) return Effect.void;
    return verdictOf(nameOf(values), () => validate(values.map(({ parameter }) => parameter), { client }));
  }

  #inTime(
    values: ReadonlyArray<Conformed>,
    judged: Effect.Effect<void, ParameterRefused>,
  ): Effect.Effect<void, ParameterRefused> {
    const { validateTimeoutMs } = this.#limits;
    const late = `it was not decided on within ${validateTimeoutMs} ms`;
    return Effect.timeoutOrElse(judged, {
      duration: validateTimeoutMs,
      orElse: () => Effect.fail(refused(nameOf(values), "timeout", late)),
    });
  }

  /** Takes over what was saved: each value that will do by itself, when they will do together. */
  readonly #adopt: (loaded: ReadonlyArray<Parameter>) => Effect.Effect<void, ParameterPersistenceError> = Effect
    .fnUntraced({ self: this }, function* (loaded) {
      const fit: Array<Conformed> = [];
      for (const parameter of loaded) {
        const entry = this.#entries.get(parameter.name);
        if (entry === undefined && !this.#entries.keepForeign(parameter)) {
          const detail = "more is saved than the store may hold; raise its limits";
          return yield* new ParameterPersistenceError({ operation: "load", detail });
        }
        if (entry?.isSaved !== true) continue;
        const values = this.#entries.conform([parameter], false);
        const judged = values instanceof ParameterRefused
          ? values
          : yield* Effect.match(this.#inTime(values, this.#judgeEach(values, undefined)), {
            onFailure: (problem) => problem,
            onSuccess: () => values,
          });
        if (judged instanceof ParameterRefused) this.#leftOut(judged);
        else fit.push(...judged);
      }
      const adopted = this.#inTime(fit, this.#judgeTogether(fit, undefined));
      yield* Effect.catch(
        Effect.andThen(adopted, this.#assign(fit, undefined)),
        (problem) => Effect.sync(() => this.#leftOut(problem)),
      );
    });

  #leftOut(error: unknown): void {
    this.#log("warning", "a saved parameter is left out; what is declared holds instead", { error });
  }

  /** Tells what has changed, and after it what is changed meanwhile by those who are told. */
  #tell(changes: ReadonlyArray<ParameterChange>): void {
    this.#untold.push(changes);
    if (this.#isTelling) return;
    this.#isTelling = true;
    for (let next = this.#untold.shift(); next !== undefined; next = this.#untold.shift()) {
      this.#publish(next.map(({ parameter }) => parameter));
      for (const change of next) {
        for (const watcher of this.#watchers) watcher.deliver(change);
        for (const listener of [...this.#listeners]) notify(this.#log, "onChange", listener, change);
      }
    }
    this.#isTelling = false;
  }

  #publish(parameters: ReadonlyArray<Parameter>): void {
    if (parameters.length === 0) return;
    for (const output of [...this.#outputs]) notify(this.#log, "publish", output, parameters);
  }
}

function verdictOf(name: string, judge: () => Verdict): Effect.Effect<void, ParameterRefused> {
  return settle(judge).pipe(
    Effect.catchDefect((defect) => Effect.fail(defect)),
    Effect.mapError((cause) => refused(name, "rejected", wordsOf(cause), cause)),
    Effect.flatMap((verdict) => {
      if (verdict === undefined || verdict === true) return Effect.void;
      const words = typeof verdict === "string" && verdict !== "" ? verdict : "its value is rejected";
      return Effect.fail(refused(name, "rejected", words));
    }),
  );
}

function nameOf(values: ReadonlyArray<Conformed>): string {
  return values[0]?.parameter.name ?? "";
}

function isSet({ value }: Parameter): boolean {
  return value !== undefined;
}
