import * as Effect from "effect/Effect";
import * as Exit from "effect/Exit";
import * as Fiber from "effect/Fiber";
import { describe, expect, it } from "vitest";
import { livekit, type LiveKitOptions } from "../../../adapters/livekit/mod.ts";
import { JoinError } from "../../../transport/errors.ts";

const url = "ws://127.0.0.1:1";

/** What joining fails with; the token is asked for before anything else is done. */
async function failure(token: LiveKitOptions["token"]): Promise<JoinError> {
  return await Effect.runPromise(Effect.flip(Effect.scoped(livekit({ url, token }).join())));
}

describe("the options of livekit", () => {
  it("take the four schemes of a server's address", () => {
    for (const scheme of ["ws", "wss", "http", "https"]) {
      expect(livekit({ url: `${scheme}://livekit.example.org`, token: "t" }).name).toBe("livekit");
    }
  });

  it("are refused with words for any other address", () => {
    for (const wrong of ["", "livekit.example.org", "localhost:7880", "ftp://example.org", "//example.org", "ws://"]) {
      expect(() => livekit({ url: wrong, token: "t" })).toThrow(RangeError);
    }
    expect(() => livekit({ url: "ftp://example.org", token: "t" })).toThrow("received one that begins with ftp://");
    expect(() => livekit({ url: "livekit.example.org", token: "t" })).toThrow("received text that is no such URL");
    const missing: { url: string; token: string } = JSON.parse(`{ "token": "t" }`);
    expect(() => livekit(missing)).toThrow("'url'");
  });

  it("are refused without telling what is secret in an address, or a token that was given in its place", () => {
    for (
      const wrong of ["ftp://anna:hidden@example.org/hidden?hidden", "anna:hidden@example.org", "hidden", "hidden:"]
    ) {
      let message = "";
      try {
        livekit({ url: wrong, token: "t" });
      } catch (error) {
        message = String(error);
      }
      expect(message).toContain("RangeError: Cannot make a transport as 'url'");
      expect(message).not.toContain("hidden");
    }
  });

  it("are refused with words where a limit makes no sense", () => {
    expect(() => livekit({ url, token: "t", limits: { heldStreams: 0 } })).toThrow("'heldStreams'");
  });

  it("are refused with words where there is no token, nor a function for one", () => {
    for (const token of [undefined, null, 5, "", {}]) {
      const options: LiveKitOptions = Object.assign({ url, token: "t" }, { token });
      expect(() => livekit(options)).toThrow(/'token'/);
    }
  });

  it("are refused with words where a time makes no sense", () => {
    for (const connectTimeoutMs of [0, -1, NaN, Infinity]) {
      expect(() => livekit({ url, token: "t", connectTimeoutMs })).toThrow(`received ${connectTimeoutMs}`);
    }
    // A timer for longer than a timer can be set for would be over at once.
    expect(() => livekit({ url, token: "t", connectTimeoutMs: 2 ** 31 })).toThrow("received 2147483648");
    expect(livekit({ url, token: "t", connectTimeoutMs: 2 ** 31 - 1 }).name).toBe("livekit");
    const text: LiveKitOptions = JSON.parse(`{ "url": "${url}", "token": "t", "connectTimeoutMs": "5000" }`);
    expect(() => livekit(text)).toThrow("'connectTimeoutMs' must be a number");
  });

  it("are refused with words where they would fail each connection", () => {
    const wrong: ReadonlyArray<readonly [string, unknown]> = [
      ["iceServers", "none"],
      ["iceServers", [{}]],
      ["iceServers", [{ urls: [] }]],
      ["iceServers", [{ urls: [5] }]],
      ["iceServers", [null]],
      ["iceTransportPolicy", "turn"],
      ["logLevel", "loud"],
      ["logLevel", 2],
    ];
    for (const [name, value] of wrong) {
      const options: LiveKitOptions = Object.assign({ url, token: "t" }, { [name]: value });
      expect(() => livekit(options)).toThrow(RangeError);
      expect(() => livekit(options)).toThrow(`'${name}' must be`);
    }
    const iceServers = [{ urls: "stun:a" }, { urls: ["turn:a", "turn:b"], username: "u", credential: "c" }];
    expect(livekit({ url, token: "t", iceServers, iceTransportPolicy: "relay", logLevel: "silent" }).name)
      .toBe("livekit");
    expect(livekit({ url, token: "t", iceServers: [] }).name).toBe("livekit");
  });
});

describe("a token function", () => {
  it("that fails fails the attempt to join, which may be made again", async () => {
    const cause = new Error("the token service is down");
    for (
      const token of [
        () => {
          throw cause;
        },
        () => Promise.reject(cause),
      ]
    ) {
      const error = await failure(token);
      expect(error).toMatchObject({ _tag: "JoinError", reason: "unreachable", cause });
      expect(error.message).toBe("cannot join the room (unreachable): there is no token: the token service is down");
    }
  });

  it("may say with a JoinError that trying again is of no use", async () => {
    const refused = new JoinError({ reason: "refused", detail: "this rover is stolen" });
    expect(await failure(() => Promise.reject(refused))).toBe(refused);
  });

  it("that gives something other than a token fails the attempt with words", async () => {
    for (const given of ["", undefined, 5, { token: "t" }]) {
      const token: () => string = () => JSON.parse(JSON.stringify({ given })).given;
      expect(await failure(token)).toMatchObject({ reason: "unreachable", detail: expect.stringContaining("no text") });
    }
  });

  it("is asked for each attempt, and told when the attempt was given up", async () => {
    let asked = 0;
    const signals: Array<AbortSignal> = [];
    const transport = livekit({
      url,
      token: ({ signal }) => {
        asked++;
        signals.push(signal);
        return new Promise(() => {});
      },
    });
    for (let attempt = 0; attempt < 2; attempt++) {
      const joining = Effect.runFork(Effect.scoped(transport.join()));
      await new Promise<void>((resolve) => setImmediate(resolve));
      expect(signals[attempt]?.aborted).toBe(false);
      expect(Exit.isFailure(await Effect.runPromise(Effect.andThen(Fiber.interrupt(joining), Fiber.await(joining)))))
        .toBe(true);
    }
    expect([asked, signals.map(({ aborted }) => aborted)]).toEqual([2, [true, true]]);
  });
});
