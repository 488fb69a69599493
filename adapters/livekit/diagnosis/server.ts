/**
 * A server as it is seen from here.
 */
import type { Room } from "livekit-client";
import { messageOf } from "../../../transport/message_of.ts";
import { joinError, tokenExpiry } from "../reasons.ts";
import { urlProblem } from "../check_options.ts";
import type { LiveKitClient } from "../client.ts";
import { connectOptions } from "../connect_options.ts";
import { followEngines } from "../engines.ts";
import { bridgeLogs } from "../log_bridge.ts";
import type { LiveKitOptions } from "../options.ts";
import { MAX_FRAME_BYTES } from "../outgoing_track.ts";
import { countRoom } from "../timers.ts";
import { bytes, type Check, figures, milliseconds } from "./check.ts";
import { clockCheck } from "./clock.ts";
import { pathCheck, selectedPath } from "./path.ts";

/** Waiting for a plain answer of the server, and for its answer to a data track, in ms. */
const ANSWER_MS = 5_000;
/** The way is known a moment after the connection; then it is looked at again. */
const LOOKS = 20;
const LOOK_AGAIN_MS = 50;
const TRACK_NAME = "fieldlink-diagnosis";

/** Whether the server answers plain HTTP. */
export async function serverCheck(url: string, signal: AbortSignal): Promise<Check> {
  const problem = urlProblem(url);
  if (problem !== undefined) return { name: "server", state: "failed", detail: problem, advice: "is the URL right?" };
  const address = new URL(url);
  address.protocol = address.protocol.replace("ws", "http");
  const where = `${address.protocol}//${address.host}`;
  const begin = performance.now();
  try {
    const response = await fetch(`${where}/`, { signal: AbortSignal.any([signal, AbortSignal.timeout(ANSWER_MS)]) });
    await response.body?.cancel();
    const answerMs = performance.now() - begin;
    const about = { name: "server" as const, ...figures({ answerMs, status: response.status }) };
    if (response.status < 500) {
      return { ...about, state: "ok", detail: `${where} answers in ${milliseconds(answerMs)}` };
    }
    return {
      ...about,
      state: "failed",
      detail: `${where} answers with the status ${response.status}`,
      advice: "look at the server, and at what stands in front of it",
    };
  } catch (error) {
    return {
      name: "server",
      state: "failed",
      detail: `${where} does not answer: ${reasonOf(error)}`,
      advice: "is the URL right, does the server run, and does a firewall let its port through?",
    };
  }
}

/** The innermost of an error's messages, which names the cause. */
function reasonOf(error: unknown): string {
  let inner = error;
  for (let depth = 0; depth < 5 && inner instanceof Error && inner.cause instanceof Error; depth += 1) {
    inner = inner.cause;
  }
  const message = messageOf(inner);
  if (message !== "") return message;
  return inner instanceof Error && "code" in inner ? String(inner.code) : "no reason is told";
}

/** Connects, and looks at everything that can be seen of the connection; gives each check as it is made. */
export async function connectionChecks(
  client: LiveKitClient,
  token: string,
  options: Omit<LiveKitOptions, "token">,
  tell: (check: Check) => void,
  signal: AbortSignal,
): Promise<void> {
  // What is wrong is told by the checks.
  const logs = bridgeLogs(client, "silent", () => undefined);
  const uncount = countRoom(client);
  const room = new client.Room({ loggerName: logs.loggerName });
  const closeEngines = followEngines(room);
  const leave = (): void => void room.disconnect();
  signal.addEventListener("abort", leave, { once: true });
  let signalledMs = 0;
  room.once("signalConnected", () => signalledMs = Date.now());
  const begunMs = Date.now();
  const begin = performance.now();
  try {
    await room.connect(options.url, token, await connectOptions(options));
    tell(connected(room, performance.now() - begin));
    tell(permissionsCheck(room));
    tell(pathCheck(await pathOf(room, signal)));
    tell(await dataTracksCheck(room));
    const joinedMs = Number(room.engine.latestJoinResponse?.participant?.joinedAtMs ?? 0);
    if (joinedMs > 0 && signalledMs > 0) tell(clockCheck(joinedMs, begunMs, signalledMs));
  } catch (error) {
    tell(notConnected(error, token));
  } finally {
    signal.removeEventListener("abort", leave);
    logs.close();
    await room.disconnect();
    await closeEngines();
    uncount();
  }
}

function connected(room: Room, connectMs: number): Check {
  const version = room.serverInfo?.version;
  const server = version === undefined || version === "" ? "a server" : `livekit-server ${version}`;
  const maxMessageBytes = room.engine.pcManager?.publisher.getMaxMessageSize();
  const messages = maxMessageBytes === undefined ? "" : `, messages of up to ${bytes(maxMessageBytes)}`;
  return {
    name: "connection",
    state: "ok",
    detail: `connected to ${server} in ${milliseconds(connectMs)}${messages}`,
    ...figures({ connectMs, version, maxMessageBytes }),
  };
}

function notConnected(error: unknown, token: string): Check {
  const { reason, detail } = joinError(error);
  return { name: "connection", state: "failed", detail: `${reason}: ${detail}`, advice: adviceFor(reason, token) };
}

function adviceFor(reason: string, token: string): string {
  if (reason === "unsupported") return "the server is too old for this version of livekit-client";
  if (reason !== "refused") {
    return "the signal connection may stand and media not: let UDP and TCP through to the server's media ports, or use TURN";
  }
  const expiry = tokenExpiry(token);
  if (expiry < Date.now()) return `the token ran out at ${new Date(expiry).toISOString()}: get a new one`;
  return "is the token for this server (its key and secret), does it say which room may be joined, and is this clock right?";
}

function permissionsCheck(room: Room): Check {
  const { canPublish = false, canPublishData = false, canSubscribe = false, canUpdateMetadata = false } =
    room.localParticipant.permissions ?? {};
  const missing = Object.entries({ canPublish, canPublishData, canSubscribe, canUpdateOwnMetadata: canUpdateMetadata })
    .flatMap(([name, has]) => has ? [] : [name]);
  if (missing.length === 0) {
    return { name: "permissions", state: "ok", detail: "the token lets send, receive and be known" };
  }
  const isVital = missing.some((name) => name !== "canUpdateOwnMetadata");
  return {
    name: "permissions",
    state: isVital ? "failed" : "warning",
    detail: `the token lacks ${missing.join(", ")}`,
    advice: isVital
      ? "devices and viewers have to send and to receive: get a token with these grants"
      : "devices hear of this viewer up to three seconds late: get a token with this grant",
  };
}

async function pathOf(room: Room, signal: AbortSignal) {
  for (let look = 1;; look += 1) {
    const report = await room.engine.pcManager?.publisher.getStats();
    const path = report === undefined ? undefined : selectedPath(report.entries());
    if (path?.roundTripMs !== undefined || look === LOOKS || signal.aborted) return path;
    await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
  }
}

async function dataTracksCheck(room: Room): Promise<Check> {
  try {
    const track = await inTime(room.localParticipant.publishDataTrack({ name: TRACK_NAME }));
    await inTime(track.unpublish());
    return {
      name: "data-tracks",
      state: "ok",
      detail: `data tracks can be published, with frames of up to ${bytes(MAX_FRAME_BYTES)}`,
      ...figures({ maxFrameBytes: MAX_FRAME_BYTES }),
    };
  } catch (error) {
    return {
      name: "data-tracks",
      state: "failed",
      detail: `data tracks cannot be published: ${messageOf(error)}`,
      advice:
        "lossy channels need them: set enable_data_tracks in the server's configuration, and canPublish in the token",
    };
  }
}

/** Rejects when the server does not answer in time. */
async function inTime<A>(answer: Promise<A>): Promise<A> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`the server has not answered within ${ANSWER_MS} ms`)), ANSWER_MS);
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
}
