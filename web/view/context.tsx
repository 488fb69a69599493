/**
 * How the parts of the page get at its state.
 */
import { type Context, createContext } from "preact";
import { useContext } from "preact/hooks";
import { type Signal, signal } from "@preact/signals";
import type { Model } from "../state/model.ts";

/** Where one is on a screen that has room for one part at a time. */
export type Place = "panels" | "channels" | "drive" | "device" | "problems";
/** The parts beside the panels. */
export type DockTab = "drive" | "parameters" | "services" | "graph" | "problems";

/** What is open on the screen. */
export class Screen {
  readonly place: Signal<Place> = signal("panels");
  readonly dock: Signal<DockTab> = signal("drive");
  readonly isConnectionOpen: Signal<boolean> = signal(false);

  /** Goes to a part beside the panels. */
  open(tab: DockTab): void {
    this.dock.value = tab;
    this.place.value = tab === "drive" || tab === "problems" ? tab : "device";
  }

  /** Goes to a part of a small screen. */
  go(place: Place): void {
    this.place.value = place;
    if (place === "drive" || place === "problems") this.dock.value = place;
    else if (place === "device" && (this.dock.value === "drive" || this.dock.value === "problems")) {
      this.dock.value = "parameters";
    }
  }
}

/** What all parts are given. */
export interface Parts {
  readonly model: Model;
  readonly screen: Screen;
}

/** Given by the page to all its parts. */
export const PartsContext: Context<Parts | undefined> = createContext<Parts | undefined>(undefined);

/** The page's state. */
export function useParts(): Parts {
  const parts = useContext(PartsContext);
  if (parts === undefined) throw new Error("this part of the page is outside of the page");
  return parts;
}
