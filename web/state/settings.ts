/**
 * What a person has set of the page, which a browser remembers.
 */
import { type Signal, signal } from "@preact/signals";
import type { Keep } from "./storage.ts";

/** Light, dark, or as the system is. */
export type Theme = "system" | "light" | "dark";

/** The settings of one browser. */
export class Settings {
  readonly #keep: Keep;
  /** Light or dark. */
  readonly theme: Signal<Theme>;
  /** Whether all channels are listened to, so that their rates are known. */
  readonly measuresAll: Signal<boolean>;

  constructor(keep: Keep) {
    this.#keep = keep;
    const theme = keep.get("theme");
    this.theme = signal(theme === "light" || theme === "dark" ? theme : "system");
    this.measuresAll = signal(keep.get("measure-all") === "yes");
  }

  /** Light, dark, or as the system is. */
  setTheme(theme: Theme): void {
    this.theme.value = theme;
    this.#keep.set("theme", theme === "system" ? undefined : theme);
  }

  /** Whether to listen to all channels. */
  setMeasuresAll(wanted: boolean): void {
    this.measuresAll.value = wanted;
    this.#keep.set("measure-all", wanted ? "yes" : undefined);
  }
}
