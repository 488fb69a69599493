/**
 * What a program can do to somebody's connection.
 */
import type { LoopbackParticipant } from "../../../adapters/loopback/mod.ts";
import type { Step } from "./program.ts";

/** The steps that do so. */
export type Disturbance = Extract<Step, {
  readonly do: "kick" | "network" | "stall" | "go-on" | "partition" | "heal" | "fail" | "slow";
}>;

/** Does it. */
export function disturb(participant: LoopbackParticipant, step: Disturbance): void {
  switch (step.do) {
    case "kick":
      return participant.kick();
    case "network": {
      const { latencyMs, jitterMs, loss, reorder } = step;
      const conditions = { latencyMs, jitterMs: Math.min(jitterMs, latencyMs), loss, reorder };
      return participant.setConditions({ up: conditions, down: conditions });
    }
    case "stall":
      return participant.stallWrites();
    case "go-on":
      return participant.resumeWrites();
    case "partition":
      return participant.partition();
    case "heal":
      return participant.heal();
    case "slow":
      return participant.setDelays({ joinMs: step.ms, openMs: step.ms, publishMs: step.ms });
    case "fail":
      switch (step.what) {
        case "writes":
          return participant.failWrites(step.count);
        case "opens":
          return participant.failOpens(step.count);
        case "publishes":
          return participant.failPublishes(step.count);
        case "joins":
          return participant.failJoins("unreachable", step.count);
      }
  }
}

/** Takes back whatever was done to a connection, but how it is told of events. */
export function allIsWell(participant: LoopbackParticipant): void {
  participant.heal();
  participant.setConditions({});
  participant.resumeWrites();
  participant.failWrites(0);
  participant.failOpens(0);
  participant.failPublishes(0);
  participant.allowJoins();
  participant.setDelays({});
}
