/**
 * Assets that viewers fetch (session semantics, section 11).
 */
import type { Participant } from "../participant/participant.ts";
import { encodeServerFrame, type FetchAsset } from "../protocol/mod.ts";
import type { CapabilityOwner } from "./capability.ts";
import type { Handler, Outcome } from "./handler.ts";
import { refusalWords } from "./not_allowed.ts";
import type { Requests } from "./requests.ts";

/** Gives an asset by its URI: bytes, or text that is sent as UTF-8. Giving one brings the capability `assets`. */
export type AssetHandler = Handler<string, Uint8Array | string>;

const encoder = new TextEncoder();

/** The assets of a session. */
export class Assets {
  readonly #owner: CapabilityOwner;
  readonly #handler: AssetHandler;
  readonly #requests: Requests;

  constructor(owner: CapabilityOwner, handler: AssetHandler, requests: Requests) {
    this.#owner = owner;
    this.#handler = handler;
    this.#requests = requests;
  }

  /** A viewer fetches an asset. */
  fetch(participant: Participant, { requestId, uri }: FetchAsset): void {
    if (!participant.access.allows("fetch", uri)) {
      return this.#refuse(participant, requestId, refusalWords("fetch", [uri]));
    }
    if (this.#requests.isFull(participant, "assetFetches")) {
      return this.#refuse(participant, requestId, "Too many concurrent fetch asset requests");
    }
    this.#requests.run(participant, "assetFetches", this.#handler, uri, (outcome) => {
      this.#respond(participant, requestId, uri, outcome);
    });
  }

  #respond(participant: Participant, requestId: number, uri: string, outcome: Outcome<Uint8Array | string>): void {
    if (outcome.type === "failed") {
      this.#owner.log("info", "an asset cannot be had", { uri, error: outcome.error });
      return this.#refuse(participant, requestId, outcome.message);
    }
    if (outcome.type === "unanswered") {
      return this.#refuse(participant, requestId, "Internal error: the asset handler failed to send a response");
    }
    const data = typeof outcome.value === "string" ? encoder.encode(outcome.value) : outcome.value;
    if (!(data instanceof Uint8Array)) {
      return this.#refuse(participant, requestId, "Internal error: the asset handler gave neither bytes nor text");
    }
    const frame = encodeServerFrame({ op: "fetchAssetResponse", requestId, status: "success", data });
    if (frame instanceof Uint8Array) return participant.send(frame);
    this.#refuse(participant, requestId, `the asset is too large to be sent: ${frame.message}`);
  }

  #refuse(participant: Participant, requestId: number, message: string): void {
    this.#owner.send(participant, { op: "fetchAssetResponse", requestId, status: "error", message });
  }
}
