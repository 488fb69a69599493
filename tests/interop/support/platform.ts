/**
 * A stand-in for the platform that wakes a device: just enough for the peer gateway to join a room.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";

const BASE = "/internal/platform/v1";
const HEARTBEAT_MS = 5_000;
const WAIT_FOR_VIEWER_MS = 60_000;

/** Where a device that is woken goes. */
export interface Errand {
  /** The LiveKit server. */
  readonly url: string;
  /** Makes the device's token; a new one for each time that it is woken. */
  readonly token: () => Promise<string>;
}

/** A platform with one device, which is woken whenever it asks. */
export class Platform implements AsyncDisposable {
  /** The address that the device is given. */
  readonly url: string;
  /** What was asked for that is not there. */
  readonly unknown: Array<string> = [];
  readonly #server: Server;
  #sessions = 0;

  private constructor(server: Server, port: number) {
    this.#server = server;
    this.url = `http://127.0.0.1:${port}`;
  }

  /** Starts one on a free port of this machine. */
  static async start(errand: Errand): Promise<Platform> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    if (address === null || typeof address === "string") throw new Error("the platform has no port");
    const platform = new Platform(server, address.port);
    server.on("request", (request, response) => void platform.#answer(request, response, errand));
    return platform;
  }

  /** Ends it, with the streams that are open. */
  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #answer(request: IncomingMessage, response: ServerResponse, errand: Errand): Promise<void> {
    const path = new URL(request.url ?? "/", this.url).pathname;
    switch (path) {
      case `${BASE}/device-info`:
        return json(response, { id: "dev_1", name: "device", projectId: "prj_1", retainRecordingsSeconds: 3600 });
      case `${BASE}/remote-sessions/watch`: {
        const token = await errand.token();
        response.writeHead(200, { "content-type": "text/event-stream" });
        event(response, "hello", {
          watchLeaseId: `lease_${++this.#sessions}`,
          deviceWaitForViewerMs: WAIT_FOR_VIEWER_MS,
          heartbeatIntervalMs: HEARTBEAT_MS,
        });
        return event(response, "wake", { remoteAccessSessionId: `ras_${this.#sessions}`, url: errand.url, token });
      }
      case `${BASE}/remote-sessions/watch/heartbeat`:
        return json(response, {});
      default:
        this.unknown.push(`${request.method} ${path}`);
        response.writeHead(404).end();
    }
  }
}

function json(response: ServerResponse, body: unknown): void {
  response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(body));
}

function event(response: ServerResponse, name: string, data: unknown): void {
  response.write(`event: ${name}\ndata: ${JSON.stringify(data)}\n\n`);
}
