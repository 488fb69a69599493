/**
 * Changes that are shown once a frame, however often they happen.
 */

/** Runs tasks before the next frame is drawn. What it keeps is bounded by the number of different tasks. */
export class Frames {
  readonly #request: (draw: () => void) => void;
  readonly #due = new Set<() => void>();

  /** Frames of the browser, or of whatever tells when it is time to draw. */
  constructor(request: (draw: () => void) => void = (draw) => void requestAnimationFrame(draw)) {
    this.#request = request;
  }

  /** Runs the task before the next frame, once, however often it is asked for until then. */
  soon(task: () => void): void {
    this.#due.add(task);
    if (this.#due.size === 1) this.#request(() => this.#run());
  }

  #run(): void {
    const due = [...this.#due];
    this.#due.clear();
    for (const task of due) {
      try {
        task();
      } catch (error) {
        // What fails in one place leaves the others as they are to be.
        reportError(error);
      }
    }
  }
}
