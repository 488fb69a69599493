/**
 * Reads a stream of server-sent events (the WHATWG's "event stream" format), with a bound.
 */

/** One event. */
export interface ServerEvent {
  /** Its name; `message` where it has none. */
  readonly event: string;
  /** Its data. */
  readonly data: string;
  /** Its own id; `undefined` where it has none. (A browser's EventSource would tell the one before.) */
  readonly id: string | undefined;
}

/** What a parser tells of. */
export interface EventParserOptions {
  /** The most characters of an event. */
  readonly maxChars: number;
  /** An event has come. */
  readonly onEvent: (event: ServerEvent) => void;
  /** The server asks for another pause before an attempt to resume, in ms. */
  readonly onRetry: (ms: number) => void;
}

/** The parser of one connection. */
export class EventParser {
  readonly #options: EventParserOptions;
  readonly #decoder: TextDecoder = new TextDecoder();
  /** The parts of a line that has not ended yet. */
  #line: Array<string> = [];
  #lineChars = 0;
  /** The last character was a carriage return: a line feed right behind it belongs to it. */
  #afterReturn = false;
  #event = "";
  #id: string | undefined;
  #data: Array<string> = [];
  #dataChars = 0;

  constructor(options: EventParserOptions) {
    this.#options = options;
  }

  /** Takes the next bytes. `false`: an event is larger than the bound; nothing more is to be fed. */
  feed(bytes: Uint8Array): boolean {
    const text = this.#decoder.decode(bytes, { stream: true });
    let from = 0;
    while (from < text.length) {
      if (this.#afterReturn) {
        this.#afterReturn = false;
        if (text.charCodeAt(from) === 0x0a) {
          from += 1;
          continue;
        }
      }
      const end = lineEnd(text, from);
      this.#line.push(text.slice(from, end));
      this.#lineChars += end - from;
      if (this.#lineChars + this.#dataChars > this.#options.maxChars) return false;
      if (end === text.length) return true;
      this.#afterReturn = text.charCodeAt(end) === 0x0d;
      from = end + 1;
      const line = this.#line.length === 1 ? this.#line[0]! : this.#line.join("");
      this.#line = [];
      this.#lineChars = 0;
      this.#take(line);
    }
    return true;
  }

  #take(line: string): void {
    if (line === "") return this.#dispatch();
    const colon = line.indexOf(":");
    if (colon === 0) return;
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(line.charCodeAt(colon + 1) === 0x20 ? colon + 2 : colon + 1);
    if (field === "data") {
      this.#data.push(value);
      this.#dataChars += value.length + 1;
    } else if (field === "event") {
      this.#event = value;
    } else if (field === "id") {
      if (!value.includes("\0")) this.#id = value;
    } else if (field === "retry" && /^[0-9]{1,9}$/.test(value)) {
      this.#options.onRetry(Number(value));
    }
  }

  #dispatch(): void {
    const event = { event: this.#event || "message", data: this.#data.join("\n"), id: this.#id };
    const isWhole = this.#data.length > 0;
    this.#event = "";
    this.#id = undefined;
    this.#data = [];
    this.#dataChars = 0;
    if (isWhole) this.#options.onEvent(event);
  }
}

/** Where the line ends: at a line feed, a carriage return, or where the text does. */
function lineEnd(text: string, from: number): number {
  const feed = text.indexOf("\n", from);
  const end = feed < 0 ? text.length : feed;
  const carriage = text.slice(from, end).indexOf("\r");
  return carriage < 0 ? end : from + carriage;
}
