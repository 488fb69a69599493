import { ConnectionError, ConnectionErrorReason, DisconnectReason, UnsupportedServer } from "livekit-client";
import { describe, expect, it } from "vitest";
import { accessToken } from "../../../adapters/livekit/mod.ts";
import { endReason, joinError, tokenExpiry } from "../../../adapters/livekit/reasons.ts";
import { JoinError } from "../../../transport/errors.ts";

function never(): boolean {
  return false;
}

describe("the reason for which a room has ended", () => {
  it("is told for each that LiveKit tells apart and that means something of its own", () => {
    const reasons = Object.values(DisconnectReason).filter((value) => typeof value === "number");
    const told = reasons.map((reason) => [DisconnectReason[reason], endReason(reason, never)] as const);
    expect(Object.fromEntries(told.filter(([, reason]) => reason !== "connection-lost"))).toEqual({
      DUPLICATE_IDENTITY: "replaced",
      SERVER_SHUTDOWN: "server-shutdown",
      PARTICIPANT_REMOVED: "removed",
      ROOM_DELETED: "room-deleted",
      ROOM_CLOSED: "room-deleted",
    });
    expect(told.length).toBeGreaterThan(10);
  });

  it("is the token's end where the server gives none and the token has run out", () => {
    expect(endReason(undefined, () => true)).toBe("expired");
    expect(endReason(DisconnectReason.STATE_MISMATCH, () => true)).toBe("expired");
    expect(endReason(DisconnectReason.PARTICIPANT_REMOVED, () => true)).toBe("removed");
    expect([endReason(undefined, never), endReason(99, never)]).toEqual(["connection-lost", "connection-lost"]);
  });
});

describe("the reason for which a room could not be joined", () => {
  it("is told for each of livekit-client's: final only where the credentials are refused", () => {
    const told = [
      ConnectionError.notAllowed("invalid token", 401),
      ConnectionError.notAllowed("no permission", 403),
      ConnectionError.notAllowed("requested room does not exist", 404),
      ConnectionError.serverUnreachable("refused the connection"),
      ConnectionError.internal("broken"),
      ConnectionError.cancelled("given up"),
      ConnectionError.leaveRequest("go", DisconnectReason.JOIN_FAILURE),
      ConnectionError.timeout("too slow"),
      ConnectionError.websocket("closed"),
      ConnectionError.serviceNotFound("no such path", "v0-rtc"),
    ].map((error) => [ConnectionErrorReason[error.reason], joinError(error).reason]);
    expect(told).toEqual([
      ["NotAllowed", "refused"],
      ["NotAllowed", "refused"],
      ["NotAllowed", "unreachable"],
      ["ServerUnreachable", "unreachable"],
      ["InternalError", "unreachable"],
      ["Cancelled", "unreachable"],
      ["LeaveRequest", "unreachable"],
      ["Timeout", "timeout"],
      ["WebSocket", "unreachable"],
      ["ServiceNotFound", "unreachable"],
    ]);
    const numbers = Object.values(ConnectionErrorReason).filter((value) => typeof value === "number");
    expect(new Set(told.map(([name]) => name)).size).toBe(numbers.length);
  });

  it("is told for other errors, and with what words they had", () => {
    const cause = new UnsupportedServer("version 0.1 is too old");
    expect(joinError(cause)).toMatchObject({ reason: "unsupported", detail: "version 0.1 is too old", cause });
    expect(joinError(new Error("odd"))).toMatchObject({ reason: "unreachable", detail: "odd" });
    expect(joinError(Object.assign(new Error("odd"), { reason: 0 })).reason).toBe("unreachable");
    expect(joinError("words")).toMatchObject({ reason: "unreachable", detail: "words" });
    const own = new JoinError({ reason: "unsupported", detail: "no WebSocket" });
    expect(joinError(own)).toBe(own);
  });
});

describe("when a token runs out", () => {
  it("is read from the token", async () => {
    const before = Math.floor(Date.now() / 1000) * 1000;
    const token = await accessToken({ apiKey: "k", apiSecret: "s", room: "yard", identity: "ändi?>", ttlSeconds: 60 });
    const expiry = tokenExpiry(token);
    expect(expiry).toBeGreaterThanOrEqual(before + 60_000);
    expect(expiry).toBeLessThanOrEqual(Date.now() + 61_000);
  });

  it("is never where a token does not say so, or is none", () => {
    const claims = [`{}`, `null`, `5`, `{"exp":"soon"}`, `{"exp":`].map((text) => `x.${btoa(text)}.x`);
    for (const token of ["", "x", "a.b", "a.%%%.c", ...claims]) {
      expect([token, tokenExpiry(token)]).toEqual([token, Infinity]);
    }
  });
});
