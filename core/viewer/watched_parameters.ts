/**
 * The parameters that a viewer's watches follow: which they are, and what was told of them last.
 */
import type { Parameter } from "../protocol/mod.ts";
import { parameterJson } from "../protocol/parameter_json.ts";
import type { ParameterWatch } from "./parameter_watch.ts";

/** A parameter that somebody follows. */
interface Watched {
  readonly watches: Set<ParameterWatch>;
  parameter: Parameter | undefined;
  /** Whether the value has been told in the session that stands. */
  isCurrent: boolean;
  /** The number of the update that told it last. */
  update: number;
}

/** Values by name, for as long as anybody follows them. */
export class WatchedParameters {
  readonly #byName = new Map<string, Watched>();
  #updates = 0;
  #nameLength = 0;

  /** The length of all names together. */
  get nameLength(): number {
    return this.#nameLength;
  }

  /** How many there are. */
  get size(): number {
    return this.#byName.size;
  }

  /** All of them. */
  names(): ReadonlyArray<string> {
    return [...this.#byName.keys()];
  }

  /** Whether anybody follows it. */
  has(name: string): boolean {
    return this.#byName.has(name);
  }

  /** The value that was told last. */
  readonly valueOf = (name: string): Parameter | undefined => this.#byName.get(name)?.parameter;

  /** Whether its value has been told in the session that stands. */
  readonly isCurrent = (name: string): boolean => this.#byName.get(name)?.isCurrent === true;

  /** Adds a watch; the names that nobody has followed before. */
  add(watch: ParameterWatch): ReadonlyArray<string> {
    return watch.names.filter((name) => {
      const watched = this.#byName.get(name);
      if (watched !== undefined) {
        watched.watches.add(watch);
        return false;
      }
      this.#byName.set(name, { watches: new Set([watch]), parameter: undefined, isCurrent: false, update: 0 });
      this.#nameLength += name.length;
      return true;
    });
  }

  /** Takes a watch out; the names that nobody follows any more. */
  delete(watch: ParameterWatch): ReadonlyArray<string> {
    return watch.names.filter((name) => {
      const watched = this.#byName.get(name);
      if (watched?.watches.delete(watch) !== true || watched.watches.size > 0) return false;
      this.#nameLength -= name.length;
      return this.#byName.delete(name);
    });
  }

  /** All watches. */
  watches(): ReadonlySet<ParameterWatch> {
    return new Set([...this.#byName.values()].flatMap(({ watches }) => [...watches]));
  }

  /** The session is over: what is known is of the past. */
  expire(): void {
    for (const watched of this.#byName.values()) watched.isCurrent = false;
  }

  /** The number of the latest update: what is asked for now is newer than it. */
  get updates(): number {
    return this.#updates;
  }

  /** The device has told of changes. */
  updated(parameters: ReadonlyArray<Parameter>): void {
    this.#updates += 1;
    for (const parameter of parameters) {
      const watched = this.#byName.get(parameter.name);
      if (watched === undefined) continue;
      watched.update = this.#updates;
      set(watched, parameter);
    }
  }

  /**
   * The device has answered what was asked when `since` was the latest update. An update that came after that is newer
   * than the answer. Of `asked` names those that are not in the answer are not set.
   */
  answered(parameters: ReadonlyArray<Parameter>, since: number, asked: ReadonlyArray<string>): void {
    const unset = new Set(asked);
    for (const parameter of parameters) {
      unset.delete(parameter.name);
      this.#answered(parameter, since);
    }
    for (const name of unset) this.#answered({ name }, since);
  }

  #answered(parameter: Parameter, since: number): void {
    const watched = this.#byName.get(parameter.name);
    if (watched === undefined || watched.update > since) return;
    if (isSame(watched.parameter, parameter)) watched.isCurrent = true;
    else set(watched, parameter);
  }
}

function set(watched: Watched, parameter: Parameter): void {
  watched.parameter = parameter.value === undefined ? undefined : parameter;
  watched.isCurrent = true;
  for (const watch of [...watched.watches]) watch.deliver(parameter.name, parameter);
}

function isSame(known: Parameter | undefined, told: Parameter): boolean {
  if (known === undefined) return told.value === undefined;
  return parameterJson(known) === parameterJson(told);
}
