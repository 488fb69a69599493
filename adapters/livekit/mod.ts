/**
 * The LiveKit transport: rooms of a LiveKit server, from Node, Bun, Deno and browsers. It needs the package
 * livekit-client, and outside browsers @roamhq/wrtc as well; both are loaded with the first connection.
 *
 * @example
 * ```ts
 * import { livekit } from "@fieldlink/fieldlink/livekit";
 *
 * const transport = livekit({ url: "wss://livekit.example.org", token: "eyJhbGciOi..." });
 * console.log(transport.name); // livekit
 * ```
 *
 * @module
 */
export { accessToken, type AccessTokenOptions } from "./access_token.ts";
export type { Check, CheckName, CheckState, Diagnosis } from "./diagnosis/check.ts";
export { type AbortableDiagnoseOptions, diagnose, diagnoseEffect, type DiagnoseOptions } from "./diagnosis/diagnose.ts";
export type { LiveKitLimits } from "./limits.ts";
export type { IceServer, LiveKitLogLevel, LiveKitOptions, TokenRequest } from "./options.ts";
export { livekit } from "./transport.ts";
