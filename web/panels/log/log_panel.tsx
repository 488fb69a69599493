/**
 * A log's lines.
 */
import type { VNode } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { UndecodableChannel, UndecodableMessage } from "../../decode/errors.ts";
import type { Feed } from "../../feed.ts";
import { Problem, Toggle, Toolbar } from "../chrome.tsx";
import { Problems } from "../problems.ts";
import { meaningOf } from "../schema_names.ts";
import { read, useKept, usePanelWork } from "../use_feed.ts";
import { countText, timeText } from "../words.ts";
import { type Level, type LogFilter, type LogLine, logLine, passes } from "./log_line.ts";
import { LogLines } from "./log_lines.ts";

/** Lines on the screen; those before them are reached by filtering. */
const MAX_SHOWN = 500;
/** How near to its end a log has to be scrolled to be taken along, in pixels. */
const NEAR_END = 24;

const choices: ReadonlyArray<readonly [Level, string]> = [
  ["unknown", "All levels"],
  ["info", "Info +"],
  ["warning", "Warnings +"],
  ["error", "Errors"],
];
const names: Readonly<Record<Level, string>> = {
  unknown: "log",
  debug: "debug",
  info: "info",
  warning: "warn",
  error: "error",
  fatal: "fatal",
};

/** Shows the lines of a log channel, and stays with the newest unless it has been scrolled away from it. */
export function LogPanel({ feed, isPaused }: { feed: Feed; isPaused: boolean }): VNode {
  const lines = useKept(() => new LogLines());
  const problems = useKept(() => new Problems());
  const rows = useKept(() => new WeakMap<LogLine, VNode>());
  const [filter, setFilter] = useState<LogFilter>({ level: "unknown", text: "" });
  const [isFollowing, setFollowing] = useState(true);
  const list = useRef<HTMLDivElement>(null);
  const scrolledTo = useRef(0);
  // What is on the screen; it does not go on while it is paused.
  const [kept, setKept] = useState<ReadonlyArray<LogLine>>([]);
  const { element } = usePanelWork<HTMLDivElement>({ feeds: [feed], isPaused }, () => ({
    onMessage: (message) => {
      const value = read(feed.channel, message);
      if (value instanceof UndecodableChannel || value instanceof UndecodableMessage) return problems.note(value);
      const meaning = meaningOf(feed.channel.schema?.name);
      const line = logLine(meaning, value, { number: lines.next, time: message.logTime });
      if (line === undefined) problems.say("a message has no fields");
      else lines.add(line);
    },
    draw: () => setKept(lines.kept.slice()),
  }));
  useLayoutEffect(() => {
    if (isFollowing && list.current !== null) list.current.scrollTop = list.current.scrollHeight;
  });

  const fitting = kept.filter((line) => passes(line, filter));
  const shown = fitting.slice(-MAX_SHOWN);
  return (
    <div class="view view-log" ref={element}>
      <Toolbar label="Log">
        <select
          aria-label="Level"
          value={filter.level}
          onChange={({ currentTarget }) => {
            const level = choices.find(([one]) => one === currentTarget.value)?.[0] ?? "unknown";
            setFilter({ ...filter, level });
          }}
        >
          {choices.map(([level, name]) => <option key={level} value={level}>{name}</option>)}
        </select>
        <input
          type="search"
          class="view-search"
          aria-label="Lines that contain"
          placeholder="Filter"
          value={filter.text}
          onInput={({ currentTarget }) => setFilter({ ...filter, text: currentTarget.value })}
        />
        <Toggle isOn={isFollowing} onToggle={setFollowing}>Follow</Toggle>
        <button
          type="button"
          class="view-button"
          onClick={() => {
            lines.clear();
            setKept([]);
          }}
        >
          Clear
        </button>
        <span class="view-facts view-log-count">
          <span>
            {fitting.length === shown.length ? "" : `last ${countText(shown.length)} of `}
            {countText(fitting.length)} lines
          </span>
        </span>
      </Toolbar>
      <Problem text={problems.text} count={problems.count} />
      <div
        class="log-lines"
        role="log"
        aria-live="off"
        aria-label={`Log of ${feed.channel.topic}`}
        tabIndex={0}
        ref={list}
        onScroll={({ currentTarget: { scrollTop, scrollHeight, clientHeight } }) => {
          const isNearEnd = scrollHeight - scrollTop - clientHeight < NEAR_END;
          // Many lines at once move the end away from where it was; only somebody who goes back leaves it.
          const hasGoneBack = scrollTop < scrolledTo.current;
          scrolledTo.current = scrollTop;
          if (isNearEnd ? !isFollowing : isFollowing && hasGoneBack) setFollowing(isNearEnd);
        }}
      >
        {shown.length > 0
          ? <ol>{shown.map((line) => rowOf(rows, line))}</ol>
          : <p class="view-empty">{kept.length === 0 ? "No lines yet." : "No line fits the filter."}</p>}
      </div>
    </div>
  );
}

/** A line never changes, so what shows it is made once: nothing of it is looked at again. */
function rowOf(rows: WeakMap<LogLine, VNode>, line: LogLine): VNode {
  let row = rows.get(line);
  if (row === undefined) rows.set(line, row = makeRow(line));
  return row;
}

function makeRow({ number, time, level, name, text, place }: LogLine): VNode {
  return (
    <li key={number} class={`log-line is-${level}`} title={place === "" ? undefined : place}>
      <time>{timeText(time)}</time>
      <span class="log-level">{names[level]}</span>
      <span class="log-name">{name}</span>
      <span class="log-text">{text}</span>
    </li>
  );
}
