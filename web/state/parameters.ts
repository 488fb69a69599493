/**
 * The device's parameters: followed where the device tells of changes, and set one at a time.
 */
import { type ReadonlySignal, type Signal, signal } from "@preact/signals";
import type { Parameter, ParameterWatch, Viewer } from "../../mod.ts";
import { messageOf } from "../message_of.ts";
import type { Frames } from "./frames.ts";
import { MAX_LISTED_PARAMETERS } from "./limits.ts";

/** Whether the parameters are known. */
export type ParametersState =
  | { readonly kind: "unsupported" }
  | { readonly kind: "loading" }
  | { readonly kind: "ready" }
  | { readonly kind: "failed"; readonly why: string };

/** A refusal comes as a status of the device, and the protocol has no other answer: it is not waited for long. */
const SET_TIMEOUT_MS = 4_000;

/** The parameters of whatever device there is. */
export class Parameters {
  readonly #frames: Frames;
  readonly #state: Signal<ParametersState> = signal({ kind: "unsupported" });
  readonly #all: Signal<ReadonlyArray<Parameter>> = signal([]);
  readonly #known = new Map<string, Parameter>();
  #viewer: Viewer | undefined;
  #watch: ParameterWatch | undefined;
  /** The sets that wait for an answer. */
  readonly #pending = new Set<(refused: string) => void>();
  readonly #show = (): void => {
    this.#all.value = [...this.#known.values()].sort((a, b) => a.name < b.name ? -1 : 1);
  };

  constructor(frames: Frames) {
    this.#frames = frames;
  }

  /** All that are set, by name. */
  get all(): ReadonlySignal<ReadonlyArray<Parameter>> {
    return this.#all;
  }

  /** Whether they are known. */
  get state(): ReadonlySignal<ParametersState> {
    return this.#state;
  }

  /** There is another viewer, or none any more. */
  attach(viewer: Viewer | undefined): void {
    this.#viewer = viewer;
    this.#watch?.close();
    this.#watch = undefined;
    this.#known.clear();
    this.#state.value = { kind: "unsupported" };
    this.#show();
  }

  /** The device has said who it is: asks for all of them. */
  async load(): Promise<void> {
    const viewer = this.#viewer;
    const capabilities = viewer?.serverInfo?.capabilities;
    if (viewer === undefined || !capabilities?.includes("parameters")) {
      this.attach(viewer);
      return;
    }
    if (this.#state.value.kind !== "ready") this.#state.value = { kind: "loading" };
    try {
      const values = await viewer.getParameters();
      if (this.#viewer !== viewer) return;
      this.#known.clear();
      for (const [name, parameter] of values) this.#known.set(name, parameter);
      if (capabilities.includes("parametersSubscribe")) this.#follow(viewer);
      this.#state.value = { kind: "ready" };
      this.#frames.soon(this.#show);
    } catch (error) {
      if (this.#viewer === viewer) this.#state.value = { kind: "failed", why: messageOf(error) };
    }
  }

  /** Sets one. Gives what went wrong, in words; `undefined`: the device has applied it, or another value of its own. */
  async set(parameter: Parameter): Promise<string | undefined> {
    const viewer = this.#viewer;
    if (viewer === undefined) return "There is no connection.";
    const abort = new AbortController();
    let refused: string | undefined;
    const refuse = (why: string) => {
      refused = why;
      abort.abort();
    };
    this.#pending.add(refuse);
    try {
      const applied = await viewer.setParameters([parameter], { timeoutMs: SET_TIMEOUT_MS, signal: abort.signal });
      if (this.#viewer === viewer) { for (const one of applied.values()) this.#learn(one); }
      return undefined;
    } catch (error) {
      return refused ?? refusalOf(error);
    } finally {
      this.#pending.delete(refuse);
    }
  }

  /**
   * The device complains, under no id, as it does when it refuses a value. With one set under way that is what it means;
   * with several nobody can tell, and each waits for its answer.
   */
  complained(why: string): void {
    if (this.#pending.size !== 1) return;
    for (const refuse of this.#pending) refuse(why);
  }

  #follow(viewer: Viewer): void {
    this.#watch?.close();
    this.#watch = undefined;
    const names = [...this.#known.keys()].slice(0, MAX_LISTED_PARAMETERS);
    if (names.length > 0) this.#watch = viewer.watchParameters(names).onChange((parameter) => this.#learn(parameter));
  }

  #learn(parameter: Parameter): void {
    if (parameter.value === undefined) this.#known.delete(parameter.name);
    else this.#known.set(parameter.name, parameter);
    this.#frames.soon(this.#show);
  }
}

/** What the device has said while a value was being set, or what went wrong else. */
function refusalOf(error: unknown): string {
  const statuses = error instanceof Error && "statuses" in error ? error.statuses : undefined;
  return Array.isArray(statuses) && statuses.length > 0 ? String(statuses.at(-1)) : messageOf(error);
}
