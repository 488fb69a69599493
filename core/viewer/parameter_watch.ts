/**
 * Parameters of a device as a viewer follows them (session section 10).
 */
import type { Parameter } from "../protocol/mod.ts";
import { Watch, type WatchOwner } from "./watch.ts";

/** What a parameter watch looks at. */
export interface ParameterWatchSource {
  /** The value that was told last. */
  readonly valueOf: (name: string) => Parameter | undefined;
  /** Whether the value has been asked for, or told, since the device was met. */
  readonly isCurrent: (name: string) => boolean;
}

/**
 * Follows parameters of the device. Made by {@linkcode Viewer.watchParameters}; each change is one parameter, without a
 * value when it is not set any more.
 *
 * @example
 * ```ts
 * import type { Viewer } from "@fieldlink/fieldlink";
 *
 * function showSpeed(viewer: Viewer) {
 *   return viewer.watchParameters(["max_speed"]).onChange(({ name, value }) => console.log(name, value));
 * }
 * console.log(showSpeed);
 * ```
 */
export class ParameterWatch extends Watch<Parameter> {
  /** What it follows. */
  readonly names: ReadonlyArray<string>;
  readonly #source: ParameterWatchSource;

  /** Made by {@linkcode Viewer.watchParameters}. */
  constructor(names: ReadonlyArray<string>, source: ParameterWatchSource, owner: WatchOwner) {
    super(owner);
    this.names = names;
    this.#source = source;
  }

  /** Those that are set, by name, as they were told last. They stay while there is no device. */
  get values(): ReadonlyMap<string, Parameter> {
    const values = new Map<string, Parameter>();
    for (const name of this.names) {
      const parameter = this.#source.valueOf(name);
      if (parameter !== undefined) values.set(name, parameter);
    }
    return values;
  }

  /** Whether all values are those of the session that stands now: each has been told since the device was met. */
  get isCurrent(): boolean {
    return this.names.every((name) => this.#source.isCurrent(name));
  }
}
