/**
 * What can be set of the rover, as parameters.
 */
import { type ParameterDeclaration, ParameterStore, type ParameterValue } from "../../mod.ts";
import type { Rover } from "./rover.ts";

/** The names of the rover's parameters. */
export const roverParameterNames = {
  name: "/rover/name",
  maxSpeed: "/rover/max_speed",
  lidarNoise: "/rover/lidar/noise",
  mode: "/rover/mode",
} as const;

const LONGEST_NAME = 64;
const SPEEDS = { from: 0.05, to: 2 } as const;
const NOISES = { from: 0, to: 0.2 } as const;

/** Parameters that take effect on the rover as they are set. */
export function roverParameters(rover: Rover): ParameterStore {
  const { settings } = rover;
  const names = roverParameterNames;
  const store = new ParameterStore({
    parameters: [
      { name: names.name, value: settings.name, type: "string", validate: isName },
      float(names.maxSpeed, settings.maxSpeed, SPEEDS, "m/s"),
      float(names.lidarNoise, settings.lidarNoise, NOISES, "m"),
      { name: names.mode, value: rover.mode, type: "string", readOnly: true },
    ],
  });
  store.onChange(({ name, parameter: { value } }) => {
    if (name === names.name && typeof value === "string") settings.name = value;
    else if (name === names.maxSpeed && typeof value === "number") settings.maxSpeed = value;
    else if (name === names.lidarNoise && typeof value === "number") settings.lidarNoise = value;
  });
  // Refused only where a great many sets are under way; the next change makes up for it.
  rover.onMode((mode) => void store.change(names.mode, mode).catch(() => undefined));
  return store;
}

function float(
  name: string,
  value: number,
  { from, to }: { readonly from: number; readonly to: number },
  unit: string,
): ParameterDeclaration {
  return {
    name,
    value,
    type: "float64",
    validate: (given) => {
      return typeof given === "number" && given >= from && given <= to || `it must be from ${from} to ${to} ${unit}`;
    },
  };
}

function isName(value: ParameterValue): boolean | string {
  if (typeof value === "string" && value !== "" && value.length <= LONGEST_NAME) return true;
  return `it must have 1 to ${LONGEST_NAME} characters`;
}
