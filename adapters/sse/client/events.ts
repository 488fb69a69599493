/**
 * The events of a device, read strictly: what is no such event is `undefined`.
 */
import type { RemoteParticipant } from "../../../transport/participant.ts";
import { CLOSE_REASONS, type CloseReason, type StreamEvent, type WireGap } from "../wire.ts";

/** The data of `open`. */
export interface Opened {
  readonly sid: string;
  readonly resumed: boolean;
  readonly gap: WireGap | undefined;
  /** Absent where the server is of another make. */
  readonly device: RemoteParticipant | undefined;
}

/** An object of JSON, by its own keys. */
type Fields = ReadonlyMap<string, unknown>;

function fieldsOf(value: unknown): Fields | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? new Map(Object.entries(value))
    : undefined;
}

function parsed(data: string): Fields | undefined {
  try {
    return fieldsOf(JSON.parse(data));
  } catch {
    return undefined;
  }
}

/** Reads what an answer to `POST /sessions` says. */
export function readSession(body: unknown):
  | { readonly sessionId: string; readonly sid: string; readonly identity: string; readonly resumeTtlMs: number }
  | undefined {
  const fields = fieldsOf(body);
  const [sessionId, sid, identity] = ["sessionId", "sid", "identity"].map((key) => fields?.get(key));
  const resumeTtlMs = fields?.get("resumeTtlMs");
  if (typeof sessionId !== "string" || !/^[A-Za-z0-9._~-]{1,256}$/.test(sessionId)) return undefined;
  if (typeof sid !== "string" || sid === "" || typeof identity !== "string" || identity === "") return undefined;
  if (typeof resumeTtlMs !== "number" || !(resumeTtlMs >= 0)) return undefined;
  return { sessionId, sid, identity, resumeTtlMs };
}

/** Reads the data of `open`. */
export function readOpen(data: string): Opened | undefined {
  const fields = parsed(data);
  const sid = fields?.get("sid");
  const resumed = fields?.get("resumed");
  if (fields === undefined || typeof sid !== "string" || sid === "" || typeof resumed !== "boolean") return undefined;
  const gap = fields.has("gap") ? readGap(fields.get("gap")) : undefined;
  const device = fields.has("device") ? participantOf(fields.get("device")) : undefined;
  if ((fields.has("gap") && gap === undefined) || (fields.has("device") && device === undefined)) return undefined;
  return { sid, resumed, gap, device };
}

function readGap(value: unknown): WireGap | undefined {
  const fields = fieldsOf(value);
  const from = fields?.get("from");
  const to = fields?.get("to");
  const isGap = typeof from === "number" && typeof to === "number" && Number.isSafeInteger(from) &&
    Number.isSafeInteger(to) && from <= to;
  return isGap ? { from, to } : undefined;
}

/** Reads the data of `device`. */
export function readDevice(data: string): RemoteParticipant | undefined {
  return participantOf(parsed(data));
}

function participantOf(value: unknown): RemoteParticipant | undefined {
  const fields = value instanceof Map ? value as Fields : fieldsOf(value);
  const identity = fields?.get("identity");
  const sid = fields?.get("sid");
  const joinedAt = fields?.get("joinedAt");
  const attributes = fieldsOf(fields?.get("attributes") ?? {});
  if (typeof identity !== "string" || identity === "" || typeof sid !== "string" || sid === "") return undefined;
  if (typeof joinedAt !== "number" || !Number.isFinite(joinedAt) || attributes === undefined) return undefined;
  const texts = [...attributes].flatMap(([key, text]) => typeof text === "string" ? [[key, text] as const] : []);
  return texts.length === attributes.size ? { identity, sid, joinedAt, attributes: new Map(texts) } : undefined;
}

/** Reads the data of `stream`. */
export function readStream(data: string): StreamEvent | undefined {
  const fields = parsed(data);
  const stream = fields?.get("stream");
  if (fields === undefined || typeof stream !== "number" || !Number.isSafeInteger(stream)) return undefined;
  const op = fields.get("op");
  if (op === "close" || op === "abort") return { stream, op };
  const topic = fields.get("topic");
  const bytes = fields.get("data");
  if (op === "open") return typeof topic === "string" ? { stream, op, topic } : undefined;
  return op === "data" && typeof bytes === "string" ? { stream, op, data: bytes } : undefined;
}

/** Reads the data of `close`. */
export function readClose(data: string): CloseReason | undefined {
  const reason = parsed(data)?.get("reason");
  return CLOSE_REASONS.find((known) => known === reason);
}
