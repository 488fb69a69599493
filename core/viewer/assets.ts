/**
 * Assets that a viewer fetches from its device (session section 11).
 */
import type * as Cause from "effect/Cause";
import * as Data from "effect/Data";
import * as Effect from "effect/Effect";
import type { FetchAssetResponse, ServerMessage } from "../protocol/mod.ts";
import type { DeviceAccess, SessionPart } from "./device_access.ts";
import { type ConnectionEnd, InvalidRequest, type RequestError } from "./request_errors.ts";
import { type RequestOptions, Requests } from "./requests.ts";

/** Fields of {@linkcode AssetFailed}. */
export interface AssetFailedFields {
  /** What was asked for. */
  readonly uri: string;
  /** Why it cannot be had, in the device's words. */
  readonly reason: string;
}

const AssetFailedBase: new (fields: AssetFailedFields) =>
  & Cause.YieldableError
  & { readonly _tag: "AssetFailed" }
  & Readonly<AssetFailedFields> = Data.TaggedError("AssetFailed");

/**
 * The device does not give an asset.
 *
 * @example
 * ```ts
 * import { AssetFailed } from "@fieldlink/fieldlink";
 *
 * console.log(new AssetFailed({ uri: "package://rover/a.urdf", reason: "no such file" }).message);
 * // the asset "package://rover/a.urdf" cannot be had: no such file
 * ```
 */
export class AssetFailed extends AssetFailedBase {
  /** What was wrong, in one line. */
  override get message(): string {
    return `the asset "${this.uri}" cannot be had: ${this.reason}`;
  }
}

/** What fetching an asset can fail with. */
export type FetchAssetError = AssetFailed | RequestError;

/** The fetches that wait for their answer. */
export class AssetFetches implements SessionPart {
  readonly takes = ["fetchAssetResponse"] as const;
  readonly #access: DeviceAccess;
  readonly #fetches: Requests<FetchAssetResponse>;

  constructor(access: DeviceAccess) {
    this.#access = access;
    this.#fetches = new Requests({ access, capability: "assets" });
  }

  /** How many fetches have not ended. */
  get pending(): number {
    return this.#fetches.size;
  }

  /** Fetches an asset, once there is a device. */
  fetch(uri: string, { timeoutMs }: RequestOptions): Effect.Effect<Uint8Array, FetchAssetError> {
    const what = `the asset "${String(uri)}"`;
    if (typeof uri !== "string") {
      return Effect.fail(new InvalidRequest({ what, detail: `a URI is text: received a ${typeof uri}` }));
    }
    const answered = this.#fetches.ask({
      what,
      timeoutMs,
      next: (_link, requestId) => ({ send: { op: "fetchAsset", requestId, uri } }),
    });
    return Effect.flatMap(
      answered,
      (answer) =>
        answer.status === "success"
          ? Effect.succeed(answer.data)
          : Effect.fail(new AssetFailed({ uri, reason: answer.message })),
    );
  }

  readonly handle = (message: ServerMessage): void => {
    if (message.op !== "fetchAssetResponse") return;
    const { op, requestId } = message;
    if (this.#fetches.sent(requestId) !== undefined) this.#fetches.answer(requestId, message);
    else this.#access.logOften("debug", "an answer to no fetch that waits for one is dropped", { op, requestId });
  };

  readonly streamFailed = (): void => this.#fetches.lost("stream-failed");

  readonly lost = (reason: ConnectionEnd): undefined => {
    this.#fetches.lost(reason);
  };
}
