/**
 * The room that the rover drives in, and what a beam of light meets in it. Lengths in metres, angles in radians.
 */

/** A place on the floor. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

/** A straight piece of wall. */
export interface Wall {
  readonly from: Point;
  readonly to: Point;
}

/** The walls of a rectangle. */
function rectangle(x: number, y: number, width: number, depth: number): ReadonlyArray<Wall> {
  const corners = [{ x, y }, { x: x + width, y }, { x: x + width, y: y + depth }, { x, y: y + depth }];
  return corners.map((from, index) => ({ from, to: corners[(index + 1) % corners.length]! }));
}

/** A lab of 10 by 7 metres around the origin, with a bench, two cabinets and a pillar. */
export const ROOM: ReadonlyArray<Wall> = [
  ...rectangle(-5, -3.5, 10, 7),
  ...rectangle(-1, 2.7, 2, 0.8),
  ...rectangle(-5, -0.5, 0.6, 1.4),
  ...rectangle(-1.9, -3.5, 0.9, 1.2),
  ...rectangle(4.1, -0.7, 0.4, 0.4),
];

/**
 * How far a beam goes from a place in a direction before it meets a wall; `range` when it meets none within it.
 */
export function castRay(walls: ReadonlyArray<Wall>, origin: Point, angle: number, range: number): number {
  const dx = Math.cos(angle);
  const dy = Math.sin(angle);
  let nearest = range;
  for (const { from, to } of walls) {
    const wallX = to.x - from.x;
    const wallY = to.y - from.y;
    const across = dx * wallY - dy * wallX;
    if (across === 0) continue;
    const offsetX = from.x - origin.x;
    const offsetY = from.y - origin.y;
    const distance = (offsetX * wallY - offsetY * wallX) / across;
    const along = (offsetX * dy - offsetY * dx) / across;
    if (distance >= 0 && distance < nearest && along >= 0 && along <= 1) nearest = distance;
  }
  return nearest;
}

/** How far the nearest wall is from a place. */
export function clearance(walls: ReadonlyArray<Wall>, { x, y }: Point): number {
  let nearest = Infinity;
  for (const { from, to } of walls) {
    const wallX = to.x - from.x;
    const wallY = to.y - from.y;
    const along = ((x - from.x) * wallX + (y - from.y) * wallY) / (wallX * wallX + wallY * wallY);
    const share = Math.min(1, Math.max(0, along));
    nearest = Math.min(nearest, Math.hypot(from.x + share * wallX - x, from.y + share * wallY - y));
  }
  return nearest;
}
