/**
 * What a path asks for. Paths are compared as they stand; only a topic is decoded, once.
 */
import { notFound } from "./errors.ts";

/** What a request is about. */
export type Route =
  | { readonly what: "file"; readonly path: string }
  | { readonly what: "sessions" }
  | { readonly what: "session"; readonly id: string }
  | { readonly what: "events"; readonly id: string }
  | { readonly what: "stream"; readonly id: string; readonly topic: string };

/** What a path asks for; refuses one that lies elsewhere or is played with. `maxTopic`: characters of a topic, at most. */
export function parseRoute(pathname: string, basePath: string, maxTopic: number): Route {
  if (!pathname.startsWith(basePath)) throw notFound(`this device is reached at ${basePath}`);
  const path = pathname.slice(basePath.length);
  const [first, id, part, topic, ...rest] = path.split("/");
  if (first !== "sessions") return { what: "file", path };
  if (id === undefined) return { what: "sessions" };
  if (/^[0-9a-f]{48}$/.test(id)) {
    if (part === undefined) return { what: "session", id };
    if (part === "events" && topic === undefined) return { what: "events", id };
    if (part === "streams" && topic !== undefined && rest.length === 0) {
      return { what: "stream", id, topic: parseTopic(topic, maxTopic) };
    }
  }
  throw notFound(
    "there are POST sessions, and of a session: DELETE, PATCH, GET events and POST streams/{topic}, no other path",
  );
}

function parseTopic(segment: string, maxTopic: number): string {
  let topic: string;
  try {
    topic = decodeURIComponent(segment);
  } catch {
    throw notFound("the topic in the path is not encoded as UTF-8");
  }
  // deno-lint-ignore no-control-regex
  if (topic === "" || topic === "." || topic === ".." || topic.length > maxTopic || /[\x00-\x1f\x7f/\\]/.test(topic)) {
    throw notFound(`a topic has 1 to ${maxTopic} characters, and no slashes or control characters`);
  }
  return topic;
}
