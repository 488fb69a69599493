/**
 * Resumable event streams: see `resume_registry.ts`.
 *
 * @module
 */
export { EventWithoutSession, type EventWithoutSessionFields } from "./errors.ts";
export type { EventLog, EventStore, NumberedEvent } from "./event_store.ts";
export { type ResumeLimits, resumeLimitsWith, resumeLimitTable } from "./resume_limits.ts";
export {
  type EventGap,
  type EventSender,
  type Replay,
  ResumeRegistry,
  type ResumeRegistryOptions,
  type Resumption,
  type SenderEnd,
} from "./resume_registry.ts";
export { RingStore, type RingStoreOptions } from "./ring_store.ts";
