/** What tests ask of a page, and what it tells; plain data, since it goes from one process to another. */

/** Whom to visit. */
export interface Visit {
  readonly url: string;
  readonly token: string;
}

/** What the page has seen of the device of the tests. */
export interface Seen {
  /** The name of the device. */
  readonly device: string;
  /** Messages of the reliable channel, in order. */
  readonly reliable: ReadonlyArray<string>;
  /** Messages of the lossy channel. */
  readonly lossy: ReadonlyArray<string>;
  /** The answer to a call of /add. */
  readonly sum: string;
}

/** How many messages of each channel a page waits for. */
export const MESSAGES = 20;
