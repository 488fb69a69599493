/**
 * Numbers of a channel's messages over time.
 */
import type { VNode } from "preact";
import { useEffect, useId, useRef, useState } from "preact/hooks";
import type { Feed } from "../../feed.ts";
import { Problem, Toolbar } from "../chrome.tsx";
import { onThemeChange } from "../theme_colour.ts";
import { useKept, usePanelWork, useRedraw } from "../use_feed.ts";
import { numberText } from "../words.ts";
import { Chart, colours } from "./chart.ts";
import { PlotModel, type Series } from "./plot_model.ts";
import { MAX_SERIES } from "./samples.ts";

/** Lengths of the time that is shown, in s. */
const windows: ReadonlyArray<readonly [number, string]> = [
  [5, "5 s"],
  [10, "10 s"],
  [30, "30 s"],
  [60, "1 min"],
  [300, "5 min"],
];
/** How often the numbers beside the fields are written anew, in ms: more often nobody can read them. */
const LEGEND_MS = 200;

/** Plots fields of a channel. */
export function PlotPanel({ feed, isPaused }: { feed: Feed; isPaused: boolean }): VNode {
  const model = useKept(() => new PlotModel());
  const [seconds, setSeconds] = useState(10);
  const [hovered, setHovered] = useState<ReadonlyArray<number | null>>();
  const place = useRef<HTMLDivElement>(null);
  const chart = useRef<Chart>(undefined);
  const view = useKept(() => ({ to: NaN, seconds: 10, isPaused: false, writtenAt: -Infinity }));
  view.seconds = seconds;
  view.isPaused = isPaused;
  const redraw = useRedraw();

  const { element, ask } = usePanelWork<HTMLDivElement>({ feeds: [feed], isPaused }, () => ({
    onMessage: (message) => {
      const before = model.series.length;
      model.add(feed, message);
      // The lines that it begins with, and their chart, are there from the first message.
      if (model.series.length !== before) redraw();
    },
    draw: (now) => {
      drawChart(chart.current, model, view);
      if (now - view.writtenAt < LEGEND_MS) return;
      view.writtenAt = now;
      redraw();
    },
  }));

  const { isClock } = model;
  const key = `${isClock} ${model.series.map(({ name }) => name).join("\n")}`;
  useEffect(() => {
    if (place.current === null) return;
    const lines = model.series.map(({ colour }) => colours[colour]!);
    const made = new Chart(place.current, { colours: lines, isClock, onHover: setHovered });
    chart.current = made;
    drawChart(made, model, view);
    return () => {
      chart.current = undefined;
      made.close();
    };
  }, [key]);
  useEffect(() => ask(true), [seconds]);
  useEffect(() => onThemeChange(() => ask(true)), []);

  return (
    <div class="view view-plot" ref={element}>
      <Toolbar label="Plot">
        <select
          aria-label="Time shown"
          value={seconds}
          onChange={({ currentTarget }) => setSeconds(Number(currentTarget.value))}
        >
          {windows.map(([length, name]) => <option key={length} value={length}>{name}</option>)}
        </select>
        <FieldChoice model={model} onChoice={redraw} />
      </Toolbar>
      <Problem text={model.problems.text} count={model.problems.count} />
      <Legend model={model} hovered={hovered} onRemove={redraw} />
      <div class="plot-place" ref={place} role="img" aria-label={inWords(model.series, model, seconds)} />
    </div>
  );
}

function drawChart(
  chart: Chart | undefined,
  { samples }: PlotModel,
  view: { to: number; readonly seconds: number; readonly isPaused: boolean },
): void {
  if (!view.isPaused || Number.isNaN(view.to)) view.to = samples.lastTime;
  if (chart === undefined || Number.isNaN(view.to)) return;
  const from = view.to - view.seconds;
  // One point in two pixels is more than can be told apart.
  chart.draw(samples.drawn(from, view.to, 400), from, view.to);
}

/** The fields to choose from, by typing a part of their names. */
function FieldChoice({ model, onChoice }: { model: PlotModel; onChoice: () => void }): VNode {
  const id = useId();
  const [text, setText] = useState("");
  const offered = [...model.offered].filter((name) => !model.series.some((series) => series.name === name));
  const isFull = model.series.length >= MAX_SERIES;
  const choose = (name: string): void => {
    if (!model.choose(name)) return setText(name);
    setText("");
    onChoice();
  };
  return (
    <>
      <input
        class="view-search"
        list={id}
        aria-label="Add a field"
        placeholder={isFull ? `${MAX_SERIES} fields at most` : "Add a field…"}
        disabled={isFull}
        value={text}
        onInput={(event) => isPicked(event) ? choose(event.currentTarget.value) : setText(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key !== "Enter") return;
          const wanted = text.trim().toLowerCase();
          const found = offered.find((name) => name.toLowerCase() === wanted) ??
            offered.find((name) => name.toLowerCase().includes(wanted));
          if (wanted !== "" && found !== undefined) choose(found);
        }}
      />
      <datalist id={id}>{offered.map((name) => <option key={name} value={name} />)}</datalist>
    </>
  );
}

/** Whether a name was picked from the list, and not typed: that is an input as well. */
function isPicked(event: Event): boolean {
  return !(event instanceof InputEvent) || event.inputType === "insertReplacementText" || event.inputType === "";
}

interface LegendProps {
  model: PlotModel;
  hovered: ReadonlyArray<number | null> | undefined;
  onRemove: () => void;
}

function Legend({ model, hovered, onRemove }: LegendProps): VNode {
  if (model.series.length === 0) return <p class="view-empty">No field is chosen.</p>;
  return (
    <ul class="plot-legend" aria-label="Fields">
      {model.series.map(({ name, colour }, index) => (
        <li key={name}>
          <span class="plot-swatch" style={{ backgroundColor: colours[colour]! }} aria-hidden="true" />
          <span class="plot-name">{name}</span>
          <span class="plot-value">
            {valueText(hovered === undefined ? model.samples.last(index) : hovered[index])}
          </span>
          <button
            type="button"
            class="plot-remove"
            aria-label={`Remove ${name}`}
            onClick={() => {
              model.remove(name);
              onRemove();
            }}
          >
            ×
          </button>
        </li>
      ))}
    </ul>
  );
}

function valueText(value: number | null | undefined): string {
  return value === null || value === undefined || Number.isNaN(value) ? "–" : numberText(value);
}

function inWords(series: ReadonlyArray<Series>, { samples }: PlotModel, seconds: number): string {
  if (series.length === 0) return "A plot without fields";
  const latest = series.map(({ name }, index) => `${name} ${valueText(samples.last(index))}`).join(", ");
  return `The last ${seconds} seconds; latest: ${latest}`;
}
