/**
 * What it costs that a viewer joins a device with 1,000 channels with large schemas: bytes on the wire and the device's
 * time, for viewers that read the schema table (2.3.0) and for those that have each schema inline (2.2.0).
 */
import { Context, Gateway } from "../mod.ts";
import { check } from "./support/check.ts";
import { type Case, compare } from "./support/measure.ts";
import { NullRoom } from "./support/null_room.ts";
import { figure, Report, time, times } from "./support/report.ts";

const CHANNELS = 1_000;
const SCHEMA_BYTES = 8 * 1024;
const VIEWERS = 4;
const MIB = 1024 * 1024;

interface Fleet {
  readonly name: string;
  /** How many different schemas the channels have between them. */
  readonly schemas: number;
}

const FLEETS: ReadonlyArray<Fleet> = [
  { name: "20 schemas, 50 channels each", schemas: 20 },
  { name: "1,000 schemas, one channel each", schemas: CHANNELS },
];

function makeContext(schemas: number): Context {
  const context = new Context();
  for (let channel = 0; channel < CHANNELS; channel += 1) {
    const number = channel % schemas;
    context.channel({
      topic: `/sensors/${channel}`,
      encoding: "json",
      schema: {
        name: `robot.Sensor${number}`,
        encoding: "jsonschema",
        data: `{"$id":"${number}"}`.padEnd(SCHEMA_BYTES),
      },
    });
  }
  return context;
}

/** Has viewers of that version join, and says how many bytes one of them was written. */
async function join(context: Context, version: string): Promise<number> {
  const room = new NullRoom(VIEWERS, { version, answer: () => ({ op: "unsubscribe", channelIds: [] }) });
  const gateway = await Gateway.start({ name: "rover", context, transport: room.transport });
  await gateway.connected();
  while (room.viewers.some(({ bytes }) => bytes === 0)) await gateway.drain(60_000);
  await gateway.drain(60_000);
  await gateway.close();
  const bytes = room.viewers.map((viewer) => viewer.bytes);
  check(new Set(bytes).size === 1, `viewers that are alike were written ${bytes.join(", ")} bytes`);
  return bytes[0]!;
}

const report = new Report(
  `Joining a device with ${figure(CHANNELS)} channels with schemas of ${SCHEMA_BYTES / 1024} KiB`,
);
for (const { name, schemas } of FLEETS) {
  const context = makeContext(schemas);
  const inlineBytes = await join(context, "2.2.0");
  const tableBytes = await join(context, "2.3.0");
  const joining = (version: string): Case => ({
    name: version,
    operations: VIEWERS,
    run: () => join(context, version),
  });
  const timings = await compare({ inline: joining("2.2.0"), table: joining("2.3.0") }, { turnMs: 200 });
  report.table([name, "MiB on the wire", "against inline", `time a viewer, ${VIEWERS} at once`], [
    ["inline (2.2.0)", figure(inlineBytes / MIB), times(1), time(timings.inline.median)],
    ["schema table (2.3.0)", figure(tableBytes / MIB), times(tableBytes / inlineBytes), time(timings.table.median)],
  ]);
}
report.print();
