/**
 * Icons, drawn in the colour of the text around them. They say nothing to a screen reader: what has one has a name as well.
 */
import type { VNode } from "preact";

/** The paths of the icons, on a square of 24. */
const paths = {
  alert: "M12 4 2.8 19.5h18.4zM12 10v4.5M12 17.2v.1",
  channels: "M4 6h16M4 12h16M4 18h10",
  chevron: "m9 6 6 6-6 6",
  close: "M6 6l12 12M18 6 6 18",
  device: "M5 7h14v10H5zM9 3v4M15 3v4M9 17v4M15 17v4M2 10h3M2 14h3M19 10h3M19 14h3",
  drive:
    "M12 3v6M12 15v6M3 12h6M15 12h6M9.8 5.2 12 3l2.2 2.2M9.8 18.8 12 21l2.2-2.2M5.2 9.8 3 12l2.2 2.2M18.8 9.8 21 12l-2.2 2.2",
  expand: "M14 4h6v6M10 20H4v-6M20 4l-7 7M4 20l7-7",
  graph: "M6 8.5v7M8.5 6h7M8 8l8 8M3.5 3.5h5v5h-5zM15.5 3.5h5v5h-5zM3.5 15.5h5v5h-5zM15.5 15.5h5v5h-5z",
  link: "M9.5 14.5 14.5 9.5M11 6.5l1.8-1.8a4.3 4.3 0 0 1 6.1 6.1L17 12.7M13 17.5l-1.8 1.8a4.3 4.3 0 0 1-6.1-6.1L7 11.3",
  moon: "M20 14.5A8.5 8.5 0 1 1 9.5 4a7 7 0 0 0 10.5 10.5z",
  panels: "M4 4h7v9H4zM13 4h7v5h-7zM13 11h7v9h-7zM4 15h7v5H4z",
  pause: "M8 5v14M16 5v14",
  play: "M7 4.5v15l12-7.5z",
  reload: "M20 11A8 8 0 1 0 18 17.3M20 5v6h-6",
  search: "M10.5 17a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13zM15.5 15.5 20 20",
  shrink: "M20 10h-6V4M4 14h6v6M14 10l6-6M10 14l-6 6",
  sliders: "M4 7h9M19 7h1M4 17h1M11 17h9M16 4.5v5M8 14.5v5",
  stop: "M6 6h12v12H6z",
  sun:
    "M12 16.5a4.5 4.5 0 1 0 0-9 4.5 4.5 0 0 0 0 9zM12 2v2.5M12 19.5V22M2 12h2.5M19.5 12H22M4.9 4.9l1.8 1.8M17.3 17.3l1.8 1.8M4.9 19.1l1.8-1.8M17.3 6.7l1.8-1.8",
  system: "M3 5h18v11H3zM9 20h6M12 16v4",
  terminal: "M4 6l5 6-5 6M11 19h9",
} as const;

/** The name of an icon. */
export type IconName = keyof typeof paths;

/** An icon. */
export function Icon({ name }: { readonly name: IconName }): VNode {
  return (
    <svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path d={paths[name]} />
    </svg>
  );
}

/** The mark of the page. */
export function Mark(): VNode {
  return (
    <svg class="mark" viewBox="0 0 32 32" aria-hidden="true" focusable="false">
      <path class="mark-near" d="M8 20.5a11.3 11.3 0 0 1 16 0" />
      <path class="mark-far" d="M3.8 15.6a17.3 17.3 0 0 1 24.4 0" />
      <circle cx="16" cy="25" r="2.6" />
    </svg>
  );
}
