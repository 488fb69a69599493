/**
 * A chart of lines over time.
 */
import uPlot from "uplot";
import { themeColour } from "../theme_colour.ts";
import { timeText } from "../words.ts";
import type { Drawn } from "./samples.ts";

/** Colours of lines, for light and for dark. */
export const colours = [
  "#3b82f6",
  "#f97316",
  "#10b981",
  "#e11d48",
  "#8b5cf6",
  "#0891b2",
  "#ca8a04",
  "#db2777",
] as const;

/** What a chart shows. */
export interface ChartOptions {
  /** The lines' colours. */
  readonly colours: ReadonlyArray<string>;
  /** Whether times are of a clock; else they are seconds since some start. */
  readonly isClock: boolean;
  /** The pointer is over a time, with the lines' numbers there; or over none any more. */
  readonly onHover: (numbers: ReadonlyArray<number | null> | undefined) => void;
}

/** A chart in an element, as large as that is. */
export class Chart {
  readonly #plot: uPlot;
  readonly #observer: ResizeObserver;
  #window: readonly [number, number] = [0, 1];

  constructor(element: HTMLElement, options: ChartOptions) {
    const muted = (): string => themeColour(element, "--muted");
    const line = (): string => themeColour(element, "--line");
    const axis: uPlot.Axis = { stroke: muted, grid: { stroke: line, width: 1 }, ticks: { stroke: line, width: 1 } };
    this.#plot = new uPlot(
      {
        ...sizeOf(element),
        legend: { show: false },
        cursor: { y: false, drag: { x: false, y: false }, points: { size: 6 } },
        scales: { x: { time: options.isClock, range: () => [...this.#window] }, y: { range: spacious } },
        axes: [{ ...axis, size: 32, space: 80, values: timeLabels(options.isClock) }, { ...axis, size: 52 }],
        series: [{}, ...options.colours.map((stroke) => ({ stroke, width: 1.5, points: { show: false } }))],
        hooks: { setCursor: [(plot) => options.onHover(numbersUnder(plot))] },
      },
      undefined,
      element,
    );
    this.#observer = new ResizeObserver(() => this.#plot.setSize(sizeOf(element)));
    this.#observer.observe(element);
  }

  /** Draws lines from a time to another. Nothing where there are not as many as it was made for: another chart will. */
  draw(drawn: Drawn, from: number, to: number): void {
    if (drawn.length !== this.#plot.series.length) return;
    this.#window = [from, to];
    const [times = [], ...lines] = drawn;
    this.#plot.setData([times.map(Number), ...lines.map((line) => [...line])]);
  }

  /** Lets go of the element. */
  close(): void {
    this.#observer.disconnect();
    this.#plot.destroy();
  }
}

function sizeOf(element: HTMLElement): { width: number; height: number } {
  return { width: Math.max(80, element.clientWidth), height: Math.max(80, element.clientHeight) };
}

/** Times of day, or seconds; with a fraction where lines of the grid are nearer than a second. */
function timeLabels(isClock: boolean): (plot: uPlot, splits: ReadonlyArray<number>) => Array<string> {
  return (_plot, splits) => {
    const isFine = splits.length > 1 && splits[1]! - splits[0]! < 1;
    return splits.map((seconds) => {
      if (!isClock) return `${Number(seconds.toFixed(3))} s`;
      const text = timeText(BigInt(Math.round(seconds * 1_000)) * 1_000_000n);
      return isFine ? text.slice(0, -2) : text.slice(0, -4);
    });
  };
}

/** Room above and below, also where all numbers are the same. */
function spacious(_plot: uPlot, least: number | null, most: number | null): [number, number] {
  if (least === null || most === null || !Number.isFinite(least) || !Number.isFinite(most)) return [-1, 1];
  const room = most > least ? (most - least) * 0.08 : Math.abs(most) * 0.1 || 1;
  return [least - room, most + room];
}

function numbersUnder({ cursor: { idx }, data }: uPlot): ReadonlyArray<number | null> | undefined {
  if (idx === null || idx === undefined) return undefined;
  return data.slice(1).map((line) => line[idx] ?? null);
}
