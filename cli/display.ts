/**
 * What the command shows while it runs, in one of three forms: a table redrawn in place on a terminal, plain lines
 * elsewhere, and with `--json` nothing but the messages on standard output.
 */
import * as Effect from "effect/Effect";
import type { Output, OutputError } from "./output.ts";
import { plainLines, redraw, tableLines, type TableSize } from "./table.ts";
import type { ChannelTraffic } from "./traffic.ts";

/** The form of what is shown. */
export type DisplayForm = "table" | "lines" | "json";

/** What the command shows. */
export interface Display {
  /** How often to call {@linkcode Display.show}, in ms. */
  readonly interval: number;
  /** Keeps a line, for example a diagnostic, to be shown with the next {@linkcode Display.show}. */
  readonly notice: (line: string) => void;
  /** Shows the traffic as it is now, with lines about everything else below it. */
  readonly show: (
    traffic: ReadonlyArray<ChannelTraffic>,
    elapsed: number,
    below: ReadonlyArray<string>,
  ) => Effect.Effect<void, OutputError>;
  /** Shows only what was kept by {@linkcode Display.notice}. */
  readonly flush: Effect.Effect<void, OutputError>;
  /** Prints messages that are lines already, each with its end. */
  readonly print: (text: string) => Effect.Effect<void, OutputError>;
  /** Shows the traffic for the last time, with what there is to say at the end. */
  readonly end: (
    traffic: ReadonlyArray<ChannelTraffic>,
    lines: ReadonlyArray<string>,
  ) => Effect.Effect<void, OutputError>;
}

/** Lines that are kept from one drawing to the next; further ones are counted. */
const MAX_NOTICES = 100;
/** In plain lines, what stands below the table is printed only every so many times. */
const BELOW_EVERY = 5;
/** The last table is shown whole, and may scroll. */
const WHOLE: TableSize = { columns: Infinity, rows: Infinity };

/** Notices, as many as are worth showing at once. */
class Notices {
  #lines: Array<string> = [];
  #more = 0;

  readonly add = (line: string): void => {
    if (this.#lines.length < MAX_NOTICES) this.#lines.push(line);
    else this.#more += 1;
  };

  take(): ReadonlyArray<string> {
    const lines = this.#more === 0 ? this.#lines : [...this.#lines, `... and ${this.#more} more lines like these`];
    this.#lines = [];
    this.#more = 0;
    return lines;
  }
}

/** Makes a display of the given form. */
export function makeDisplay(form: DisplayForm, output: Output): Display {
  if (form === "table") return tableDisplay(output);
  return form === "lines" ? linesDisplay(output) : jsonDisplay(output);
}

function tableDisplay(output: Output): Display {
  const notices = new Notices();
  let drawn = 0;
  const draw = (traffic: ReadonlyArray<ChannelTraffic>, size: TableSize, below: ReadonlyArray<string>) =>
    Effect.suspend(() => {
      const table = tableLines(traffic, size, below);
      const text = redraw([...notices.take(), ...table], drawn);
      drawn = table.length;
      return output.write(text);
    });
  return {
    interval: 250,
    notice: notices.add,
    show: (traffic, _, below) => Effect.suspend(() => draw(traffic, output.size(), below)),
    flush: Effect.suspend(() => {
      const text = redraw(notices.take(), drawn);
      drawn = 0;
      return output.write(text);
    }),
    print: output.write,
    end: (traffic, lines) => Effect.andThen(draw(traffic, WHOLE, []), writeLines(output, lines)),
  };
}

function linesDisplay(output: Output): Display {
  const notices = new Notices();
  let before: ReadonlyArray<ChannelTraffic> = [];
  let shows = 0;
  return {
    interval: 1000,
    notice: notices.add,
    show: (traffic, elapsed, below) =>
      Effect.suspend(() => {
        const lines = plainLines(traffic, before, elapsed);
        before = traffic;
        shows += 1;
        return writeLines(output, [...notices.take(), ...lines, ...(shows % BELOW_EVERY === 0 ? below : [])]);
      }),
    flush: Effect.suspend(() => writeLines(output, notices.take())),
    print: output.write,
    end: (traffic, lines) =>
      Effect.suspend(() => {
        const table = tableLines(traffic, WHOLE);
        return writeLines(output, [...notices.take(), ...table, ...lines]);
      }),
  };
}

function jsonDisplay(output: Output): Display {
  const notices = new Notices();
  const tell = (lines: ReadonlyArray<string>) => lines.length === 0 ? Effect.void : output.writeError(joined(lines));
  return {
    interval: 250,
    notice: notices.add,
    show: () => Effect.suspend(() => tell(notices.take())),
    flush: Effect.suspend(() => tell(notices.take())),
    print: output.write,
    end: (_, lines) => Effect.suspend(() => tell([...notices.take(), ...lines])),
  };
}

function writeLines(output: Output, lines: ReadonlyArray<string>): Effect.Effect<void, OutputError> {
  return lines.length === 0 ? Effect.void : output.write(joined(lines));
}

function joined(lines: ReadonlyArray<string>): string {
  return lines.map((line) => `${line}\n`).join("");
}
