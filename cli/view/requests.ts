/**
 * What the viewer asks of its device, and the answers as lines of JSON.
 */
import * as Effect from "effect/Effect";
import {
  DecodeError,
  formatParameters,
  type Parameter,
  parseParameters,
  type ServiceCallError,
  type ServiceReply,
  type SetParametersError,
  type Viewer,
} from "../../mod.ts";
import { OptionConflict } from "../errors.ts";
import { messageOf } from "../format.ts";
import { jsonBody } from "../json_line.ts";
import type { Call, ViewOptions } from "./options.ts";

/** What asking can fail with. */
export type AskError = ServiceCallError | SetParametersError;

/** Sets the parameters, and then calls the service; gives each answer to `answered`, as a line without its end. */
export const ask: <E>(
  viewer: Viewer,
  options: Pick<ViewOptions, "set" | "call">,
  answered: (line: string) => Effect.Effect<void, E>,
) => Effect.Effect<void, AskError | E> = Effect.fnUntraced(function* (viewer, { set, call }, answered) {
  if (set.length > 0) {
    const applied = yield* viewer.setParametersEffect(set);
    yield* answered(formatParameters([...applied.values()]).replaceAll("\n", ""));
  }
  if (call === undefined) return;
  const { service, request } = call;
  const reply = yield* viewer.callServiceEffect(service, request, request === undefined ? {} : { encoding: "json" });
  yield* answered(replyLine(service, reply));
});

function replyLine(service: string, { encoding, data }: ServiceReply): string {
  const about = JSON.stringify({ service, encoding, size: data.byteLength });
  return `${about.slice(0, -1)},${jsonBody("response", encoding, data)}}`;
}

/** The service to call, with its request, which has to be JSON; `undefined`: none. */
export function readCall(service: string | undefined, request: string | undefined): Call | undefined | OptionConflict {
  if (service === undefined) {
    if (request === undefined) return undefined;
    return new OptionConflict({ detail: "JSON is the request of a --call: say which service to call" });
  }
  const detail = request === undefined ? undefined : jsonProblem(request);
  if (detail === undefined) return { service, request };
  return new OptionConflict({ detail: `the request of --call ${service} is no JSON: ${detail}` });
}

/** Parameters of texts like `name=1.5`; whole numbers are integers, `2.0` is a float. */
export function readParameters(given: ReadonlyArray<string>): ReadonlyArray<Parameter> | OptionConflict {
  const entries: Array<string> = [];
  for (const text of given) {
    const end = text.indexOf("=");
    if (end <= 0) return new OptionConflict({ detail: `--set takes NAME=JSON: received "${text}"` });
    const [name, json] = [text.slice(0, end), text.slice(end + 1)];
    const detail = jsonProblem(json);
    if (detail !== undefined) {
      return new OptionConflict({
        detail: `the value of --set ${name} is no JSON: ${detail}; text goes in quotes, as '"text"'`,
      });
    }
    entries.push(`{"name":${JSON.stringify(name)},"value":${json}}`);
  }
  const parameters = parseParameters(`{"parameters":[${entries.join(",")}]}`);
  if (!(parameters instanceof DecodeError)) return parameters;
  return new OptionConflict({ detail: `--set cannot be used: ${parameters.detail}` });
}

function jsonProblem(text: string): string | undefined {
  try {
    JSON.parse(text);
    return undefined;
  } catch (error) {
    return messageOf(error).replace(/\s+/g, " ");
  }
}
