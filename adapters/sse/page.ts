/**
 * A page for browsers, as the device serves it beside its event streams: files that are whole in memory.
 */

/** One file of a page. */
export interface PageFile {
  /**
   * Where it is, relative to where the handler is mounted, without a slash in front: `assets/main-1a2b3c.js`. The file
   * `index.html` is what the mount itself answers with.
   */
  readonly path: string;
  /** What is said of it in `Content-Type`. */
  readonly contentType: string;
  /** What is in it; text goes as UTF-8. */
  readonly body: string | Uint8Array;
  /** The entity tag, quotes included; another one whenever the body is another. */
  readonly etag: string;
}

/** A page: its files, each of which is only reached by its path as it stands here. */
export interface Page {
  /** All of them, in any order. */
  readonly files: ReadonlyArray<PageFile>;
}
