/**
 * What joining and leaving leaves behind in memory: livekit-client alone, the port over it, and a device with a viewer,
 * a process each, side by side on one server.
 *
 *     node bench/livekit_joins.ts [--cycles 200]
 */
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { accessToken } from "../adapters/livekit/mod.ts";
import { LiveKitServer } from "../tests/support/livekit/server.ts";
import { Child, number } from "./support/child.ts";
import { figure, Report } from "./support/report.ts";

const { values } = parseArgs({ options: { cycles: { type: "string", default: "200" } } });
const cycles = Number(values.cycles);
const kinds = ["raw", "port", "library"];
const program = fileURLToPath(new URL("livekit/joiner.ts", import.meta.url));

const server = await LiveKitServer.start({ config: { logging: { level: "error" } } });
const { url, apiKey, apiSecret } = server.address;

async function grow(kind: string): Promise<{ readonly rss: number; readonly heap: number; readonly at: number }> {
  const tokens = ["device", "viewer"].map((identity) => accessToken({ apiKey, apiSecret, room: kind, identity }));
  await using child = new Child(kind, [
    process.execPath,
    "--expose-gc",
    program,
    kind,
    `${cycles}`,
    url,
    ...await Promise.all(tokens),
  ]);
  const seen: Array<{ readonly rss: number; readonly heap: number }> = [];
  child.onEvent = (line) => {
    if (line["event"] === "cycle") seen.push({ rss: number(line, "rss"), heap: number(line, "heapUsed") });
  };
  await child.next("done", cycles * 3_000);
  const half = seen.slice(seen.length / 2);
  return {
    rss: slope(half.map(({ rss }) => rss)),
    heap: slope(half.map(({ heap }) => heap)),
    at: seen.at(-1)?.rss ?? NaN,
  };
}

/** How much a value grows from one to the next, by least squares. */
function slope(values: ReadonlyArray<number>): number {
  const middle = (values.length - 1) / 2;
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const above = values.reduce((sum, value, index) => sum + (index - middle) * (value - mean), 0);
  return above / values.reduce((sum, _, index) => sum + (index - middle) ** 2, 0);
}

try {
  const grown = await Promise.all(kinds.map(grow));
  new Report("joining and leaving")
    .table(
      ["two joins a cycle, last half", "memory a cycle, in KiB", "heap a cycle, in KiB", "memory at the end, in MiB"],
      grown.map(({ rss, heap, at }, index) => [
        kinds[index]!,
        figure(rss / 1024),
        figure(heap / 1024),
        figure(at / 1024 / 1024),
      ]),
    )
    .print();
} finally {
  await server.stop();
}
process.exit(0);
