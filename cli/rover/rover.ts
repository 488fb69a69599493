/**
 * The simulated rover: an autopilot until somebody drives it. What it does follows from its seed, its ticks and the
 * commands that came between them, and from nothing else.
 */
import { LAP_SECONDS, type Motion, motionAt } from "./drive.ts";
import { isStill, stepTowards, STILL, type Velocity } from "./vehicle.ts";

/** What moves the rover: its autopilot, a viewer, or nothing, while it still rolls or when it stands. */
export type RoverMode = "autopilot" | "driven" | "stopping" | "stopped";

/** What can be set of a rover. */
export interface RoverSettings {
  /** What it is called. */
  name: string;
  /** As fast as it may go, on autopilot too, in m/s. */
  maxSpeed: number;
  /** The standard deviation of what its lidar measures, in m. */
  lidarNoise: number;
}

/** A line for the rover's log. */
export interface RoverLine {
  readonly level: "info" | "warning";
  /** The part of the rover that says it. */
  readonly node: string;
  readonly message: string;
}

/** The rover's ticks in a second. */
export const TICKS_PER_SECOND = 50;
/** What a rover is set to at first. */
export const ROVER_SETTINGS: Readonly<RoverSettings> = { name: "rover", maxSpeed: 1, lidarNoise: 0.01 };

/** Lines that wait for the next tick; further ones are left out. */
const MAX_LINES = 16;

/** The rover's state. */
export class Rover {
  /** What can be set; takes effect with the next tick. */
  readonly settings: RoverSettings;
  #ticks = 0;
  /** How far it is on its figure of eight, in ticks at full speed. */
  #progress = 0;
  #motion: Motion = motionAt(0);
  #mode: RoverMode = "autopilot";
  #wanted: Velocity = STILL;
  #driver: string | undefined;
  #complainedAt = -Infinity;
  #lines: Array<RoverLine> = [];
  readonly #listeners = new Set<(mode: RoverMode) => void>();

  constructor(settings: Partial<RoverSettings> = {}) {
    this.settings = { ...ROVER_SETTINGS, ...settings };
    this.#say("info", "rover", `${this.settings.name} is ready; driving figures of eight`);
  }

  /** Ticks since the start; a reset does not set them back. */
  get ticks(): number {
    return this.#ticks;
  }

  /** Where it is and how it moves. */
  get motion(): Motion {
    return this.#motion;
  }

  /** What moves it. */
  get mode(): RoverMode {
    return this.#mode;
  }

  /** Who drives it; `undefined` while nobody does. */
  get driver(): string | undefined {
    return this.#driver;
  }

  /** Calls back when something else begins to move the rover. The result stops it. */
  onMode(listener: (mode: RoverMode) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** One tick goes by. */
  step(): void {
    this.#ticks += 1;
    if (this.#mode === "autopilot") return this.#followFigure();
    const before = this.#motion;
    this.#motion = stepTowards(before, this.#wanted, this.settings.maxSpeed, 1 / TICKS_PER_SECOND);
    const isBlocked = this.#motion.speed === 0 && Math.abs(before.speed) > 0.1;
    if (isBlocked) this.#say("warning", "drive", "stopped by an obstacle");
    if (this.#mode !== "stopping" || !isStill(this.#motion)) return;
    this.#say("info", "drive", "standing still");
    this.#setMode("stopped");
  }

  /** Somebody wants it to move like this: whoever has commanded last is the driver. */
  command(driver: string, velocity: Velocity): void {
    this.#wanted = velocity;
    if (this.#driver !== driver) this.#say("info", "drive", `driven by ${driver}`);
    this.#driver = driver;
    this.#setMode("driven");
  }

  /** A driver has no more commands, for whatever reason: the rover stops, unless somebody else drives it by now. */
  release(driver: string, why: string): void {
    if (this.#driver !== driver) return;
    this.#driver = undefined;
    this.#wanted = STILL;
    this.#say("warning", "drive", `${why}: stopping`);
    this.#setMode("stopping");
  }

  /** Puts it back to the start, on autopilot. */
  reset(): void {
    this.#driver = undefined;
    this.#wanted = STILL;
    this.#progress = 0;
    this.#motion = motionAt(0);
    this.#say("info", "rover", "back at the start; driving figures of eight");
    this.#setMode("autopilot");
  }

  /** Something has come that it can do nothing with: said once a second at most. */
  complain(message: string): void {
    if (this.#ticks - this.#complainedAt < TICKS_PER_SECOND) return;
    this.#complainedAt = this.#ticks;
    this.#say("warning", "drive", message);
  }

  /** What there was to say since this was called last. */
  takeLines(): ReadonlyArray<RoverLine> {
    const lines = this.#lines;
    this.#lines = [];
    return lines;
  }

  /** No faster than it may go: then it takes longer for the figure. */
  #followFigure(): void {
    const free = motionAt(this.#progress / TICKS_PER_SECOND);
    const lapsBefore = this.#laps;
    this.#progress += Math.min(1, this.settings.maxSpeed / free.speed);
    const motion = motionAt(this.#progress / TICKS_PER_SECOND);
    const share = Math.min(1, this.settings.maxSpeed / motion.speed);
    this.#motion = share === 1 ? motion : {
      ...motion,
      speed: motion.speed * share,
      turnRate: motion.turnRate * share,
      acceleration: 0,
      leftAcceleration: motion.leftAcceleration * share * share,
    };
    if (this.#laps > lapsBefore) this.#say("info", "navigation", `lap ${this.#laps} done`);
  }

  get #laps(): number {
    return Math.floor(this.#progress / TICKS_PER_SECOND / LAP_SECONDS);
  }

  #say(level: RoverLine["level"], node: string, message: string): void {
    if (this.#lines.length < MAX_LINES) this.#lines.push({ level, node, message });
  }

  #setMode(mode: RoverMode): void {
    if (this.#mode === mode) return;
    this.#mode = mode;
    for (const listener of [...this.#listeners]) listener(mode);
  }
}
