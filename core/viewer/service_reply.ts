/**
 * What a service has given.
 */
const decoder = new TextDecoder();

/**
 * The answer of a service.
 *
 * @example
 * ```ts
 * import type { Viewer } from "@fieldlink/fieldlink";
 *
 * async function reboot(viewer: Viewer): Promise<unknown> {
 *   const reply = await viewer.callService("/reboot", { delay: 3 });
 *   return reply.json();
 * }
 * console.log(reboot);
 * ```
 */
export class ServiceReply {
  /** How it is written, for example `json`. */
  readonly encoding: string;
  /** The bytes of the answer. They are a view into what arrived: copy them before keeping a few of them for long. */
  readonly data: Uint8Array;

  /** Made by the viewer that has called. */
  constructor(encoding: string, data: Uint8Array) {
    this.encoding = encoding;
    this.data = data;
  }

  /** The bytes read as UTF-8; what is no UTF-8 becomes U+FFFD. */
  text(): string {
    return decoder.decode(this.data);
  }

  /**
   * The bytes read as JSON.
   *
   * @throws {SyntaxError} when they are no JSON.
   */
  json(): unknown {
    return JSON.parse(this.text());
  }
}
