/**
 * What a viewer is told when the device lacks the capability that its message needs (session semantics, section 11).
 */
import type { ClientMessage, ServerMessage } from "../protocol/mod.ts";

const NEEDED = {
  advertise: "clientPublish",
  messageData: "clientPublish",
  fetchAsset: "assets",
  getParameters: "parameters",
  setParameters: "parameters",
  subscribeParameterUpdates: "parametersSubscribe",
  unsubscribeParameterUpdates: "parametersSubscribe",
  subscribeConnectionGraph: "connectionGraph",
  unsubscribeConnectionGraph: "connectionGraph",
} as const;

/** The answer to a message that the device can do nothing with; `undefined`: none. */
export function refusal(message: ClientMessage): ServerMessage | undefined {
  if (message.op === "serviceCallRequest") {
    const { serviceId, callId } = message;
    return { op: "serviceCallFailure", serviceId, callId, message: "Server does not support services" };
  }
  if (!(message.op in NEEDED)) return undefined;
  const capability = NEEDED[message.op as keyof typeof NEEDED];
  const words = capability === "connectionGraph" ? "connection graph (capability connectionGraph)" : capability;
  return { op: "status", level: "error", message: `${message.op} is refused: this device does not support ${words}` };
}
