import { assert, describe, it } from "@effect/vitest";
import * as Effect from "effect/Effect";
import { attacked, MALLORY, textFrame } from "../support/attacked.ts";
import { served } from "../support/listen.ts";
import { until } from "../support/until.ts";

describe(`posts over a raw socket, ${served}`, () => {
  it.live("that are repeated, with another body as well, are acknowledged and change nothing", () =>
    Effect.gen(function* () {
      const target = yield* attacked();
      const session = yield* target.join();
      const events = yield* target.events(session);
      yield* events.until("channels are told", () => events.text.includes('"op":"advertise"'));
      const line = `POST /sessions/${session.sessionId}/streams/control`;
      const post = (sequence: string, body: string) => target.ask(line, [MALLORY, `Fieldlink-Seq: ${sequence}`], body);
      const garbage = "\xff\xff\xff\xff\xff garbage";
      const mine = () => target.gateway.viewers.filter(({ client }) => client.identity === session.identity);
      assert.equal((yield* post("0", textFrame("{}"))).status, 204);
      const before = mine()[0]?.client.id;
      for (let turn = 0; turn < 3; turn++) assert.equal((yield* post("0", garbage)).status, 204);
      // Bytes that are no frames would have ended the stream.
      const channel = /"channels":\[\{"id":(\d+)/.exec(events.text)![1]!;
      const subscribe = textFrame(`{"op":"subscribe","channels":[{"id":${channel}}]}`);
      assert.equal((yield* post("1", subscribe)).status, 204);
      yield* until("it is subscribed", () => mine()[0]?.topics.length === 1);
      assert.equal(mine()[0]?.client.id, before);
      assert.isFalse(events.isOver);
      assert.notInclude(events.text, "event: close");
      yield* target.unharmed;
    }));

  it.live("that leave a gap are told what is expected, and are not kept", () =>
    Effect.gen(function* () {
      const target = yield* attacked();
      const { sessionId } = yield* target.enter;
      const post = (sequence: string) =>
        target.ask(`POST /sessions/${sessionId}/streams/x`, [MALLORY, `Fieldlink-Seq: ${sequence}`], "a");
      for (const sequence of ["1", "2", "4294967296", String(Number.MAX_SAFE_INTEGER)]) {
        const { status, body } = yield* post(sequence);
        assert.equal(status, 409, sequence);
        assert.match(body, /"expected":0/);
      }
      assert.equal((yield* post("0")).status, 204);
      assert.match((yield* post("2")).body, /"expected":1/);
      yield* target.unharmed;
    }));

  it.live("whose number is none, or that have two, are refused", () =>
    Effect.gen(function* () {
      const target = yield* attacked();
      const { sessionId } = yield* target.enter;
      const numbers = [
        "",
        "-1",
        "-0",
        "+0",
        "00",
        "1e0",
        "0x0",
        "0.0",
        "0, 0",
        "NaN",
        "Infinity",
        "9007199254740992",
        "9".repeat(400),
        "\xd9\xa0",
      ];
      const line = `POST /sessions/${sessionId}/streams/x`;
      for (const sequence of numbers) {
        const { status } = yield* target.ask(line, [MALLORY, `Fieldlink-Seq: ${sequence}`], "a");
        assert.equal(status, 400, sequence);
      }
      for (const pair of [["0", "0"], ["0", "1"], ["1", "0"]]) {
        const { status } = yield* target.ask(line, [MALLORY, ...pair.map((each) => `Fieldlink-Seq: ${each}`)], "a");
        assert.equal(status, 400, pair.join());
      }
      assert.match((yield* target.ask(line, [MALLORY, "Fieldlink-Seq: 1"])).body, /"expected":0/);
      yield* target.unharmed;
    }));

  it.live("that are no frames are read no further, of the one who sent them; who begins anew is heard again", () =>
    Effect.gen(function* () {
      const target = yield* attacked();
      const beginnings = [
        "\xff\xff\xff\xff\xff\xff",
        "\x01\xff\xff\xff\xff",
        "\x07\x01\0\0\0a",
        "GET / HTTP/1.1\r\n\r\n",
      ];
      for (const bytes of beginnings) {
        const session = yield* target.join();
        yield* Effect.scoped(Effect.gen(function* () {
          const events = yield* target.events(session);
          yield* events.until("channels are told", () => events.text.includes('"op":"advertise"'));
          const channel = /"channels":\[\{"id":(\d+)/.exec(events.text)![1]!;
          const line = `POST /sessions/${session.sessionId}/streams/control`;
          const subscribe = textFrame(`{"op":"subscribe","channels":[{"id":${channel}}]}`);
          const post = (number: number, body: string, ...more: ReadonlyArray<string>) =>
            target.ask(line, [MALLORY, `Fieldlink-Seq: ${number}`, ...more], body);
          assert.equal((yield* post(0, bytes)).status, 204);
          assert.equal((yield* post(1, subscribe, "Fieldlink-End: close")).status, 204);
          yield* target.unharmed;
          const mine = () => target.gateway.viewers.find(({ client }) => client.identity === session.identity);
          assert.deepEqual(mine()?.topics, [], JSON.stringify(bytes));
          assert.equal((yield* post(2, subscribe)).status, 204);
          yield* until("it is subscribed", () => mine()?.topics.length === 1);
        }));
        yield* target.unharmed;
      }
    }));
});

describe(`the place to resume from, over a raw socket, ${served}`, () => {
  it.live("that is another session's, none, huge or negative resumes nothing and tells nothing", () =>
    Effect.gen(function* () {
      const target = yield* attacked();
      const session = yield* target.join();
      const first = yield* target.events(session);
      const epoch = /\nid: ([0-9a-f]+)\./.exec(first.text)![1]!;
      const other = yield* target.events(yield* target.join("other"), ["Authorization: Bearer other"]);
      const foreign = /\nid: (\S+)/.exec(other.text)![1]!;
      const places = [
        foreign,
        `${epoch}.-2`,
        `${epoch}.999999`,
        `${epoch}.99999999999999999999`,
        `${epoch}.9007199254740991`,
        `${epoch}.0.0`,
        `${epoch}.01`,
        "x",
        ".",
        "-1",
        "9".repeat(5_000),
        `${epoch}.0, ${epoch}.1`,
      ];
      let sid = session.sid;
      for (const place of places) {
        yield* Effect.scoped(Effect.gen(function* () {
          const events = yield* target.events(session, [MALLORY, `Last-Event-ID: ${place}`]);
          const opened = /event: open\ndata: (.*)\n/.exec(events.text)![1]!;
          assert.match(opened, /"resumed":false/, place);
          const now = /"sid":"(\w+)"/.exec(opened)![1]!;
          assert.notEqual(now, sid, place);
          sid = now;
          assert.notInclude(events.text, '"identity":"honest"');
        }));
      }
      yield* target.unharmed;
    }));

  it.live("that has a line end in it writes no line into the stream of events", () =>
    Effect.gen(function* () {
      const target = yield* attacked();
      const session = yield* target.join();
      for (const end of ["\r", "\n", "\0"]) {
        const line = `GET /sessions/${session.sessionId}/events`;
        yield* Effect.scoped(Effect.gen(function* () {
          const socket = yield* target.connect;
          socket.send(
            `${line} HTTP/1.1\r\nHost: 127.0.0.1\r\n${MALLORY}\r\nLast-Event-ID: a.1${end}data: evil\r\n\r\n`,
          );
          yield* socket.until("it is answered", () => socket.isOver || socket.text.includes("\r\n\r\n"));
          assert.notInclude(socket.text, "evil");
        }));
      }
      yield* target.unharmed;
    }));
});
