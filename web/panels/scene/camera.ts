/**
 * Which part of the floor is on the screen. x is to the right and y up, as on a map.
 */

/** A place on the floor or on the screen. */
export interface Place {
  readonly x: number;
  readonly y: number;
}

/** A rectangle on the floor. */
export interface Extent {
  readonly left: number;
  readonly right: number;
  readonly bottom: number;
  readonly top: number;
}

const LEAST_SCALE = 0.05;
const MOST_SCALE = 5_000;
/** What is fitted into the view is not put closer together than this, in m. */
const LEAST_SPAN = 2;

/** The view: what is in its middle, and how large. */
export class Camera {
  /** The floor in the middle of the view. */
  centre: Place = { x: 0, y: 0 };
  /** Pixels to the metre. */
  scale = 40;
  /** The view's size in pixels. */
  width = 1;
  height = 1;

  /** Where a place on the floor is on the screen. */
  toScreen(x: number, y: number): readonly [number, number] {
    return [
      this.width / 2 + (x - this.centre.x) * this.scale,
      this.height / 2 - (y - this.centre.y) * this.scale,
    ];
  }

  /** The floor at a place on the screen. */
  toFloor(x: number, y: number): Place {
    return {
      x: this.centre.x + (x - this.width / 2) / this.scale,
      y: this.centre.y - (y - this.height / 2) / this.scale,
    };
  }

  /** The floor that is on the screen. */
  get extent(): Extent {
    const [halfWidth, halfHeight] = [this.width / 2 / this.scale, this.height / 2 / this.scale];
    const { x, y } = this.centre;
    return { left: x - halfWidth, right: x + halfWidth, bottom: y - halfHeight, top: y + halfHeight };
  }

  /** Moves what is seen by pixels. */
  pan(dx: number, dy: number): void {
    this.centre = { x: this.centre.x - dx / this.scale, y: this.centre.y + dy / this.scale };
  }

  /** Makes everything larger by a factor; a place on the screen, its middle unless another is given, stays. */
  zoom(factor: number, x: number = this.width / 2, y: number = this.height / 2): void {
    const before = this.toFloor(x, y);
    this.scale = Math.min(MOST_SCALE, Math.max(LEAST_SCALE, this.scale * factor));
    const after = this.toFloor(x, y);
    this.centre = { x: this.centre.x + before.x - after.x, y: this.centre.y + before.y - after.y };
  }

  /** Shows all of a rectangle, with some room around it. */
  fit({ left, right, bottom, top }: Extent): void {
    this.centre = { x: (left + right) / 2, y: (bottom + top) / 2 };
    const [across, along] = [Math.max(LEAST_SPAN, right - left), Math.max(LEAST_SPAN, top - bottom)];
    const scale = Math.min(this.width / across, this.height / along) * 0.88;
    this.scale = Math.min(MOST_SCALE, Math.max(LEAST_SCALE, scale));
  }

  /** Whether all of a rectangle is on the screen. */
  shows({ left, right, bottom, top }: Extent): boolean {
    const view = this.extent;
    return left >= view.left && right <= view.right && bottom >= view.bottom && top <= view.top;
  }
}

/** The distance of a grid's lines, in m: 1, 2 or 5 times a power of ten, no less than so many pixels apart. */
export function gridStep(scale: number, leastPixels: number): number {
  const least = leastPixels / scale;
  const power = 10 ** Math.floor(Math.log10(least));
  const factor = [1, 2, 5, 10].find((one) => one * power >= least * (1 - 1e-9)) ?? 10;
  return factor * power;
}

/** A length as people say it: `5 m`, `20 cm`. */
export function lengthText(metres: number): string {
  if (metres >= 1_000) return `${metres / 1_000} km`;
  if (metres >= 1) return `${metres} m`;
  return metres >= 0.01 ? `${Math.round(metres * 100)} cm` : `${Math.round(metres * 1_000)} mm`;
}
