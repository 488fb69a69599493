/**
 * What a run is held to, and what it has done otherwise.
 */

/** What has happened and should not have. Programs go on after one: the first is what counts. */
export class Violations {
  /** One line each, in the order in which they were seen. */
  readonly list: Array<string> = [];

  /** Something holds, or is noted. */
  check(holds: boolean, what: () => string): void {
    if (!holds) this.list.push(what());
  }
}
