import { writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { McapWriter, TempBuffer } from "@mcap/core";
import * as Effect from "effect/Effect";
import * as Fiber from "effect/Fiber";
import * as References from "effect/References";
import { describe, expect, it } from "vitest";
import type { DemoOptions } from "../../../cli/demo/options.ts";
import { type DemoError, runDemo } from "../../../cli/demo/run_demo.ts";
import { Output } from "../../../cli/output.ts";
import { contents, total } from "../support/contents.ts";
import { type FakeOutput, fakeOutput, type FakeOutputOptions } from "../support/fake_output.ts";
import { type Entry, mcapFile } from "../../files/support/mcap_builder.ts";
import { recording } from "../../files/support/recordings.ts";
import { temporaryFolder } from "../../files/support/temporary.ts";

const file = temporaryFolder();

const quick: DemoOptions = {
  file: undefined,
  play: undefined,
  speed: "max",
  loop: false,
  topics: [],
  reliable: ["*"],
  wait: 1,
  record: undefined,
  json: false,
  tour: true,
  duration: undefined,
  serve: undefined,
};

interface Ended extends FakeOutput {
  readonly error: DemoError | undefined;
}

async function demo(options: Partial<DemoOptions>, output: FakeOutputOptions = {}): Promise<Ended> {
  const fake = fakeOutput(output);
  const program = runDemo({ ...quick, ...options }).pipe(
    Effect.as(undefined),
    Effect.catch((error) => Effect.succeed(error)),
    Effect.provideService(Output, fake.output),
    Effect.provideService(References.MinimumLogLevel, "Warn"),
  );
  return { ...fake, error: await Effect.runPromise(program) };
}

interface MadeChannel {
  readonly topic: string;
  readonly messageEncoding: string;
  /** Of its message; default: 1. */
  readonly bytes?: number;
}

/** A recording with a message on each of the channels, none of which has a schema. */
async function withoutSchemas(channels: ReadonlyArray<MadeChannel>): Promise<Uint8Array> {
  const buffer = new TempBuffer();
  const writer = new McapWriter({ writable: buffer });
  await writer.start({ profile: "", library: "tests" });
  const metadata = new Map<string, string>();
  for (const [index, { topic, messageEncoding, bytes = 1 }] of channels.entries()) {
    const channelId = await writer.registerChannel({ topic, messageEncoding, schemaId: 0, metadata });
    const logTime = BigInt(index);
    const data = new Uint8Array(bytes).fill(48 + index);
    await writer.addMessage({ channelId, sequence: 0, logTime, publishTime: logTime, data });
  }
  await writer.end();
  return buffer.get().slice();
}

describe("the demo", () => {
  for (const name of ["camera.mcap", "logs.mcap", "turtlesim.bag"] as const) {
    it(`records ${name} without losing or changing anything, channels that share a topic kept apart`, async () => {
      const copy = file("copy.mcap");
      const { error, text } = await demo({ file: recording(name), record: copy });
      expect(error).toBeUndefined();
      const original = await contents(recording(name));
      expect(await contents(copy)).toEqual(original);
      expect(text()).toContain(`recorded ${total(original).toLocaleString("en")} messages in ${copy}`);
      expect(text()).not.toContain("lost (see");
    });
  }

  it("keeps channels apart that differ in nothing but their ids", async () => {
    const alike = { topic: "/a", messageEncoding: "json" };
    const path = file("alike.mcap", await withoutSchemas([alike, alike, alike]));
    const copy = file("alike-copy.mcap");
    const { text } = await demo({ file: path, record: copy });
    expect((await contents(copy)).map(({ messages }) => messages)).toEqual([["0 MA=="], ["1 MQ=="], ["2 Mg=="]]);
    expect(text()).toMatch(/^\/a +1 .*\n\/a \(2\) +1 .*\n\/a \(3\) +1 /m);
  });

  it("replays what can be advertised, and names what cannot at the start and in the summary", async () => {
    const path = file(
      "unadvertisable.mcap",
      await withoutSchemas([
        { topic: "/fine", messageEncoding: "json" },
        { topic: "/bare", messageEncoding: "protobuf" },
        { topic: "/mute", messageEncoding: "" },
      ]),
    );
    const copy = file("advertised.mcap");
    const { error, text } = await demo({ file: path, record: copy });
    expect(error).toBeUndefined();
    expect((await contents(copy)).length).toBe(1);
    expect(text().match(/^not advertised: \/bare: .*schema/gm)?.length).toBe(2);
    expect(text().match(/^not advertised: \/mute: it has no message encoding$/gm)?.length).toBe(2);
    expect(text().indexOf("not advertised")).toBeLessThan(text().indexOf("topic "));
    expect(text()).toContain("1 channel, 1 message sent, 1 received (1 B) in ");
  });

  it("says nothing of its viewers when it is at its end before they have joined", async () => {
    const bare = file("no-channels.mcap", await withoutSchemas([]));
    const one = file("one-message.mcap", await withoutSchemas([{ topic: "/a", messageEncoding: "json" }]));
    for (const options of [{ file: bare }, { file: bare, wait: 3 }, { file: bare, wait: 0 }, { file: one, wait: 0 }]) {
      const { error, text } = await demo(options);
      expect(error).toBeUndefined();
      expect(text()).toMatch(
        /^.*over loopback, as fast as it goes\ntopic .*\n(?:\/a .*\n)?\d channels?, \d messages? sent.*\n$/,
      );
    }
  });

  it("says what was too large to be sent", async () => {
    const large = { topic: "/large", messageEncoding: "json", bytes: 16 * 1024 * 1024 };
    const small = { topic: "/small", messageEncoding: "json" };
    const path = file("large.mcap", await withoutSchemas([large, small]));
    for (const reliable of [["*"], []]) {
      const { text } = await demo({ file: path, reliable });
      expect(text()).toContain("2 channels, 2 messages sent, 1 received (1 B); 1 too large to be sent in ");
    }
  });

  it("recommends --reliable only for what that would have kept", async () => {
    const path = file("lossy.mcap", await withoutSchemas([{ topic: "/a", messageEncoding: "json", bytes: 200_000 }]));
    const { text } = await demo({ file: path, reliable: [] });
    expect(text()).toContain("1 message sent, 0 received (0 B); 1 lost (see --reliable) in ");
    expect((await demo({ file: path })).text()).toContain("1 message sent, 1 received (195.3 KiB) in ");
  });

  it("prints a line of JSON for each message, by log time, and all else on standard error", async () => {
    const { text, errorText } = await demo({ file: recording("turtlesim.bag"), json: true }, { isSlow: true });
    const lines = text().trimEnd().split("\n");
    expect(lines.length).toBe(8647);
    const first: unknown = JSON.parse(lines[0]!);
    expect(first).toMatchObject({ topic: "/rosout", logTime: "1396293887844783943", encoding: "ros1" });
    expect(first).toMatchObject({ schema: "rosgraph_msgs/Log" });
    expect(errorText()).toContain("12 channels, 8,647 messages sent, 8,647 received");
  });

  it("replays only the topics asked for, and says so when there are none", async () => {
    const { text } = await demo({ file: recording("turtlesim.bag"), topics: ["/turtle?/cmd_vel", "/tf_*"] });
    expect(text()).toContain("3 channels, 566 messages sent, 566 received");
    const { error } = await demo({ file: recording("logs.mcap"), topics: ["/none", "*x"] });
    expect(error?._tag).toBe("NoSuchTopic");
    expect(error?.message).toMatch(/^no topic of .*logs\.mcap is like "\/none" or "\*x"; it has mouse, \/rosout$/);
  });

  it("brings as many viewers as it waits for", async () => {
    const { text } = await demo({ file: recording("logs.mcap"), wait: 3 });
    expect(text()).toMatch(/2 channels to 3 viewers over loopback, as fast as it goes\n/);
    expect(text()).toContain("1,111 messages sent, 1,111 received");
  });

  it("plays a recording under its viewer's control, jumping back and forth, and loses nothing", async () => {
    const path = file(
      "control.mcap",
      await mcapFile(Array.from({ length: 40 }, (_, index): Entry => [1, BigInt(index) * 10_000_000n, `${index}`])),
    );
    const { error, text } = await demo({ play: path, speed: 4 });
    expect(error).toBeUndefined();
    const said = text().split("\n").filter((line) => line.startsWith("tour: ")).join("\n");
    expect(said).toMatch(/^tour: plays from 0\.0 s of 0\.4 s, 4 times as fast$/m);
    expect(said).toMatch(/^tour: pauses at 0\.\d s of 0\.4 s, 4 times as fast$/m);
    expect(said).toMatch(/^tour: jumps to the middle and stands at 0\.2 s of 0\.4 s, 4 times as fast$/m);
    expect(said).toMatch(/^tour: plays on at 0\.2 s/m);
    const sent = /2 channels, (\d+) messages sent, (\d+) received .* in/.exec(text());
    expect(Number(sent?.[2])).toBe(Number(sent?.[1]));
    expect(Number(sent?.[1])).toBeGreaterThanOrEqual(20);
  });

  it("plays a recording from its start to its end without the tour, and only the topics asked for", async () => {
    const { text } = await demo({ play: recording("logs.mcap"), tour: false, speed: 20, topics: ["mouse"] });
    expect(text()).toMatch(/^tour: plays from 0\.0 s of 3\.1 s, 20 times as fast$/m);
    expect(text()).not.toContain("pauses");
    expect(text()).toMatch(/1 channel, \d+ messages sent, \d+ received/);
    const { error } = await demo({ play: recording("logs.mcap"), topics: ["/none"], speed: 20 });
    expect(error?.message).toMatch(/^no topic of .*logs\.mcap is like "\/none"; it has mouse, \/rosout$/);
  });

  it("refuses what does not go with playback, before it opens anything", async () => {
    const both = await demo({ play: "a.mcap", file: "b.mcap", speed: 1 });
    expect([both.error?._tag, both.error?.message]).toEqual([
      "OptionConflict",
      'there are two recordings: FILE "b.mcap" is replayed, --play "a.mcap" is controlled by viewers; give one',
    ]);
    const max = await demo({ play: "a.mcap", speed: "max" });
    expect(max.error?.message).toMatch(/^--play goes as fast as --speed says: give a number/);
    const none = await demo({ play: file("none.mcap"), speed: 1, record: file("unmade.mcap") });
    expect(none.error?.message).toMatch(/there is no such file$/);
    await expect(readFile(file("unmade.mcap"))).rejects.toThrow("ENOENT");
    const bag = await demo({ play: recording("turtlesim.bag"), speed: 1 });
    expect(bag.error?.message).toContain("no MCAP file with an index");
  });

  it("does not wait for messages that were logged before anybody had subscribed", async () => {
    const { text } = await demo({ file: recording("camera.mcap"), wait: 0 });
    const sent = /30 messages sent, (\d+) received \([^)]*\)(?:; (\d+) before any subscription)? in/.exec(text());
    expect(Number(sent?.[1]) + Number(sent?.[2] ?? 0)).toBe(30);
  });

  it("drives the rover for as long as asked, and begins a recording again at its end", async () => {
    const rover = await demo({ duration: 2, topics: ["*pose", "*battery"] });
    expect(rover.text()).toContain("2 channels, 102 messages sent, 102 received");
    const looped = await demo({ file: recording("logs.mcap"), loop: true, duration: 7 });
    expect(looped.text()).toMatch(/2 channels, 2,\d{3} messages sent, 2,\d{3} received/);
  });

  it("draws a table in place on a terminal, whole at the end", async () => {
    const { text } = await demo({ file: recording("turtlesim.bag") }, { isTerminal: true });
    expect(text()).toContain("\x1b[14A\r");
    const last = text().slice(text().lastIndexOf("\x1b[J"));
    expect(last).toContain("12 channels, 8,647 messages sent, 8,647 received");
  });

  it("ends without a word when nobody reads its output any more, with the recording complete", async () => {
    const copy = file("closed.mcap");
    const { error, attempts, errorText } = await demo({ json: true, record: copy, speed: 1 }, { writes: 3 });
    expect(error?._tag).toBe("ClosedPipe");
    expect([attempts(), errorText()]).toEqual([4, ""]);
    expect(total(await contents(copy))).toBeGreaterThan(0);
  });

  it("completes the recording and the summary when it is interrupted", async () => {
    const copy = file("interrupted.mcap");
    const fake = fakeOutput();
    const program = Effect.provideService(
      runDemo({ ...quick, speed: 1, record: copy, json: true }),
      Output,
      fake.output,
    );
    const untilShown = Effect.suspend(() => fake.attempts() < 3 ? Effect.fail("not yet") : Effect.void);
    await Effect.runPromise(Effect.scoped(Effect.gen(function* () {
      const fiber = yield* Effect.forkScoped(program);
      yield* Effect.eventually(Effect.andThen(Effect.yieldNow, untilShown));
      yield* Fiber.interrupt(fiber);
    })));
    const lines = fake.text().trimEnd().split("\n").length;
    expect(total(await contents(copy))).toBe(lines);
    expect(fake.errorText()).toMatch(/6 channels, \d+ messages sent, \d+ received .*\nrecorded \d+ messages in /);
  });

  it("keeps what came before a recording's damage, and fails", async () => {
    const entries = Array.from({ length: 40 }, (_, index): Entry => [1, BigInt(index), "x".repeat(1000)]);
    const bytes = await mcapFile(entries, { chunkSize: 10_000 });
    bytes[bytes.byteLength - 12_000] = 255;
    const path = file("damaged.mcap", bytes);
    const copy = file("before.mcap");
    const { error, text } = await demo({ file: path, record: copy });
    expect(error?.message).toMatch(/^cannot replay ".*damaged\.mcap": the file is damaged: Incorrect chunk CRC/);
    const kept = total(await contents(copy));
    expect(kept).toBeGreaterThan(0);
    expect(kept).toBeLessThan(40);
    expect(text()).toContain(`recorded ${kept} messages`);
  });

  it("does not overwrite the recording that it replays", async () => {
    const bytes = await readFile(recording("logs.mcap"));
    const path = file("own.mcap");
    writeFileSync(path, bytes);
    const { error } = await demo({ file: path, record: path });
    expect(error?.message).toMatch(/^cannot record to ".*": it is the recording that is to be replayed$/);
    expect((await readFile(path)).equals(bytes)).toBe(true);
  });

  it("does not make a recording when there is nothing to replay", async () => {
    const { error } = await demo({ file: file("none.mcap"), record: file("never.mcap") });
    expect(error?.message).toMatch(/there is no such file$/);
    await expect(readFile(file("never.mcap"))).rejects.toThrow("ENOENT");
  });
});
