/**
 * `publishParameterValues` to viewers that subscribe to the parameters, against encoding the message once.
 */
import { do_not_optimize } from "mitata";
import { type ClientMessage, encodeServerFrame } from "../core/protocol/mod.ts";
import { Context, Gateway, type Parameter } from "../mod.ts";
import { check } from "./support/check.ts";
import { type Case, compare, Stopwatch, type Timing } from "./support/measure.ts";
import { NullRoom } from "./support/null_room.ts";
import { Report, time, times } from "./support/report.ts";

const VIEWERS = [1, 10, 100] as const;
const BURST = 64;
const VALUES: ReadonlyArray<Parameter> = Array.from({ length: 10 }, (_, index) => ({
  name: `/motor/${index}/gain`,
  value: index + 0.5,
}));

const subscribe: ClientMessage = {
  op: "subscribeParameterUpdates",
  parameterNames: VALUES.map(({ name }) => name),
};

async function start(viewers: number): Promise<{ gateway: Gateway; room: NullRoom }> {
  const room = new NullRoom(viewers, { answer: () => subscribe });
  const gateway = await Gateway.start({
    name: "rover",
    context: new Context(),
    transport: room.transport,
    capabilities: ["parameters"],
  });
  await gateway.connected();
  const frame = encodeServerFrame({ op: "parameterValues", parameters: VALUES });
  check(frame instanceof Uint8Array, "the values do not fit into a frame");
  // They are all subscribed once each of them gets what is published.
  for (let patience = 1_000;; patience -= 1) {
    await gateway.drain(60_000);
    const before = room.viewers.map(({ bytes }) => bytes);
    gateway.publishParameterValues(VALUES);
    await gateway.drain(60_000);
    if (room.viewers.every(({ bytes }, index) => bytes - before[index]! === frame.byteLength)) break;
    check(patience > 0, "the viewers have not subscribed");
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  return { gateway, room };
}

/** A burst published in one turn; the writing out, between the runs, is not measured. */
function publishing(viewers: number, gateway: Gateway): Case {
  const stopwatch = new Stopwatch();
  const run = async (): Promise<void> => {
    await gateway.drain(60_000);
    stopwatch.start();
    for (let count = 0; count < BURST; count += 1) gateway.publishParameterValues(VALUES);
    stopwatch.stop();
  };
  return { name: `${viewers} viewers`, operations: BURST, run, stopwatch };
}

const encode: Case = {
  name: "encode",
  operations: BURST,
  run: () => {
    for (let count = 0; count < BURST; count += 1) {
      do_not_optimize(encodeServerFrame({ op: "parameterValues", parameters: VALUES }));
    }
  },
};

const gateways = new Map<string, Case>();
const close: Array<() => Promise<void>> = [];
for (const viewers of VIEWERS) {
  const { gateway } = await start(viewers);
  gateways.set(`viewers${viewers}`, publishing(viewers, gateway));
  close.push(() => gateway.close());
}
const timings: Readonly<Record<string, Timing>> = await compare(
  { encode, ...Object.fromEntries(gateways) },
  { turnMs: 50 },
);
for (const end of close) await end();

const once = timings["encode"]!.median;
const report = new Report("`publishParameterValues` of 10 values to many viewers");
report.table(["10 values", "time of one", "against the encode"], [
  ["the encode alone", time(once), times(1)],
  ...VIEWERS.map((viewers) => {
    const { median } = timings[`viewers${viewers}`]!;
    return [`${viewers} ${viewers === 1 ? "viewer" : "viewers"}`, time(median), times(median / once)];
  }),
]);
report.print();
