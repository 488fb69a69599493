/**
 * What the device has to say: the list of problems.
 */
import { computed, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import type { Status, Viewer } from "../../mod.ts";
import { MAX_DISMISSED, MAX_PROBLEMS } from "./limits.ts";

/** One line of the list. */
export interface Problem {
  readonly key: string;
  readonly level: "info" | "warning" | "error";
  readonly message: string;
  /** The device's own name for it, if it has one. */
  readonly id?: string;
  /** When the page has first seen it, in ms since the Unix epoch. */
  readonly since: number;
}

/** Statuses of the device, those that were dismissed left out. */
export class Problems {
  readonly #fromDevice: Signal<ReadonlyArray<Problem>> = signal([]);
  readonly #dismissed: Signal<ReadonlySet<string>> = signal(new Set());
  readonly #seen = new WeakMap<Status, Problem>();
  #viewer: Viewer | undefined;
  #count = 0;
  /** All that stand, the latest first. */
  readonly all: ReadonlySignal<ReadonlyArray<Problem>>;
  /** The worst level of them. */
  readonly worst: ReadonlySignal<Problem["level"] | undefined>;

  constructor() {
    this.all = computed(() =>
      this.#fromDevice.value
        .filter(({ key }) => !this.#dismissed.value.has(key))
        .sort((a, b) => b.since - a.since)
        .slice(0, MAX_PROBLEMS)
    );
    this.worst = computed(() => {
      const levels = new Set(this.all.value.map(({ level }) => level));
      return (["error", "warning", "info"] as const).find((level) => levels.has(level));
    });
  }

  /** There is another viewer, or none any more. */
  attach(viewer: Viewer | undefined): void {
    this.#viewer = viewer;
    this.refresh();
  }

  /** The device has said something, or taken it back. */
  refresh(): void {
    const statuses = (this.#viewer?.statuses ?? []).slice(-MAX_PROBLEMS);
    this.#fromDevice.value = statuses.map((status) => this.#of(status));
  }

  /** Takes it from the list; it comes back when it is said again. */
  dismiss(...keys: ReadonlyArray<string>): void {
    this.#dismissed.value = new Set([...this.#dismissed.value, ...keys].slice(-MAX_DISMISSED));
  }

  #of(status: Status): Problem {
    const known = this.#seen.get(status);
    if (known !== undefined) return known;
    this.#count += 1;
    const { level, message, id } = status;
    const problem: Problem = {
      key: `device ${this.#count}`,
      level: level === "info" || level === "warning" ? level : "error",
      message,
      since: Date.now(),
      ...(id === undefined ? {} : { id }),
    };
    this.#seen.set(status, problem);
    return problem;
  }
}
