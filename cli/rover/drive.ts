/**
 * Where the rover is at any time: it drives a figure of eight through the room, over and over.
 */
import type { Point } from "./room.ts";

/** The rover's motion at one time. Metres, seconds, radians; heading 0 is along x. */
export interface Motion extends Point {
  readonly heading: number;
  /** Along the heading. */
  readonly speed: number;
  readonly turnRate: number;
  /** Along the heading. */
  readonly acceleration: number;
  /** To the left of the heading. */
  readonly leftAcceleration: number;
}

/** How long one figure of eight takes, in seconds. */
export const LAP_SECONDS = 40;

const HALF_WIDTH = 3.4;
const HALF_DEPTH = 1.9;
const RATE = (2 * Math.PI) / LAP_SECONDS;

/** The motion at a time in seconds since the start. */
export function motionAt(seconds: number): Motion {
  const phase = RATE * (seconds % LAP_SECONDS);
  const velocityX = HALF_WIDTH * RATE * Math.cos(phase);
  const velocityY = 2 * HALF_DEPTH * RATE * Math.cos(2 * phase);
  const accelerationX = -HALF_WIDTH * RATE * RATE * Math.sin(phase);
  const accelerationY = -4 * HALF_DEPTH * RATE * RATE * Math.sin(2 * phase);
  const speed = Math.hypot(velocityX, velocityY);
  const leftAcceleration = (velocityX * accelerationY - velocityY * accelerationX) / speed;
  return {
    x: HALF_WIDTH * Math.sin(phase),
    y: HALF_DEPTH * Math.sin(2 * phase),
    heading: Math.atan2(velocityY, velocityX),
    speed,
    turnRate: leftAcceleration / speed,
    acceleration: (velocityX * accelerationX + velocityY * accelerationY) / speed,
    leftAcceleration,
  };
}
