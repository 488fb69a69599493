/**
 * Many clients in one process, a connection each, which only count what comes.
 */
import { type ClientRequest, get } from "node:http";
import { CONTROL_TOPIC, encodeClientFrame } from "../../core/protocol/mod.ts";
import { type Line, number, obey, say, text } from "../support/child.ts";
import { TIME_DIGITS } from "./common.ts";

/** How often it is told how much has come, in ms. */
const PROGRESS_MS = 5;
/** Requests that are under way at the same time while clients come. */
const AT_ONCE = 50;

/** One client. */
interface Client {
  readonly sessionId: string;
  request: ClientRequest | undefined;
  /** Messages that have come, by their payload. */
  messages: number;
  /** The id of the last event, to come back with. */
  lastEventId: string;
}

const clients: Array<Client> = [];
const took: Array<number> = [];
let [port, ours, channelId, size] = [0, false, 0, 0];
let wantsTimes = false;
let told = -1;

setInterval(() => {
  const messages = clients.reduce((sum, client) => sum + client.messages, 0);
  if (messages === told) return;
  told = messages;
  say("progress", { messages });
}, PROGRESS_MS).unref();

/** One request on a connection of its own. */
async function post(
  path: string,
  body: Uint8Array<ArrayBuffer> | string,
  headers: Record<string, string> = {},
): Promise<string> {
  const response = await fetch(`http://127.0.0.1:${port}${path}`, { method: "POST", body, headers });
  const answer = await response.text();
  if (!response.ok) throw new Error(`${path}: ${response.status} ${answer}`);
  return answer;
}

async function join(index: number): Promise<void> {
  const client: Client = { sessionId: "", request: undefined, messages: 0, lastEventId: "" };
  clients.push(client);
  if (!ours) return await open(client, "/");
  const body = JSON.stringify({ identity: `viewer-${index}`, protocolVersion: "2.3.0" });
  const answer: { readonly sessionId: string } = JSON.parse(
    await post("/sessions", body, { "content-type": "application/json" }),
  );
  Object.assign(client, { sessionId: answer.sessionId });
  await open(client, `/sessions/${client.sessionId}/events`);
  const frame = encodeClientFrame({ op: "subscribe", channels: [{ id: channelId, requestVideoTrack: false }] });
  if (!(frame instanceof Uint8Array)) throw frame;
  await post(`/sessions/${client.sessionId}/streams/${CONTROL_TOPIC}`, frame.slice(), {
    "content-type": "application/octet-stream",
    "Fieldlink-Seq": "0",
  });
}

/** Opens the stream of events; done when the first of it has come. */
function open(client: Client, path: string): Promise<void> {
  const headers = {
    accept: "text/event-stream",
    ...(client.lastEventId === "" ? {} : { "last-event-id": client.lastEventId }),
  };
  return new Promise((resolve, reject) => {
    const request = get({ host: "127.0.0.1", port, path, headers, agent: false }, (response) => {
      if (response.statusCode !== 200) return reject(new Error(`${path}: ${response.statusCode}`));
      let rest = "";
      // A connection that breaks off does so because it was told to.
      response.setEncoding("latin1").on("error", () => {}).on("data", (chunk: string) => {
        resolve();
        const lines = (rest + chunk).split("\n");
        rest = lines.pop() ?? "";
        for (const line of lines) take(client, line);
      });
    });
    client.request = request.on("error", reject);
  });
}

/** One line of an event. */
function take(client: Client, line: string): void {
  if (line.startsWith("id:")) client.lastEventId = line.slice(3).trim();
  if (!line.startsWith("data:") || line.length < size) return;
  if (!ours) {
    client.messages++;
    if (wantsTimes) arrived(line.slice(line.indexOf("0"), line.indexOf("0") + TIME_DIGITS));
    return;
  }
  const data = line.slice(5).trim();
  const bytes = data.length * 3 / 4;
  client.messages += Math.floor(bytes / size);
  if (!wantsTimes) return;
  const payload = Buffer.from(data, "base64").toString("latin1");
  for (const match of payload.matchAll(/0{2,}\d{10,}(?=x)/g)) arrived(match[0]);
}

function arrived(stamp: string): void {
  took.push(Number(process.hrtime.bigint() - BigInt(stamp)) / 1e6);
}

await obey({
  /** Brings in more of them. */
  join: async (command: Line) => {
    [port, ours, channelId] = [number(command, "port"), text(command, "kind") === "ours", number(command, "channelId")];
    const total = number(command, "clients");
    size = Infinity;
    while (clients.length < total) {
      const count = Math.min(AT_ONCE, total - clients.length);
      await Promise.all(Array.from({ length: count }, () => join(clients.length)));
    }
    say("joined");
  },
  begin: (command: Line) => {
    for (const client of clients) client.messages = 0;
    took.length = 0;
    told = -1;
    size = number(command, "bytes");
    wantsTimes = command["times"] === true;
    say("begun");
  },
  report: () => say("report", { took, messages: clients.reduce((sum, client) => sum + client.messages, 0) }),
  /** Breaks all connections off. */
  drop: async () => {
    await Promise.all(
      clients.map(({ request }) => new Promise<void>((resolve) => request?.once("close", () => resolve()).destroy())),
    );
    say("dropped");
  },
  /** Comes back, everybody at once. */
  back: async () => {
    const begun = performance.now();
    await Promise.all(clients.map((client) => open(client, `/sessions/${client.sessionId}/events`)));
    say("back", { ms: performance.now() - begun });
  },
});
process.exit(0);
