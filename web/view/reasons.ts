/**
 * Why a connection ends, in words for people.
 */
const words: ReadonlyMap<string, string> = new Map([
  ["connection-lost", "the network broke off"],
  ["stream-broken", "the device speaks, and is not heard"],
  ["removed", "it was ended by the other side"],
  ["replaced", "the same name has joined from elsewhere"],
  ["server-shutdown", "the server is shutting down"],
  ["room-deleted", "the room was closed"],
  ["expired", "it was away for too long, or its token has run out"],
]);

/** A reason in words; one that is not known stays as it is. */
export function reasonWords(reason: string): string {
  return (words.get(reason) ?? reason).replace(/\.$/, "");
}
