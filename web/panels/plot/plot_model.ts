/**
 * What a plot shows, and what could be shown.
 */
import type { Message } from "../../../mod.ts";
import { UndecodableChannel, UndecodableMessage } from "../../decode/errors.ts";
import type { Plain } from "../../decode/plain.ts";
import type { Feed } from "../../feed.ts";
import { Problems } from "../problems.ts";
import { read } from "../use_feed.ts";
import { MAX_PATHS, numberAt, numericPaths, type Path, pathText } from "./numeric_paths.ts";
import { MAX_SERIES, Samples } from "./samples.ts";

/** A line of the plot. */
export interface Series {
  readonly path: Path;
  readonly name: string;
  /** The place of its colour. */
  readonly colour: number;
}

/** Lines that a plot begins with. */
const FIRST_SERIES = 3;
/** Numbers that nobody reads from a plot. */
const DULL = /orientation|covariance|\b(seq|w)$/i;
/** Messages between two looks at which fields there are. */
const LOOK_EVERY = 50;
/** Log times of before 1970-02, in s, are of no clock. */
const FIRST_CLOCK_S = 360_000_000;

/** The state of a plot. */
export class PlotModel {
  readonly problems: Problems = new Problems();
  readonly #samples = new Samples();
  readonly #offered = new Map<string, Path>();
  #series: ReadonlyArray<Series> = [];
  #messages = 0;

  /** The lines. */
  get series(): ReadonlyArray<Series> {
    return this.#series;
  }

  /** The numbers of the lines. */
  get samples(): Samples {
    return this.#samples;
  }

  /** The fields that can be plotted, in the messages' order. */
  get offered(): Iterable<string> {
    return this.#offered.keys();
  }

  /** Whether times are of a clock. */
  get isClock(): boolean {
    return !(this.#samples.lastTime < FIRST_CLOCK_S);
  }

  /** Takes a message's numbers. */
  add(feed: Feed, message: Message): void {
    const value = read(feed.channel, message);
    if (value instanceof UndecodableChannel || value instanceof UndecodableMessage) return this.problems.note(value);
    if (this.#messages % LOOK_EVERY === 0) {
      for (const path of numericPaths(value)) {
        if (this.#offered.size < MAX_PATHS) this.#offered.set(pathText(path), path);
      }
    }
    if (this.#messages === 0) { for (const name of firstFields(this.#offered, value)) this.choose(name); }
    this.#messages += 1;
    this.#samples.add(Number(message.logTime) / 1e9, (index) => numberAt(value, this.#series[index]!.path));
  }

  /** Adds a line. `false`: there is no such field, or it is there already, or no more lines fit. */
  choose(name: string): boolean {
    const path = this.#offered.get(name);
    const isThere = this.#series.some((series) => series.name === name);
    if (path === undefined || isThere || this.#series.length >= MAX_SERIES) return false;
    const taken = new Set(this.#series.map(({ colour }) => colour));
    const colour = Array.from({ length: MAX_SERIES }, (_, index) => index).find((index) => !taken.has(index)) ?? 0;
    this.#series = [...this.#series, { path, name, colour }];
    this.#samples.addSeries();
    return true;
  }

  /** Takes a line away. */
  remove(name: string): void {
    const index = this.#series.findIndex((series) => series.name === name);
    if (index < 0) return;
    this.#series = this.#series.toSpliced(index, 1);
    this.#samples.removeSeries(index);
  }
}

/** What a plot begins with: numbers that are not zero, and that mean something by themselves, if there are any. */
function firstFields(offered: ReadonlyMap<string, Path>, value: Plain): ReadonlyArray<string> {
  const names = [...offered.keys()];
  const telling = names.filter((name) => !DULL.test(name) && numberAt(value, offered.get(name)!) !== 0);
  return [...telling, ...names.filter((name) => !telling.includes(name))].slice(0, FIRST_SERIES);
}
