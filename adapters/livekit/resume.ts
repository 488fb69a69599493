/**
 * How long livekit-client tries to resume a connection, and how often.
 */
import type { Room } from "livekit-client";

type ReconnectPolicy = Room["options"]["reconnectPolicy"];

/** Up to so many ms pass before the first attempt, so that not all come at once when a server has let them all go. */
const FIRST_MS = 200;
/** Up to so many ms pass between two attempts. */
const BETWEEN_MS = 1000;
/** So often a connection is resumed. Each time leaves some four sockets open until the room is left. */
const MAX_RESUMES = 50;

/**
 * Resumes for a while, and not for ever; then it is given up, and the room has ended. It has ended at once where
 * livekit-client would make a connection from scratch, as it does when the server does not know the participant any
 * more: that is another instance, which is for the core to make.
 */
export function resumePolicy(resumeTimeoutMs: number, isForgotten: () => boolean): ReconnectPolicy {
  let resumes = 0;
  return {
    nextRetryDelayInMs: ({ elapsedMs, retryCount }) => {
      if (retryCount === 0) resumes++;
      if (isForgotten() || elapsedMs >= resumeTimeoutMs || resumes > MAX_RESUMES) return null;
      return retryCount === 0 ? Math.random() * FIRST_MS : BETWEEN_MS * (0.5 + Math.random() / 2);
    },
  };
}
