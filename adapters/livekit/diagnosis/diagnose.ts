/**
 * Finds out what this machine can do, and what a server lets it do.
 */
import * as Effect from "effect/Effect";
import { JoinError } from "../../../transport/errors.ts";
import { loadClient } from "../client.ts";
import { askToken, CONNECT_TIMEOUT_MS } from "../connect_options.ts";
import { messageOf } from "../../../transport/message_of.ts";
import type { LiveKitOptions } from "../options.ts";
import { installWebRtc } from "../webrtc/install.ts";
import { bytes, type Check, type Diagnosis, figures, milliseconds } from "./check.ts";
import { connectPair } from "./peer_pair.ts";
import { runTimeCheck } from "./run_time.ts";
import { connectionChecks, serverCheck } from "./server.ts";

/** What to look at. */
export interface DiagnoseOptions extends Omit<LiveKitOptions, "url" | "token"> {
  /** The server. Default none: only the machine is looked at. */
  readonly url?: string;
  /** As in {@linkcode LiveKitOptions}; without it, it is only seen whether the server answers. */
  readonly token?: LiveKitOptions["token"];
  /** Called for each check as soon as it is made. What it throws fails the diagnosis. */
  readonly onCheck?: (check: Check) => void;
}

/** As {@linkcode DiagnoseOptions}, with promises. */
export interface AbortableDiagnoseOptions extends DiagnoseOptions {
  /** Gives it up; the promise rejects then. */
  readonly signal?: AbortSignal;
}

/** Two peer connections in one process connect within a few ms, or never. */
const PAIR_MS = 10_000;

/**
 * Looks at the run-time, at WebRTC, and, where there is a URL, at a LiveKit server: whether it answers, takes the token,
 * and has data tracks on, which way packets take, and how far its clock is from this one. Never fails: what does not work
 * is a check that has failed, with what to do about it.
 *
 * It joins the room of the token as whom the token names: somebody of that identity who is in the room is put out.
 *
 * @example
 * ```ts
 * import { diagnoseEffect } from "@fieldlink/fieldlink/livekit";
 * import * as Effect from "effect/Effect";
 *
 * const { isWell, checks } = await Effect.runPromise(diagnoseEffect());
 * console.log(isWell, checks.map(({ name, state }) => `${name}: ${state}`));
 * ```
 */
export function diagnoseEffect(options: DiagnoseOptions = {}): Effect.Effect<Diagnosis> {
  return Effect.promise((signal) => run(options, signal));
}

/**
 * As {@linkcode diagnoseEffect}, as a promise.
 *
 * @example
 * ```ts
 * import { diagnose } from "@fieldlink/fieldlink/livekit";
 *
 * const { checks } = await diagnose();
 * for (const { name, state, detail, advice = "" } of checks) console.log(name, state, detail, advice);
 * ```
 */
export function diagnose({ signal, ...options }: AbortableDiagnoseOptions = {}): Promise<Diagnosis> {
  return Effect.runPromise(diagnoseEffect(options), signal === undefined ? {} : { signal });
}

async function run(options: DiagnoseOptions, signal: AbortSignal): Promise<Diagnosis> {
  const checks: Array<Check> = [];
  const tell = (check: Check): void => {
    checks.push(check);
    options.onCheck?.(check);
  };
  const isWell = (): boolean => checks.every(({ state }) => state !== "failed");
  tell(runTimeCheck());
  if (isWell()) tell(await webRtcCheck(signal));
  const { url, token } = options;
  if (url !== undefined) {
    const isMachineWell = isWell();
    tell(await serverCheck(url, signal));
    const isReached = checks.at(-1)?.state !== "failed";
    if (isMachineWell && isReached && token !== undefined) await connect(options, url, token, tell, signal);
  }
  return { checks, isWell: isWell() };
}

async function connect(
  options: DiagnoseOptions,
  url: string,
  given: LiveKitOptions["token"],
  tell: (check: Check) => void,
  signal: AbortSignal,
): Promise<void> {
  const patienceMs = options.connectTimeoutMs ?? CONNECT_TIMEOUT_MS;
  const asked = Effect.timeoutOrElse(askToken(given), {
    duration: patienceMs,
    orElse: () =>
      Effect.fail(
        new JoinError({ reason: "timeout", detail: `there is no token: none has come within ${patienceMs} ms` }),
      ),
  });
  const token = await Effect.runPromise(
    Effect.match(asked, { onFailure: (error) => error, onSuccess: (token) => token }),
    { signal },
  );
  if (typeof token === "string") {
    return await connectionChecks(await loadClient(), token, { ...options, url }, tell, signal);
  }
  tell({ name: "connection", state: "failed", detail: token.detail, advice: "look at where the token comes from" });
}

/** Both packages can be loaded, and two peer connections reach each other. */
async function webRtcCheck(signal: AbortSignal): Promise<Check> {
  try {
    const { version } = await loadClient();
    const { source } = await installWebRtc();
    const pair = await connectPair(AbortSignal.any([signal, AbortSignal.timeout(PAIR_MS)]));
    const { connectMs, echoMs, maxMessageBytes, sentBytes } = pair;
    const implementation = source === "native" ? "the run-time's own WebRTC" : source;
    return {
      name: "webrtc",
      state: "ok",
      detail:
        `${implementation}, livekit-client ${version}: a pair connects in ${milliseconds(connectMs)} and exchanges ` +
        `messages of ${bytes(sentBytes)}`,
      ...figures({ source, version, connectMs, echoMs, maxMessageBytes, sentBytes }),
    };
  } catch (error) {
    const isMissing = error instanceof JoinError;
    const detail = isMissing ? error.detail : messageOf(error);
    return {
      name: "webrtc",
      state: "failed",
      detail: isMissing ? detail : `two peer connections in this process do not reach each other: ${detail}`,
      advice: isMissing
        ? "install what is missing beside fieldlink"
        : "is there a network interface, and may this process use it? In a container, look at its network settings",
    };
  }
}
