import { assert, describe, it } from "@effect/vitest";
import {
  type ClientMessage,
  decodeClientFrame,
  DecodeError,
  FrameDecoder,
  FrameError,
} from "../../../core/protocol/mod.ts";
import { fittingFrames } from "../../../core/viewer/fitting_frames.ts";
import { CollectedLog } from "../../support/log.ts";

const MIB = 1024 * 1024;

function decoded(frames: ReadonlyArray<Uint8Array>): ReadonlyArray<ClientMessage> {
  return frames.map((bytes) => {
    const decoder = new FrameDecoder();
    decoder.feed(bytes);
    const frame = decoder.next();
    if (frame === undefined || frame instanceof FrameError) return assert.fail("it is no frame");
    const message = decodeClientFrame(frame);
    return message instanceof DecodeError ? assert.fail(message.message) : message;
  });
}

describe("fittingFrames", () => {
  it("is one frame for what fits", () => {
    const message = { op: "subscribeParameterUpdates", parameterNames: ["a", "b"] } as const;
    const log = new CollectedLog();
    assert.deepEqual(decoded(fittingFrames(message, log.log)), [message]);
    assert.deepEqual(log.lines, []);
  });

  it("splits a list that does not, and keeps its order", () => {
    const names = Array.from({ length: 5 }, (_, n) => `${n}`.padEnd(6 * MIB, "x"));
    for (const op of ["subscribeParameterUpdates", "unsubscribeParameterUpdates"] as const) {
      const messages = decoded(fittingFrames({ op, parameterNames: names }, new CollectedLog().log));
      assert.isAbove(messages.length, 1);
      const told = messages.flatMap((message) => message.op === op ? message.parameterNames : []);
      assert.deepEqual(told.map((name) => name[0]), ["0", "1", "2", "3", "4"]);
    }
  });

  it("leaves out what fits no frame by itself, with an error in the log", () => {
    const log = new CollectedLog();
    const message = { op: "subscribeParameterUpdates", parameterNames: ["a", "x".repeat(17 * MIB), "b"] } as const;
    const told = decoded(fittingFrames(message, log.log))
      .flatMap((part) => part.op === "subscribeParameterUpdates" ? part.parameterNames : []);
    assert.deepEqual(told, ["a", "b"]);
    assert.deepEqual(fittingFrames({ op: "fetchAsset", requestId: 1, uri: "x".repeat(17 * MIB) }, log.log), []);
    assert.strictEqual(log.at("error").length, 2);
  });
});
