/**
 * The server's own API: what an administrator does to rooms and to those in them.
 */
import { SignJWT } from "jose";
import type { ServerAddress } from "./server.ts";

/** Someone in a room, as the server tells it; what tests look at. */
export interface ParticipantInfo {
  readonly sid: string;
  readonly identity: string;
  /** `JOINING`, `JOINED`, `ACTIVE` or `DISCONNECTED`. */
  readonly state: string;
  readonly attributes?: Readonly<Record<string, string>>;
}

/** What may be changed of a participant. */
export interface ParticipantUpdate {
  readonly attributes?: Readonly<Record<string, string>>;
  readonly metadata?: string;
  /** Its permissions, by the server's names; what is not named is taken away. */
  readonly permission?: Readonly<Record<string, boolean>>;
}

/** An administrator of a server's rooms. */
export class Admin {
  readonly #server: ServerAddress;

  constructor(server: ServerAddress) {
    this.#server = server;
  }

  /** Who is in a room. */
  async listParticipants(room: string): Promise<ReadonlyArray<ParticipantInfo>> {
    const answer = await this.#call<{ participants?: ReadonlyArray<ParticipantInfo> }>("ListParticipants", { room });
    return answer.participants ?? [];
  }

  /** Throws a participant out. */
  async removeParticipant(room: string, identity: string): Promise<void> {
    await this.#call("RemoveParticipant", { room, identity });
  }

  /** Ends a room for everybody in it. */
  async deleteRoom(room: string): Promise<void> {
    await this.#call("DeleteRoom", { room });
  }

  /** Changes a participant's attributes, metadata or permissions. */
  async updateParticipant(room: string, identity: string, update: ParticipantUpdate): Promise<void> {
    await this.#call("UpdateParticipant", { room, identity, ...update });
  }

  async #call<T>(method: string, body: { readonly room: string; readonly [field: string]: unknown }): Promise<T> {
    const { httpUrl, apiKey, apiSecret } = this.#server;
    const token = await new SignJWT({ video: { roomAdmin: true, roomCreate: true, roomList: true, room: body.room } })
      .setProtectedHeader({ alg: "HS256" })
      .setIssuer(apiKey)
      .setExpirationTime("1 minute")
      .sign(new TextEncoder().encode(apiSecret));
    const response = await fetch(`${httpUrl}/twirp/livekit.RoomService/${method}`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${token}` },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(10_000),
    });
    if (!response.ok) throw new Error(`${method}: ${response.status} ${await response.text()}`);
    return await response.json();
  }
}
