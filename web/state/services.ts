/**
 * The device's services, and the call that is being made.
 */
import { type ReadonlySignal, type Signal, signal } from "@preact/signals";
import type { ReadService, Viewer } from "../../mod.ts";
import { messageOf } from "../message_of.ts";
import { MAX_REPLY_TEXT } from "./limits.ts";
import { sampleText } from "./sample.ts";

/** What has become of a call. */
export type CallOutcome =
  | { readonly kind: "calling" }
  | { readonly kind: "answered"; readonly text: string; readonly encoding: string; readonly ms: number }
  | { readonly kind: "failed"; readonly why: string; readonly ms: number };

/** The form of one service. */
export interface CallForm {
  readonly service: string;
  readonly request: string;
  /** How long to wait, in seconds, as it was typed. */
  readonly timeout: string;
  readonly outcome: CallOutcome | undefined;
}

const TIMEOUT_SECONDS = 10;
const LONGEST_TIMEOUT_SECONDS = 3_600;

/** The services of whatever device there is. */
export class Services {
  readonly #all: Signal<ReadonlyArray<ReadService>> = signal([]);
  readonly #form: Signal<CallForm | undefined> = signal(undefined);
  #viewer: Viewer | undefined;
  #call: AbortController | undefined;

  /** All of them, by name. */
  get all(): ReadonlySignal<ReadonlyArray<ReadService>> {
    return this.#all;
  }

  /** The form that is open. */
  get form(): ReadonlySignal<CallForm | undefined> {
    return this.#form;
  }

  /** There is another viewer, or none any more. */
  attach(viewer: Viewer | undefined): void {
    this.#viewer = viewer;
    this.refresh();
  }

  /** What was known of a device is of no more interest. */
  forget(): void {
    this.choose(undefined);
    this.#all.value = [];
  }

  /** Services were advertised or taken back. While there is no device, those of the last one stay. */
  refresh(): void {
    if (this.#viewer?.serverInfo === undefined) return;
    const all = [...this.#viewer.services.values()];
    this.#all.value = all.sort((a, b) => a.name < b.name ? -1 : 1);
  }

  /** Opens the form of a service, with a request as its schema wants it. */
  choose(service: ReadService | undefined): void {
    this.cancel();
    this.#form.value = service === undefined ? undefined : {
      service: service.name,
      request: sampleText(service.request?.schema),
      timeout: String(TIMEOUT_SECONDS),
      outcome: undefined,
    };
  }

  /** The form is being filled in. */
  edit(change: Partial<Pick<CallForm, "request" | "timeout">>): void {
    if (this.#form.value !== undefined) this.#form.value = { ...this.#form.value, ...change };
  }

  /** Calls. What comes of it stands in the form. */
  async call(): Promise<void> {
    const [form, viewer] = [this.#form.value, this.#viewer];
    if (form === undefined || form.outcome?.kind === "calling") return;
    const abort = new AbortController();
    this.#call = abort;
    const started = performance.now();
    const end = (outcome: CallOutcome) => {
      if (this.#call !== abort || this.#form.value === undefined) return;
      this.#call = undefined;
      this.#form.value = { ...this.#form.value, outcome };
    };
    this.#form.value = { ...form, outcome: { kind: "calling" } };
    try {
      if (viewer === undefined) throw new Error("there is no connection");
      const reply = await viewer.callService(form.service, form.request.trim() === "" ? undefined : form.request, {
        timeoutMs: Math.round(Number(form.timeout) * 1000),
        encoding: this.encodingOf(form.service),
        signal: abort.signal,
      });
      const text = replyText(reply.data);
      end({ kind: "answered", text, encoding: reply.encoding, ms: performance.now() - started });
    } catch (error) {
      end({ kind: "failed", why: messageOf(error), ms: performance.now() - started });
    }
  }

  /** Does not wait for the answer. */
  cancel(): void {
    const call = this.#call;
    this.#call = undefined;
    call?.abort();
    const form = this.#form.value;
    if (form?.outcome?.kind === "calling") this.#form.value = { ...form, outcome: undefined };
  }

  /** How a request of the service is written. */
  encodingOf(name: string): string {
    return this.#viewer?.services.get(name)?.request?.encoding || "json";
  }
}

/** What is wrong with a request as it was typed; `undefined`: nothing. */
export function requestProblem(form: CallForm, encoding: string): string | undefined {
  const timeoutSeconds = Number(form.timeout);
  if (!(timeoutSeconds > 0 && timeoutSeconds <= LONGEST_TIMEOUT_SECONDS)) {
    return `The time to wait is from 0.001 to ${LONGEST_TIMEOUT_SECONDS} seconds.`;
  }
  if (encoding !== "json") return `This service takes ${encoding}, which cannot be written here.`;
  if (form.request.trim() === "") return undefined;
  try {
    JSON.parse(form.request);
    return undefined;
  } catch (error) {
    return `The request is no JSON: ${messageOf(error)}.`;
  }
}

/** An answer as people read it: JSON with line breaks, other text as it is, other bytes in hexadecimal. */
export function replyText(data: Uint8Array): string {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(data);
  } catch {
    const shown = data.subarray(0, MAX_REPLY_TEXT / 3);
    return shortened(
      Array.from(shown, (byte) => byte.toString(16).padStart(2, "0")).join(" "),
      data.length > shown.length,
    );
  }
  try {
    text = JSON.stringify(JSON.parse(text), undefined, 2);
  } catch {
    // It is text of another kind.
  }
  return shortened(text.slice(0, MAX_REPLY_TEXT), text.length > MAX_REPLY_TEXT);
}

function shortened(text: string, isCut: boolean): string {
  return isCut ? `${text}\n… the rest is not shown` : text;
}
