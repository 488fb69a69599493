import * as Redacted from "effect/Redacted";
import { describe, expect, it } from "vitest";
import { connectionOf, type HttpConnection, type LiveKitConnection } from "../../../cli/connection/connection.ts";
import type { ConnectionOptions, Environment } from "../../../cli/connection/options.ts";
import { OptionConflict, OptionMissing } from "../../../cli/errors.ts";

const none: ConnectionOptions = {
  transport: undefined,
  url: undefined,
  token: undefined,
  apiKey: undefined,
  apiSecret: undefined,
  room: undefined,
  identity: undefined,
  iceServers: [],
  iceTransportPolicy: undefined,
};
const url = "ws://127.0.0.1:7880";
const keys = { url, apiKey: "devkey", apiSecret: Redacted.make("hidden-secret"), room: "yard" };

function connection(options: Partial<ConnectionOptions>, environment: Environment = {}): LiveKitConnection {
  const result = connectionOf({ ...none, ...options }, environment, { identity: "device" });
  if (result instanceof OptionConflict || result instanceof OptionMissing) throw result;
  if (result.kind !== "livekit") throw new Error(`this goes to ${result.where}`);
  return result;
}

function served(options: Partial<ConnectionOptions>, environment: Environment = {}): HttpConnection {
  const result = connectionOf({ ...none, ...options }, environment, { identity: "device" });
  if (result instanceof OptionConflict || result instanceof OptionMissing) throw result;
  if (result.kind !== "http") throw new Error(`this goes to ${result.where}`);
  return result;
}

function problem(options: Partial<ConnectionOptions>, environment: Environment = {}): string {
  const result = connectionOf({ ...none, ...options }, environment, { identity: "device" });
  if (!(result instanceof OptionConflict || result instanceof OptionMissing)) throw new Error("there is no problem");
  return `${result._tag}: ${result.message}`;
}

interface Claims {
  readonly iss: string;
  readonly sub: string;
  readonly video: { readonly room: string };
}

/** What the next token of a connection says. */
async function claims({ livekit: { token } }: LiveKitConnection): Promise<Claims> {
  const text = typeof token === "string" ? token : await token({ signal: new AbortController().signal });
  return JSON.parse(Buffer.from(text.split(".")[1] ?? "", "base64url").toString());
}

/** A token without a signature that anybody has made. */
function unsigned(payload: unknown): string {
  return `e30.${Buffer.from(JSON.stringify(payload)).toString("base64url")}.x`;
}

describe("where to connect", () => {
  it("makes a token for each connection of a key and its secret", async () => {
    const made = connection(keys);
    expect(made.transport.name).toBe("livekit");
    expect(made.where).toBe("LiveKit at ws://127.0.0.1:7880, room yard, as device");
    expect(await claims(made)).toMatchObject({ iss: "devkey", sub: "device", video: { room: "yard" } });
    expect((await claims(connection({ ...keys, identity: "rover-7" }))).sub).toBe("rover-7");
  });

  it("takes a token as it is, and shows what the token says of itself", () => {
    const text = unsigned({ sub: "anna", video: { room: "field" } });
    const made = connection({ url, token: Redacted.make(text) });
    expect(made.livekit.token).toBe(text);
    expect(made.where).toBe("LiveKit at ws://127.0.0.1:7880, room field, as anna");
    for (const foreign of ["nonsense", "a.b.c", unsigned([1]), unsigned("text"), unsigned({ video: 1, sub: 2 })]) {
      expect(connection({ url, token: Redacted.make(foreign) }).where).toBe("LiveKit at ws://127.0.0.1:7880");
    }
  });

  it("reads the variables that LiveKit's own tools read, and flags win over them", async () => {
    const environment = {
      LIVEKIT_URL: "wss://livekit.example.org",
      LIVEKIT_API_KEY: "fromVariable",
      LIVEKIT_API_SECRET: "variable-secret",
    };
    const made = connection({ room: "yard" }, environment);
    expect(made.livekit.url).toBe("wss://livekit.example.org/");
    expect((await claims(made)).iss).toBe("fromVariable");
    const overridden = connection({ room: "yard", url, apiKey: "fromFlag" }, environment);
    expect(overridden.livekit.url).toBe(`${url}/`);
    expect((await claims(overridden)).iss).toBe("fromFlag");
  });

  it("prefers the variable with a token, unless flags ask for one to be made", async () => {
    const environment = {
      LIVEKIT_URL: url,
      LIVEKIT_TOKEN: unsigned({ sub: "anna" }),
      LIVEKIT_API_KEY: "devkey",
      LIVEKIT_API_SECRET: "hidden-secret",
    };
    expect(connection({}, environment).livekit.token).toBe(environment.LIVEKIT_TOKEN);
    expect((await claims(connection({ room: "yard" }, environment))).sub).toBe("device");
    const own = unsigned({ sub: "ben" });
    expect(connection({ token: Redacted.make(own) }, environment).livekit.token).toBe(own);
  });

  it("says all that is missing, and which flags and variables give it", () => {
    expect(problem({})).toBe(
      "OptionMissing: cannot connect without a --url (or LIVEKIT_URL), for example ws://localhost:7880; without a " +
        "--token (or LIVEKIT_TOKEN), or an --api-key with its --api-secret (or LIVEKIT_API_KEY and " +
        "LIVEKIT_API_SECRET) and a --room",
    );
    expect(problem({ url, apiKey: "devkey" })).toBe(
      "OptionMissing: cannot connect without the --api-secret (or LIVEKIT_API_SECRET) of the key; without the --room " +
        "to join",
    );
    expect(problem({ url }, { LIVEKIT_API_SECRET: "hidden-secret" })).toBe(
      "OptionMissing: cannot connect without the --api-key (or LIVEKIT_API_KEY) of the secret; without the --room to join",
    );
    // An empty variable is one that is not there.
    expect(problem({ ...keys, url: undefined }, { LIVEKIT_URL: "" })).toContain("without a --url (or LIVEKIT_URL)");
  });

  it("refuses flags that are there with nothing in them, as those made of a variable that is not set", () => {
    const environment = { LIVEKIT_TOKEN: unsigned({ sub: "anna" }), LIVEKIT_API_KEY: "k", LIVEKIT_API_SECRET: "s" };
    expect(problem({ url, token: Redacted.make("") }, environment)).toBe(
      "OptionConflict: --token is empty: is a variable set that it was made of?",
    );
    expect(problem({ ...keys, apiSecret: Redacted.make(""), room: "", identity: "" }, environment)).toContain(
      "OptionConflict: --api-secret and --room and --identity are empty",
    );
    expect(problem({ ...keys, apiKey: "" }, environment)).toContain("--api-key is empty");
  });

  it("refuses a token together with what tokens are made of", () => {
    expect(problem({ url, token: Redacted.make("a.b.c"), room: "yard", apiKey: "devkey" })).toBe(
      "OptionConflict: --token says already who joins which room: leave out --api-key and --room, or the token",
    );
  });

  it("goes by the scheme of the URL, and says which there are", () => {
    for (const scheme of ["ws", "wss"]) {
      expect(connection({ ...keys, url: `${scheme}://host` }).transport.name).toBe("livekit");
    }
    for (const scheme of ["http", "https"]) {
      const given = { ...keys, url: `${scheme}://host` };
      expect(connection({ ...given, transport: "livekit" }).livekit.url).toBe(`${scheme}://host/`);
      expect(connection({ ...given, url: undefined }, { LIVEKIT_URL: `${scheme}://host` }).transport.name).toBe(
        "livekit",
      );
    }
    expect(problem({ ...keys, url: "ftp://host" })).toContain("there is no transport for a --url with ftp://; ");
    for (const foreign of ["localhost:7880", "host", "ws://", ""]) {
      expect(problem({ ...keys, url: foreign })).toContain("is no URL of a server: give one like ws://host:7880");
    }
  });

  it("goes to a served device over HTTP, with a token, and as whoever is asked for", () => {
    const made = served({ url: "http://127.0.0.1:8787/robot#token=hidden" });
    expect(made.transport.name).toBe("sse");
    expect(made.where).toBe("http://127.0.0.1:8787/robot");
    expect(served({ url: "https://host", token: Redacted.make("hidden"), identity: "anna" }).where).toBe(
      "https://host/",
    );
  });

  it("says what LiveKit takes and a served device does not", () => {
    const given = { url: "http://host" };
    expect(problem({ ...given, room: "yard" })).toBe(
      "OptionConflict: --room is for LiveKit, and the --url is one over HTTP: leave it out, or say --transport livekit",
    );
    expect(problem({ ...given, iceServers: ["none"] })).toContain("--ice-server is for LiveKit");
    expect(problem({ ...given, apiSecret: Redacted.make("hidden-secret") })).toContain("--api-secret is for LiveKit");
    expect(problem({ url: "http://user:hidden@host" })).toBe(
      "OptionConflict: a --url over HTTP takes no user and password: give a --token",
    );
  });

  it("takes none, or STUN servers, in place of those that the server names", () => {
    expect(connection(keys).livekit.iceServers).toBeUndefined();
    expect(connection({ ...keys, iceServers: ["none"] }).livekit.iceServers).toEqual([]);
    expect(connection({ ...keys, iceServers: ["stun:a:3478", "stuns:b"] }).livekit.iceServers)
      .toEqual([{ urls: "stun:a:3478" }, { urls: "stuns:b" }]);
    expect(problem({ ...keys, iceServers: ["none", "stun:a"] })).toContain("--ice-server none goes with no other one");
    expect(problem({ ...keys, iceServers: ["turn:a"] })).toContain("TURN needs credentials");
    expect(connection({ ...keys, iceTransportPolicy: "relay" }).livekit.iceTransportPolicy).toBe("relay");
  });

  it("gives no secret away, whatever is wrong", () => {
    const secrets = { apiSecret: Redacted.make("hidden-secret") };
    const wrong = [
      problem({ ...secrets }),
      problem({ ...secrets, url, token: Redacted.make("hidden-token") }),
      problem({ ...keys, url: "hidden-token" }),
      problem({ ...keys, url: "http://user:hidden-password@host" }),
      problem({ ...keys, url: "ftp://host?token=hidden-token" }),
      connection({ ...keys, url: "ws://user:hidden-password@host/path?token=hidden-token" }).where,
    ];
    expect(wrong.join("\n")).not.toContain("hidden");
  });
});
