/**
 * Service calls from a viewer to a device and back over the loopback transport, one at a time and 32 under way (as many as
 * one viewer may have), against a MessageChannel that posts the payload there and back.
 */
import { LoopbackHub } from "../adapters/loopback/mod.ts";
import { Context, Gateway, Viewer } from "../mod.ts";
import { checkCount } from "./support/check.ts";
import { type Case, compare, type Effort } from "./support/measure.ts";
import { perSecond, Report, time, times } from "./support/report.ts";

const CALLS = 2_000;
const UNDER_WAY = [1, 32] as const;
const EFFORT: Effort = { rounds: 5, turnMs: 1, samples: 3, collects: false };
const PAYLOAD = new Uint8Array(100).fill(7);

/** Makes all calls, with so many under way at a time. */
async function callAll(underWay: number, call: () => Promise<Uint8Array>): Promise<void> {
  let left = CALLS;
  let bytes = 0;
  const lane = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      const response = await call();
      bytes += response.byteLength;
    }
  };
  await Promise.all(Array.from({ length: underWay }, lane));
  checkCount("bytes of responses", bytes, CALLS * PAYLOAD.byteLength);
}

function calling(name: string, underWay: number, call: () => Promise<Uint8Array>): Case {
  return { name, operations: CALLS, run: () => callAll(underWay, call) };
}

/** A port that answers each message with itself. */
class Echo {
  readonly #near: MessagePort;
  readonly #far: MessagePort;
  readonly #waiting: Array<(data: Uint8Array) => void> = [];

  constructor() {
    const { port1, port2 } = new MessageChannel();
    this.#near = port1;
    this.#far = port2;
    port2.onmessage = ({ data }: MessageEvent<Uint8Array>): void => port2.postMessage(data);
    port1.onmessage = ({ data }: MessageEvent<Uint8Array>): void => this.#waiting.shift()?.(data);
  }

  readonly call = (): Promise<Uint8Array> => {
    this.#near.postMessage(PAYLOAD);
    return new Promise((resolve) => this.#waiting.push(resolve));
  };

  close(): void {
    this.#near.close();
    this.#far.close();
  }
}

const hub = new LoopbackHub();
const gateway = await Gateway.start({
  name: "rover",
  context: new Context(),
  transport: hub.transport({ identity: "rover" }),
  services: [
    { name: "/echo", request: { encoding: "raw" }, handler: (request) => request.payload },
    { name: "/echo_later", request: { encoding: "raw" }, handler: (request) => Promise.resolve(request.payload) },
  ],
});
const viewer = await Viewer.connect(hub.transport({ identity: "viewer-1" }));
const call = (name: string) => async (): Promise<Uint8Array> => (await viewer.callService(name, PAYLOAD)).data;
await call("/echo")();

const report = new Report("Service calls over loopback, payload of 100 B");
const echo = new Echo();
for (const underWay of UNDER_WAY) {
  const timings = await compare({
    port: calling("MessageChannel", underWay, echo.call),
    plain: calling("plain", underWay, call("/echo")),
    promise: calling("promise", underWay, call("/echo_later")),
  }, EFFORT);
  const row = (name: string, key: keyof typeof timings): ReadonlyArray<string> => {
    const { median } = timings[key];
    return [name, perSecond(median), time(median), times(timings.port.median / median)];
  };
  report.table([`${underWay} under way`, "calls", "time of one", "speed against MessageChannel"], [
    row("MessageChannel, there and back", "port"),
    row("`callService`, a plain handler", "plain"),
    row("`callService`, a handler with a promise", "promise"),
  ]);
}
echo.close();
await viewer.close();
await gateway.close();
report.print();
