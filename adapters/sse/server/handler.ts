/**
 * From a request to its answer.
 */
import { END_HEADER, EVENT_STREAM, OCTETS, parseNumber, SEQ_HEADER, type SessionAnswer, SID_HEADER } from "../wire.ts";
import { done, json, onlyMethods, refusal, withHeaders } from "./answer.ts";
import { attributesOf, checkAttributes, isObject, parseJson } from "./json_body.ts";
import { BodyBudget, type BodyOwner, readBody } from "./body.ts";
import { badRequest, HttpRefusal, inactive, noSession, SseForbidden, tooMany, unavailable } from "./errors.ts";
import type { IncomingTopic, PostEnd } from "./incoming_topic.ts";
import type { SseSettings, Subject } from "./options.ts";
import { checkHost, checkOrigin, preflight } from "./origin.ts";
import { PageFiles } from "./page_files.ts";
import { parseRoute, type Route } from "./route.ts";
import type { RoomServices } from "./room_services.ts";
import type { Session } from "./session.ts";
import { randomHex } from "./session_id.ts";
import { isIdentity } from "./settings.ts";
import type { SseRoom } from "./sse_room.ts";

const EVERYBODY: Subject = { subject: "everybody" };

/** Headers of an event stream: nothing on the way may keep it, change it or hold it back. */
const STREAM_HEADERS: Readonly<Record<string, string>> = {
  "Content-Type": EVENT_STREAM,
  "Cache-Control": "no-store, no-transform",
  "X-Accel-Buffering": "no",
  "X-Content-Type-Options": "nosniff",
};

/** Answers requests, for the room there is. */
export class Handler {
  readonly #settings: SseSettings;
  readonly #room: () => SseRoom | undefined;
  readonly #page: PageFiles;
  readonly #budget: BodyBudget;

  constructor(settings: SseSettings, room: () => SseRoom | undefined) {
    this.#settings = settings;
    this.#room = room;
    this.#page = new PageFiles(settings.page);
    this.#budget = new BodyBudget(settings.limits.pendingBodyBytes);
  }

  /** See `SseTransport.fetch`. Never rejects. */
  async answer(request: Request, info?: unknown): Promise<Response> {
    let cors: Readonly<Record<string, string>> = {};
    try {
      const url = addressOf(request);
      checkHeaders(request, this.#settings.limits.headerBytes);
      checkHost(request, url, this.#settings);
      cors = checkOrigin(request, url, this.#settings);
      if (request.method === "OPTIONS") return preflight(request, cors);
      return withHeaders(await this.#route(request, url, info), cors);
    } catch (error) {
      const known = error instanceof HttpRefusal ? error : this.#failure(error);
      // What is left of a body is not read: a server may go on with the connection only where there is none.
      await request.body?.cancel().catch(() => undefined);
      return withHeaders(refusal(known), cors);
    }
  }

  #failure(error: unknown): HttpRefusal {
    this.#room()?.services.log("error", "a request could not be answered", { error });
    return new HttpRefusal({
      status: 500,
      error: "internal",
      detail: "this has failed here; the device's log says how",
    });
  }

  #route(request: Request, url: URL, info: unknown): Response | Promise<Response> {
    const { basePath, limits } = this.#settings;
    if (`${url.pathname}/` === basePath) {
      return new Response(null, { status: 308, headers: { Location: basePath + url.search } });
    }
    const route = parseRoute(url.pathname, basePath, limits.nameCharacters);
    if (route.what === "file") {
      onlyMethods(request, "GET", "HEAD");
      return this.#page.answer(request, url, route.path);
    }
    return this.#ofSession(request, route, info);
  }

  async #ofSession(request: Request, route: Exclude<Route, { what: "file" }>, info: unknown): Promise<Response> {
    switch (route.what) {
      case "sessions":
        onlyMethods(request, "POST");
        return this.#join(await this.#authorized(request), request);
      case "session": {
        onlyMethods(request, "DELETE", "PATCH");
        const { room, session } = this.#find(await this.#authorized(request), route.id);
        if (request.method === "PATCH") return this.#within(session, () => this.#patch(room, session, request));
        room.remove(session, "leaving");
        return done();
      }
      case "events": {
        onlyMethods(request, "GET");
        checkAccept(request);
        const { room, session } = this.#find(await this.#authorized(request), route.id);
        return this.#events(room, session, request, info);
      }
      case "stream": {
        onlyMethods(request, "POST");
        const { room, session } = this.#find(await this.#authorized(request), route.id);
        return this.#within(session, () => this.#post(room, session, route.topic, request));
      }
    }
  }

  /** The room there is. */
  #presentRoom(): SseRoom {
    const room = this.#room();
    if (room === undefined) throw unavailable("no-device", "the device is not here now; try again");
    return room;
  }

  #find({ subject }: Subject, id: string): { readonly room: SseRoom; readonly session: Session } {
    // With the room its sessions have gone: whoever has one is to make another.
    const room = this.#room();
    if (room === undefined) throw noSession();
    return { room, session: room.find(id, subject) };
  }

  async #authorized(request: Request): Promise<Subject> {
    const { authorize, limits } = this.#settings;
    if (authorize === undefined) return EVERYBODY;
    const room = this.#presentRoom();
    const { services } = room;
    let subject: Subject | undefined;
    try {
      subject = await inTime(services, limits.authorizeTimeoutMs, async () => await authorize(request));
    } catch (error) {
      if (error instanceof HttpRefusal) throw error;
      if (error instanceof SseForbidden) {
        throw new HttpRefusal({ status: 403, error: "forbidden", detail: error.detail });
      }
      services.log("error", "the callback authorize has failed; the request is refused", { error });
      throw unavailable("authorize", "it could not be decided who this is; try again");
    }
    if (subject === undefined) {
      throw new HttpRefusal({
        status: 401,
        error: "unauthorized",
        detail: "say who you are, for example with an Authorization header",
        headers: { "WWW-Authenticate": "Bearer" },
      });
    }
    if (
      typeof subject?.subject !== "string" ||
      (subject.identity !== undefined && !isIdentity(subject.identity, limits.nameCharacters))
    ) {
      services.log(
        "error",
        "the callback authorize gives no subject, or an identity that cannot be; the request is refused",
      );
      throw unavailable("authorize", "it could not be decided who this is; try again");
    }
    return subject;
  }

  /** A session does not do too much at once. */
  async #within(session: Session, work: () => Promise<Response>): Promise<Response> {
    const { requestsPerSession } = this.#settings.limits;
    if (session.requests >= requestsPerSession) {
      throw tooMany("requests", `${requestsPerSession} requests of this session are under way; wait for an answer`);
    }
    session.requests += 1;
    try {
      return await work();
    } finally {
      session.requests -= 1;
    }
  }

  async #join(subject: Subject, request: Request): Promise<Response> {
    const room = this.#presentRoom();
    room.sessions.checkSubject(subject.subject);
    if (!room.joins.take(subject.subject)) {
      const { requestsPerSecond } = this.#settings.limits;
      throw tooMany("rate", `more than ${requestsPerSecond} new sessions in a second; wait, and try again`);
    }
    const body = await this.#json(room, request, request);
    const { identity: asked, protocolVersion } = body;
    const { nameCharacters } = this.#settings.limits;
    if (asked !== undefined && !isIdentity(asked, nameCharacters)) {
      throw badRequest(`"identity" must be a text of 1 to ${nameCharacters} characters without control characters`);
    }
    if (protocolVersion !== undefined && typeof protocolVersion !== "string") {
      throw badRequest('"protocolVersion" must be a text, for example "2.3.0"');
    }
    const given = new Map(attributesOf(body));
    if (protocolVersion !== undefined) given.set("protocolVersion", protocolVersion);
    const attributes = checkAttributes(given, this.#settings.limits);
    const identity = subject.identity ?? asked ?? `viewer-${randomHex(6)}`;
    // Reading the body has taken its time.
    const session = this.#presentRoom().open({
      subject: subject.subject,
      identity,
      isIdentityGiven: subject.identity !== undefined,
      attributes,
    });
    const { resumeTtlMs } = this.#settings;
    const { sid } = session.participant;
    const answer: SessionAnswer = { sessionId: session.id, sid, identity, resumeTtlMs };
    return json(201, answer);
  }

  #events(room: SseRoom, session: Session, request: Request, info: unknown): Response {
    const stream = room.connect(session, request.headers);
    const gone = (): void => stream.lose("its request is over");
    const completed = completion(info);
    if (completed !== undefined) {
      completed.then(gone, gone);
    } else {
      const { signal } = request;
      stream.release = () => signal.removeEventListener("abort", gone);
      if (signal.aborted) gone();
      else signal.addEventListener("abort", gone);
    }
    return new Response(stream.body, { headers: { ...STREAM_HEADERS } });
  }

  async #patch(room: SseRoom, session: Session, request: Request): Promise<Response> {
    const attributes = attributesOf(await this.#json(room, session, request));
    if (session.isGone) throw noSession();
    if (attributes.size > 0) {
      const all = new Map([...session.participant.attributes, ...attributes]);
      room.setAttributes(session, checkAttributes(all, this.#settings.limits));
    }
    return done();
  }

  async #post(room: SseRoom, session: Session, name: string, request: Request): Promise<Response> {
    const sequence = sequenceOf(request);
    const end = endOf(request);
    checkType(request, OCTETS);
    const { sid } = session.participant;
    const meant = request.headers.get(SID_HEADER);
    if (meant !== null && meant !== sid) throw wasReset();
    // It would be taken for the words of whoever is in the room under its identity, or be lost.
    if (!session.isActive) throw inactive(session.stream !== undefined);
    const topic = room.topic(session, name);
    if (!topic.isNext(sequence)) return repeated(request);
    if (!topic.hasRoom) await this.#awaitRoom(room, topic);
    const bytes = await this.#body(room, session, request, this.#settings.limits.bodyBytes);
    // Much may have happened meanwhile.
    if (session.isGone) throw noSession();
    if (session.participant.sid !== sid) throw wasReset();
    if (!topic.isNext(sequence)) return done();
    topic.take(bytes, end);
    return done();
  }

  /** Waits until the device has read on. */
  async #awaitRoom({ services }: SseRoom, topic: IncomingTopic): Promise<void> {
    const { postWaitMs } = this.#settings.limits;
    const hasRoom = await new Promise<boolean>((resolve) => {
      const forget = topic.onRoom(() => {
        stop();
        resolve(true);
      });
      const stop = services.after(postWaitMs, () => {
        forget();
        resolve(false);
      });
    });
    if (hasRoom) return;
    throw unavailable(
      "slow-device",
      `the device has not read on for ${postWaitMs} ms; repeat this post, with its number`,
    );
  }

  async #json(room: SseRoom, owner: BodyOwner, request: Request): Promise<Readonly<Record<string, unknown>>> {
    const bytes = await this.#body(room, owner, request, this.#settings.limits.jsonBytes);
    if (bytes.length === 0) return {};
    checkType(request, "application/json");
    const value = parseJson(bytes);
    if (!isObject(value)) throw badRequest("the body must be a JSON object");
    return value;
  }

  async #body({ services }: SseRoom, owner: BodyOwner, request: Request, limit: number): Promise<Uint8Array> {
    const controller = new AbortController();
    const stop = services.after(this.#settings.limits.bodyTimeoutMs, () => controller.abort());
    try {
      return await readBody(request, { limit, budget: this.#budget, owner, signal: controller.signal });
    } finally {
      stop();
    }
  }
}

/** Deno's server tells of the end by a promise; whoever listens to the request's signal there has a warning printed. */
function completion(info: unknown): Promise<unknown> | undefined {
  if (typeof info !== "object" || info === null || !("completed" in info)) return undefined;
  return info.completed instanceof Promise ? info.completed : undefined;
}

async function inTime<A>(services: RoomServices, ms: number, work: () => Promise<A>): Promise<A> {
  let stop: (() => void) | undefined;
  const late = new Promise<never>((_, reject) => {
    stop = services.after(ms, () => reject(unavailable("authorize", `deciding who this is took more than ${ms} ms`)));
  });
  try {
    return await Promise.race([work(), late]);
  } finally {
    stop?.();
  }
}

/** The address of a request: servers make it of what they are sent, whether or not it is one. */
function addressOf({ url }: Request): URL {
  if (URL.canParse(url)) return new URL(url);
  throw badRequest("the request's path and its header Host make no address");
}

function checkHeaders(request: Request, limit: number): void {
  let bytes = request.url.length;
  for (const [name, value] of request.headers) bytes += name.length + value.length;
  if (bytes <= limit) return;
  throw new HttpRefusal({
    status: 431,
    error: "headers",
    detail: `address and headers have ${bytes} characters, more than ${limit}; send fewer, or smaller cookies`,
  });
}

function checkAccept(request: Request): void {
  const accept = request.headers.get("accept");
  const types = (accept ?? "*/*").toLowerCase().split(",").map((part) => part.split(";")[0]!.trim());
  if (types.some((type) => type === EVENT_STREAM || type === "text/*" || type === "*/*")) return;
  throw new HttpRefusal({
    status: 406,
    error: "accept",
    detail: `events come as ${EVENT_STREAM} only, which the header Accept must allow`,
  });
}

function checkType(request: Request, expected: string): void {
  const type = request.headers.get("content-type");
  if (type === null || type.split(";")[0]!.trim().toLowerCase() === expected) return;
  throw new HttpRefusal({
    status: 415,
    error: "content-type",
    detail: `the body must be ${expected}, and say so in the header Content-Type`,
  });
}

function sequenceOf(request: Request): number {
  const sequence = parseNumber(request.headers.get(SEQ_HEADER) ?? "");
  if (sequence !== undefined) return sequence;
  throw badRequest(`the header ${SEQ_HEADER} must number the posts of the topic: 0, 1, 2 and so on`);
}

function endOf(request: Request): PostEnd | undefined {
  const end = request.headers.get(END_HEADER);
  if (end === null) return undefined;
  if (end === "close" || end === "abort") return end;
  throw badRequest(`the header ${END_HEADER} must be close or abort`);
}

function wasReset(): HttpRefusal {
  return new HttpRefusal({
    status: 409,
    error: "reset",
    detail: "this was meant for an instance that is over; begin anew, as the event open says",
  });
}

/** What has been applied before is acknowledged, and its body not read. */
async function repeated(request: Request): Promise<Response> {
  await request.body?.cancel().catch(() => undefined);
  return done();
}
