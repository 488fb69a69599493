/**
 * A viewer that looks at the numbers of what it reads. With `stayMs` it leaves and joins again for ever.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { loadClient } from "../../../../adapters/livekit/client.ts";
import { Viewer } from "../../../../mod.ts";
import { Numbers } from "../support/numbers.ts";
import { holdings, say, type Settings, settings, wayIn } from "../support/self.ts";

interface ViewerSettings extends Settings {
  /** Ms to stay in the room each time; 0: for ever. */
  readonly stayMs: number;
  /** Whether it tells nobody how far it has read, as viewers of others do not. */
  readonly isForeign: boolean;
}

const told = settings<ViewerSettings>({ stayMs: 0, isForeign: false });
if (told.isForeign) {
  const { LocalParticipant } = await loadClient();
  LocalParticipant.prototype.publishData = () => Promise.resolve();
}
const count = new Numbers();
const scan = new Numbers();
const reasons: Array<unknown> = [];
let devices = 0;
let joins = 0;
let joinMs = 0;
/** Attempts to join that have failed, as they may while a way is cut. */
let failures = 0;
/** The longest time without a message of the reliable channel since it was last told, in ms. */
let pauseMs = 0;
let heardAt = performance.now();

async function join(): Promise<Viewer> {
  const at = performance.now();
  const viewer = await Viewer.connect(wayIn(told), {
    log: (_level, message, fields) => {
      if (message.startsWith("the room is lost")) reasons.push(fields?.["reason"]);
    },
    onDevice: () => {
      devices += 1;
      count.beginAnew();
      scan.beginAnew();
    },
  });
  const first = new Promise<void>((resolve) => {
    viewer.subscribe("/count").onMessage((message) => {
      const now = performance.now();
      pauseMs = Math.max(pauseMs, now - heardAt);
      heardAt = now;
      count.take(Number.parseInt(message.text(), 10));
      resolve();
    });
  });
  viewer.subscribe("/scan").onMessage((message) => scan.take(Number.parseInt(message.text(), 10)));
  await first;
  joins += 1;
  joinMs = Math.round(performance.now() - at);
  return viewer;
}

async function joinAtLast(): Promise<Viewer> {
  while (true) {
    try {
      return await join();
    } catch (error) {
      failures += 1;
      say({ failed: String(error) });
      await sleep(500);
    }
  }
}

let viewer = await joinAtLast();
say({ ready: process.pid, joinMs });
setInterval(() => {
  say({
    last: count.last,
    count: count.figures,
    scan: scan.figures,
    reasons,
    devices,
    joins,
    failures,
    joinMs,
    pauseMs: Math.round(pauseMs),
    ...holdings(),
  });
  pauseMs = 0;
}, 500);
while (told.stayMs > 0) {
  await sleep(told.stayMs);
  await viewer.close();
  count.beginAnew();
  scan.beginAnew();
  viewer = await joinAtLast();
}
