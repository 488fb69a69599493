/**
 * The parts of a small screen, one at a time.
 */
import type { VNode } from "preact";
import { type Place, useParts } from "./context.tsx";
import { ProblemCount } from "./dock.tsx";
import { Icon, type IconName } from "./icons.tsx";

const places: ReadonlyArray<{ readonly place: Place; readonly title: string; readonly icon: IconName }> = [
  { place: "panels", title: "Panels", icon: "panels" },
  { place: "channels", title: "Channels", icon: "channels" },
  { place: "drive", title: "Drive", icon: "drive" },
  { place: "device", title: "Device", icon: "sliders" },
  { place: "problems", title: "Problems", icon: "alert" },
];

/** The parts of a small screen. */
export function BottomBar(): VNode {
  const { screen } = useParts();
  return (
    <nav class="bottom" aria-label="Parts of the page">
      {places.map(({ place, title, icon }) => (
        <button
          key={place}
          type="button"
          class="bottom-button"
          aria-current={screen.place.value === place ? "page" : undefined}
          onClick={() => screen.go(place)}
        >
          <span class="bottom-icon">
            <Icon name={icon} />
            {place === "problems" ? <ProblemCount /> : null}
          </span>
          <span>{title}</span>
        </button>
      ))}
    </nav>
  );
}
