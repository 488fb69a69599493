/**
 * The device in a room, as the doctor sees it.
 */
import * as Duration from "effect/Duration";
import * as Effect from "effect/Effect";
import * as Option from "effect/Option";
import { Viewer } from "../../mod.ts";
import type { Transport } from "../../transport/mod.ts";
import { formatClock, formatDuration, printable } from "../format.ts";
import type { DoctorCheck } from "./report.ts";

/** How long a device may take to be met, and then to answer a ping, in ms. */
const MEET_MS = 4_000;
const ANSWER_MS = 2_000;
const LOOK_AGAIN_MS = 20;
/** How far clocks may be apart, in ms, before that is worth a word. */
const WORTH_A_WORD_MS = 1_000;

/** Meets a device, and sees how far away it is, and its clock. */
export function deviceCheck(transport: Transport): Effect.Effect<DoctorCheck> {
  return Effect.catch(Effect.scoped(meet(transport)), ({ message: detail }) =>
    Effect.succeed<DoctorCheck>({
      name: "device",
      state: "failed",
      detail,
      advice: "the server has let the first connection in, but not this one: look at its log",
    }));
}

const meet = Effect.fnUntraced(function* (transport: Transport) {
  const viewer = yield* Viewer.make(transport, { log: () => undefined });
  const met = yield* Effect.timeoutOption(viewer.deviceEffect, Duration.millis(MEET_MS));
  if (Option.isNone(met)) return check("ok", "no device is in the room");
  for (let waited = 0; viewer.clockOffset === undefined && waited < ANSWER_MS; waited += LOOK_AGAIN_MS) {
    yield* Effect.sleep(Duration.millis(LOOK_AGAIN_MS));
  }
  const { devicePresence, roundTripTime, clockOffset } = viewer;
  const name = printable(devicePresence?.identity ?? met.value.name);
  if (roundTripTime === undefined || clockOffset === undefined) {
    return check("warning", `${name} is here, but answers no ping`, {
      advice: "is the device busy, or is its software of another make?",
    });
  }
  const { latestMs: roundTripMs } = roundTripTime;
  const { offsetMs, boundMs } = clockOffset;
  const detail = `${name} is here, round trip ${formatDuration(roundTripMs)}, clock ${formatClock(clockOffset)}`;
  const figures = { roundTripMs, offsetMs, boundMs };
  if (Math.abs(offsetMs) - boundMs <= WORTH_A_WORD_MS) return check("ok", detail, { figures });
  return check("warning", detail, { figures, advice: "set the device's clock, or this one's, for example by NTP" });
});

function check(
  state: DoctorCheck["state"],
  detail: string,
  more: Pick<DoctorCheck, "advice" | "figures"> = {},
): DoctorCheck {
  return { name: "device", state, detail, ...more };
}
