/**
 * What a viewer may do: who may do what is the application's decision, made when a viewer joins.
 */

/**
 * What a policy is asked about. `see` and `subscribe`: a channel of the device, by its topic. `publish`: a channel of the
 * viewer's own, by its topic. `call`: a service, by its name. `get` and `set`: a parameter, by its name. `fetch`: an
 * asset, by its uri. `graph` and `playback`: following the connection graph and controlling the playback, which have no
 * name (`""`). A graph names whatever the device puts into it, topics that the viewer may not see included.
 */
export type Operation = "see" | "subscribe" | "publish" | "call" | "get" | "set" | "fetch" | "graph" | "playback";

/**
 * What a viewer may do. It is asked synchronously, and gives the same answer to the same question for as long as it
 * lives: to change what a viewer may do, give it another policy with {@linkcode Gateway.setPolicy}. One that throws, or
 * answers with anything but `true`, denies.
 *
 * A channel that a viewer may not see is never advertised to it, and subscribing to it is like subscribing to a channel
 * that does not exist. A service is advertised to those who may call it. Whatever else is not allowed is refused in words
 * that name the operation and what it was asked for. **What must stay secret has to be reliable:** where the transport has data tracks, the messages of
 * lossy channels reach whoever asks the media server for the track, so that a participant of the room that guesses the
 * name `data-ch-<id>` gets them whatever its policy says. Reliable messages go to nobody but those who are subscribed.
 */
export interface Policy {
  /** Whether the viewer may do that with what has this name. */
  readonly allows: (operation: Operation, name: string) => boolean;
}

/** The answer to one kind of question: all, none, these names, or what the function says of a name. */
export type PolicyRule = boolean | ReadonlyArray<string> | ((name: string) => boolean);

/** The rules of a {@linkcode policyOf}. */
export type PolicyRules = { readonly [Name in Operation]?: PolicyRule };

const OPERATIONS: ReadonlyArray<Operation> = [
  "see",
  "subscribe",
  "publish",
  "call",
  "get",
  "set",
  "fetch",
  "graph",
  "playback",
];
const READ_ONLY: ReadonlySet<Operation> = new Set<Operation>(["see", "subscribe", "get", "fetch", "graph"]);

/** Everything is allowed. A viewer with this very policy costs no more than one without any. */
export const operator: Policy = { allows: () => true };

/** Looking on is allowed: to see and subscribe to channels, to get parameters, fetch assets and have the graph. */
export const observer: Policy = { allows: (operation) => READ_ONLY.has(operation) };

/**
 * Makes a policy of rules, one for each operation. What has no rule is left to `otherwise`, which denies everything
 * unless another policy is given.
 *
 * @throws {RangeError} when a rule is for something that is no operation: a misspelt one would go unnoticed.
 *
 * @example An observer that may call one service, and sees no channel below `/debug`
 * ```ts
 * import { observer, policyOf } from "@fieldlink/fieldlink";
 *
 * const guest = policyOf({ call: ["/reset"], see: (topic) => !topic.startsWith("/debug/") }, observer);
 * console.log(guest.allows("call", "/reset"), guest.allows("see", "/debug/heap")); // true false
 * ```
 */
export function policyOf(rules: PolicyRules, otherwise: Policy = { allows: () => false }): Policy {
  const decisions = new Map<Operation, (name: string) => boolean>();
  for (const [name, rule] of Object.entries(rules)) {
    const operation = OPERATIONS.find((known) => known === name);
    if (operation === undefined) {
      throw new RangeError(`a rule must be for one of ${OPERATIONS.join(", ")}: received "${name}"`);
    }
    if (rule !== undefined) decisions.set(operation, decision(rule));
  }
  return { allows: (operation, name) => (decisions.get(operation) ?? ((it) => otherwise.allows(operation, it)))(name) };
}

function decision(rule: PolicyRule): (name: string) => boolean {
  if (typeof rule === "function") return rule;
  if (typeof rule === "boolean") return () => rule;
  const names = new Set(rule);
  return (name) => names.has(name);
}
