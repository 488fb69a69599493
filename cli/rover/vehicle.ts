/**
 * How the rover moves when somebody drives it: speeds that follow what was asked for, as fast as the motors can, and walls
 * that it does not drive through. Metres, seconds, radians.
 */
import type { Motion } from "./drive.ts";
import { clearance, ROOM } from "./room.ts";

/** What the rover is to do. */
export interface Velocity {
  /** Along the heading, in m/s; negative: backwards. */
  readonly linear: number;
  /** To the left, in rad/s. */
  readonly angular: number;
}

/** Standing still. */
export const STILL: Velocity = { linear: 0, angular: 0 };
/** The fastest turn on the spot, in rad/s. */
export const MAX_TURN_RATE = 2;
/** How near its middle may come to a wall. */
export const RADIUS = 0.25;

const ACCELERATION = 1;
const BRAKING = 2;
const TURN_ACCELERATION = 6;

/** The motion after a step of so many seconds, in which the rover does what it can to move as it is told to. */
export function stepTowards(motion: Motion, wanted: Velocity, maxSpeed: number, seconds: number): Motion {
  const linear = within(wanted.linear, maxSpeed);
  const isBraking = Math.abs(linear) < Math.abs(motion.speed) || linear * motion.speed < 0;
  const speed = approach(motion.speed, linear, (isBraking ? BRAKING : ACCELERATION) * seconds);
  const turnRate = approach(motion.turnRate, within(wanted.angular, MAX_TURN_RATE), TURN_ACCELERATION * seconds);
  const turn = ((motion.turnRate + turnRate) / 2) * seconds;
  const distance = ((motion.speed + speed) / 2) * seconds;
  const along = motion.heading + turn / 2;
  const next = { x: motion.x + distance * Math.cos(along), y: motion.y + distance * Math.sin(along) };
  const room = clearance(ROOM, next);
  // Away from a wall it may always go.
  const isBlocked = room < RADIUS && room < clearance(ROOM, motion);
  const reached = isBlocked ? 0 : speed;
  return {
    x: isBlocked ? motion.x : next.x,
    y: isBlocked ? motion.y : next.y,
    heading: wrap(motion.heading + turn),
    speed: reached,
    turnRate,
    acceleration: (reached - motion.speed) / seconds,
    leftAcceleration: reached * turnRate,
  };
}

/** Whether a motion is none. */
export function isStill({ speed, turnRate }: Motion): boolean {
  return speed === 0 && turnRate === 0;
}

function within(value: number, limit: number): number {
  return Math.min(limit, Math.max(-limit, value));
}

function approach(value: number, target: number, step: number): number {
  return value < target ? Math.min(target, value + step) : Math.max(target, value - step);
}

function wrap(angle: number): number {
  if (angle > Math.PI) return angle - 2 * Math.PI;
  return angle < -Math.PI ? angle + 2 * Math.PI : angle;
}
