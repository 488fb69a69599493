import { createHash } from "node:crypto";
import { createServer, type Server } from "node:net";
import { constants, deflateRawSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { mendWebSocket } from "../../../adapters/livekit/web_socket.ts";

/** A server that says one thing, compressed when it may be, and then ends the connection without a word about that. */
let server: Server;
/** What was offered to it, of each connection. */
let offers: Array<string>;

function answer(request: string): string {
  const key = /sec-websocket-key: (.*)\r\n/i.exec(request)?.[1] ?? "";
  const accept = createHash("sha1").update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64");
  return [
    "HTTP/1.1 101 Switching Protocols",
    "Upgrade: websocket",
    "Connection: Upgrade",
    `Sec-WebSocket-Accept: ${accept}`,
    ...(offers.at(-1)?.includes("permessage-deflate") ? ["Sec-WebSocket-Extensions: permessage-deflate"] : []),
    "\r\n",
  ].join("\r\n");
}

function frame(text: string, compressed: boolean): Uint8Array {
  const payload = compressed
    ? deflateRawSync(text, { finishFlush: constants.Z_SYNC_FLUSH }).subarray(0, -4)
    : new TextEncoder().encode(text);
  return Uint8Array.of(compressed ? 0xc1 : 0x81, payload.length, ...payload);
}

beforeEach(async () => {
  offers = [];
  server = createServer((socket) => {
    socket.on("error", () => {});
    socket.once("data", (data) => {
      const request = data.toString("latin1");
      offers.push(/sec-websocket-extensions: (.*)\r\n/i.exec(request)?.[1] ?? "");
      socket.write(answer(request));
    });
    // Whoever is connected asks for the last word.
    socket.on("data", (data) => {
      if (data[0] === 0x81) socket.end(frame("the last word", offers.at(-1) !== ""));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});

afterEach(() => new Promise<void>((resolve) => void server.close(() => resolve())));

/** Connects, asks, and says what came until the end. */
function listen(path: string): Promise<ReadonlyArray<unknown>> {
  const address = server.address();
  const port = typeof address === "object" ? address?.port : undefined;
  const socket = new WebSocket(`ws://127.0.0.1:${port}${path}`, []);
  const heard: Array<unknown> = [];
  return new Promise((resolve) => {
    socket.addEventListener("open", () => socket.send("?"));
    socket.addEventListener("message", ({ data }) => heard.push(data));
    socket.addEventListener("close", () => resolve(heard));
  });
}

describe("a signal connection", () => {
  beforeEach(mendWebSocket);

  it.each(["/rtc?access_token=t", "/rtc/v1?access_token=t", "/behind/a/path/rtc?access_token=t&auto_subscribe=0"])(
    "to %s hears the last word of a server that ends it at once",
    async (path) => {
      for (let round = 0; round < 5; round++) expect(await listen(path)).toEqual(["the last word"]);
    },
  );

  it("that closes after its stream has ended does not end the process", async () => {
    const address = server.address();
    const socket = new WebSocket(
      `ws://127.0.0.1:${typeof address === "object" ? address?.port : 0}/rtc?access_token=t`,
    );
    const closed = new Promise((resolve) => socket.addEventListener("close", resolve));
    const heard: Array<string> = [];
    socket.onclose = () => {
      heard.push("not this one");
    };
    const handler = ({ type }: Event): void => {
      heard.push(type);
      throw new TypeError("The stream controller cannot close or enqueue");
    };
    socket.onclose = handler;
    expect(socket.onclose).toBe(handler);
    socket.onopen = () => socket.send("?");
    await closed;
    socket.onclose = null;
    expect(heard).toEqual(["close"]);
  });

  it("is a WebSocket like any other", () => {
    const socket = new WebSocket("ws://127.0.0.1:9/rtc?access_token=t");
    socket.addEventListener("error", () => {});
    expect(socket).toBeInstanceOf(WebSocket);
    expect(socket.constructor.name).toBe("WebSocket");
    expect(WebSocket.CLOSED).toBe(3);
    socket.close();
  });
});

describe("another connection", () => {
  it.each(["/", "/rtc", "/arts?access_token=t"])("to %s is made as it was", async (path) => {
    await listen(path);
    mendWebSocket();
    await listen(path);
    expect(offers[1]).toBe(offers[0]);
  });
});
