/**
 * What a viewer is told when the device lacks the capability that its message needs (session semantics, section 11).
 */
import type { Capability, ClientMessage, ServerMessage } from "../protocol/mod.ts";
import { errorStatus } from "./capability.ts";

const NEEDED = {
  advertise: "clientPublish",
  messageData: "clientPublish",
  serviceCallRequest: "services",
  fetchAsset: "assets",
  getParameters: "parameters",
  setParameters: "parameters",
  subscribeParameterUpdates: "parametersSubscribe",
  unsubscribeParameterUpdates: "parametersSubscribe",
  subscribeConnectionGraph: "connectionGraph",
  unsubscribeConnectionGraph: "connectionGraph",
  playbackControlRequest: "playbackControl",
} as const;

/** The capability that a message needs; `undefined`: none. */
export function neededCapability(message: ClientMessage): Capability | undefined {
  return message.op in NEEDED ? NEEDED[message.op as keyof typeof NEEDED] : undefined;
}

/** The answer to a message whose capability the device lacks; `undefined`: none. */
export function refusal(message: ClientMessage, needed: Capability): ServerMessage | undefined {
  if (message.op === "serviceCallRequest") {
    const { serviceId, callId } = message;
    return { op: "serviceCallFailure", serviceId, callId, message: "Server does not support services" };
  }
  // A peer's device says nothing either: it is logged and ignored.
  if (message.op === "playbackControlRequest") return undefined;
  const words = needed === "connectionGraph" ? "connection graph (capability connectionGraph)" : needed;
  return errorStatus(`${message.op} is refused: this device does not support ${words}`);
}
