/**
 * When a panel draws: once per animation frame at most, and never while nobody can see it.
 */

/** Draws what has been asked for, when the browser draws and the element can be seen. */
export class Frames {
  readonly #draw: (now: number) => void;
  readonly #observer: IntersectionObserver | undefined;
  #isVisible = true;
  #isAsked = false;
  #frame: number | undefined;
  #isClosed = false;

  /** `element`: what is drawn; while it is out of sight nothing is. */
  constructor(element: Element | undefined | null, draw: (now: number) => void) {
    this.#draw = draw;
    if (element === undefined || element === null) return;
    this.#observer = new IntersectionObserver((entries) => {
      this.#isVisible = entries.at(-1)?.isIntersecting ?? true;
      this.#schedule();
    });
    this.#observer.observe(element);
  }

  /** There is something new to draw. Asking again before it is drawn changes nothing. */
  ask(): void {
    this.#isAsked = true;
    this.#schedule();
  }

  /** Draws nothing any more. */
  close(): void {
    this.#isClosed = true;
    this.#observer?.disconnect();
    if (this.#frame !== undefined) cancelAnimationFrame(this.#frame);
  }

  #schedule(): void {
    if (!this.#isAsked || !this.#isVisible || this.#isClosed || this.#frame !== undefined) return;
    // A browser calls back for no frames of a page that is hidden.
    this.#frame = requestAnimationFrame((now) => {
      this.#frame = undefined;
      this.#isAsked = false;
      this.#draw(now);
    });
  }
}
