/**
 * Answers other than event streams.
 */
import type { Refusal } from "../wire.ts";
import { HttpRefusal } from "./errors.ts";

/** Headers of whatever is not to be kept or interpreted. */
const PLAIN: Readonly<Record<string, string>> = {
  "Cache-Control": "no-store, no-transform",
  "X-Content-Type-Options": "nosniff",
  "Referrer-Policy": "no-referrer",
};

/** JSON. */
export function json(status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): Response {
  return new Response(JSON.stringify(body), {
    status,
    headers: { ...PLAIN, "Content-Type": "application/json; charset=utf-8", ...headers },
  });
}

/** Done, and nothing to say. */
export function done(): Response {
  return new Response(null, { status: 204, headers: { ...PLAIN } });
}

/** What a request that was refused is answered. */
export function refusal({ status, error, detail, expected, headers }: HttpRefusal): Response {
  const body: Refusal = { error, message: detail, ...(expected !== undefined && { expected }) };
  return json(status, body, headers);
}

/** Refuses a method. */
export function onlyMethods(request: Request, ...methods: ReadonlyArray<string>): void {
  if (methods.includes(request.method)) return;
  const allowed = methods.join(", ");
  throw new HttpRefusal({
    status: 405,
    error: "method",
    detail: `${request.method} is not possible here, only ${allowed}`,
    headers: { Allow: allowed },
  });
}

/** Adds headers to an answer that has been made. */
export function withHeaders(response: Response, headers: Readonly<Record<string, string>>): Response {
  for (const [name, value] of Object.entries(headers)) {
    // What an answer depends on adds up.
    if (name === "Vary") response.headers.append(name, value);
    else response.headers.set(name, value);
  }
  return response;
}
