/**
 * Which way the packets of a peer connection take.
 */
import { type Check, figures, milliseconds } from "./check.ts";

/** The way that packets take, as a peer connection reports it. */
export interface Path {
  readonly protocol: "udp" | "tcp";
  /** Through TURN: the packets take a detour. */
  readonly isRelayed: boolean;
  /** Where the other end is, as `address:port`; absent where it is not told. */
  readonly remote: string | undefined;
  /** There and back, in ms; absent where it is not known yet. */
  readonly roundTripMs: number | undefined;
}

type Entry = Readonly<Record<string, unknown>>;

/** The way that was chosen, if there is one. */
export function selectedPath(report: Iterable<readonly [string, Entry]>): Path | undefined {
  const entries = new Map(report);
  const pair = selectedPair(entries);
  if (pair === undefined) return undefined;
  const local = entries.get(String(pair["localCandidateId"]));
  const remote = entries.get(String(pair["remoteCandidateId"]));
  const roundTrip = pair["currentRoundTripTime"];
  const address = remote?.["address"] ?? remote?.["ip"];
  const relay = local?.["relayProtocol"];
  return {
    // What matters is how packets leave this machine: to a TURN server by TCP is by TCP.
    protocol: [local?.["protocol"], remote?.["protocol"], relay].includes("tcp") || relay === "tls" ? "tcp" : "udp",
    isRelayed: [local, remote].some((candidate) => candidate?.["candidateType"] === "relay"),
    remote: typeof address === "string" ? `${address}:${remote?.["port"]}` : undefined,
    roundTripMs: typeof roundTrip === "number" && roundTrip > 0 ? roundTrip * 1000 : undefined,
  };
}

function selectedPair(entries: ReadonlyMap<string, Entry>): Entry | undefined {
  for (const entry of entries.values()) {
    const id = entry["type"] === "transport" ? entry["selectedCandidatePairId"] : undefined;
    const pair = typeof id === "string" ? entries.get(id) : undefined;
    if (pair !== undefined) return pair;
  }
  // Not every implementation tells which pair its transport uses.
  const pairs = [...entries.values()].filter(({ type, state }) => type === "candidate-pair" && state === "succeeded");
  return pairs.find(({ selected }) => selected === true) ?? pairs.find(({ nominated }) => nominated === true);
}

/** What is to be said of a way. */
export function pathCheck(path: Path | undefined): Check {
  if (path === undefined) {
    return { name: "path", state: "warning", detail: "the run-time does not tell which way packets take" };
  }
  const { protocol, isRelayed, remote, roundTripMs } = path;
  const words = [
    `${protocol.toUpperCase()} to ${remote ?? "the server"}`,
    ...(isRelayed ? ["through TURN"] : []),
    ...(roundTripMs === undefined ? [] : [`round trip ${milliseconds(roundTripMs)}`]),
  ];
  const about = {
    name: "path" as const,
    detail: words.join(", "),
    ...figures({ protocol, relayed: String(isRelayed), remote, roundTripMs }),
  };
  if (protocol === "tcp") {
    return {
      ...about,
      state: "warning",
      advice: "lost packets hold up all that come after them: let UDP through to the server's media ports",
    };
  }
  if (!isRelayed) return { ...about, state: "ok" };
  return { ...about, state: "warning", advice: "packets take a detour: let UDP through to the server's media ports" };
}
