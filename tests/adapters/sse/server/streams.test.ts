import { it as effectIt } from "@effect/vitest";
import * as Effect from "effect/Effect";
import { assert, describe } from "vitest";
import { encodeBinaryFrame, encodeTextFrame } from "../../../../core/protocol/mod.ts";
import { decodeBase64 } from "../../../../core/protocol/base64.ts";
import { device, events, newSession, post, viewer } from "./support.ts";

function text(message: string): Uint8Array {
  return encodeTextFrame(message) as Uint8Array;
}

function binary(...bytes: ReadonlyArray<number>): Uint8Array {
  return encodeBinaryFrame(Uint8Array.from(bytes)) as Uint8Array;
}

describe("what a device sends", () => {
  effectIt.effect(
    "control messages are text as it is, and binary frames in base64, numbered without holes",
    () =>
      Effect.gen(function* () {
        const host = yield* device();
        const { session, reader } = yield* viewer(host, { identity: "viewer-1" });
        const stream = yield* host.room.openByteStream({ topic: "control", destinations: ["viewer-1"] });
        yield* stream.write(text('{"op":"serverInfo"}'));
        yield* stream.write(binary(1, 2, 3));
        yield* reader.until("binary");
        const [open, opened, first, second] = reader.events;
        assert.equal(open?.name, "open");
        assert.match(open?.id ?? "", /^[0-9a-f]+\.-1$/);
        const epoch = open?.id?.split(".")[0];
        assert.deepEqual(JSON.parse(opened?.data ?? ""), { stream: 0, op: "open", topic: "control" });
        assert.deepEqual(first, { name: "text", data: '{"op":"serverInfo"}', id: `${epoch}.1` });
        assert.equal(second?.id, `${epoch}.2`);
        assert.deepEqual(decodeBase64(second?.data ?? ""), binary(1, 2, 3));
        assert.equal(reader.open.sid, session.sid);
        assert.include(reader.text, "retry: 1000\n");
      }),
  );

  effectIt.effect(
    "what was sent while nobody read comes with the next stream, once and in order",
    () =>
      Effect.gen(function* () {
        const host = yield* device();
        const { session, reader } = yield* viewer(host, { identity: "viewer-1" });
        const stream = yield* host.room.openByteStream({ topic: "control", destinations: ["viewer-1"] });
        yield* stream.write(text("1"));
        yield* reader.until("text");
        reader.abort();
        for (const message of ["2", "3"]) yield* stream.write(text(message));
        const again = yield* events(host.http, session, reader.lastId);
        yield* again.flow;
        yield* again.until("text", 2);
        yield* stream.write(text("4"));
        yield* again.until("text", 3);
        assert.deepEqual(again.events.map(({ name, data }) => name === "open" ? name : data), ["open", "2", "3", "4"]);
        assert.isTrue(again.open.resumed);
        assert.equal(again.open.sid, reader.open.sid);
        assert.deepEqual(host.told, [`active ${session.sid}`]);
      }),
  );
});

describe("what a viewer posts", () => {
  effectIt.effect("is one stream of bytes, in order", () =>
    Effect.gen(function* () {
      const host = yield* device();
      const { session } = yield* viewer(host, { identity: "viewer-1" });
      for (const [sequence, bytes] of ["ab", "", "cd"].entries()) {
        assert.equal((yield* post(host, session, sequence, bytes)).status, 204);
      }
      const [stream] = host.streams;
      assert.equal(host.streams.length, 1);
      assert.equal(stream?.topic, "control");
      assert.equal(stream?.sender, "viewer-1");
      assert.deepEqual(yield* stream!.read, new TextEncoder().encode("ab"));
      assert.deepEqual(yield* stream!.read, new TextEncoder().encode("cd"));
    }));
});

describe("a session", () => {
  effectIt.effect("is a participant once its events are read", () =>
    Effect.gen(function* () {
      const host = yield* device();
      const session = yield* newSession(host.http, { identity: "viewer-1", protocolVersion: "2.3.0" });
      assert.deepEqual(host.told, []);
      yield* events(host.http, session);
      assert.deepEqual(host.told, [`active ${session.sid}`]);
      const participant = host.room.participant("viewer-1");
      assert.equal(participant?.attributes.get("protocolVersion"), "2.3.0");
      assert.equal(host.room.participants()[0], participant);
    }));
});
