/**
 * What the rover offers beside its channels: services, parameters, an asset, its graph, and to be driven.
 */
import type {
  Client,
  ClientChannel,
  CommandRule,
  Gateway,
  GatewayOptions,
  Service,
  ServiceRequest,
} from "../../mod.ts";
import { ServiceResponse } from "../../mod.ts";
import type { Rover } from "./rover.ts";
import { COMMAND_TOPIC, roverGraph } from "./rover_graph.ts";
import { roverParameters } from "./rover_parameters.ts";
import { DESCRIPTION_TOPIC } from "./rover_source.ts";
import { readTwist, twistSentAt } from "./twist.ts";
import { DESCRIPTION_URI, roverUrdf } from "./urdf.ts";

/** How long the rover drives on after the last command, in ms. */
export const COMMAND_SILENCE_MS = 500;
/** How old a command may be when it arrives, in ms; of those that say when they were made. */
export const COMMAND_MAX_AGE_MS = 500;

/** What a gateway offers, and what is to be done with the gateway once it is there. */
export interface Offering {
  readonly options: Partial<GatewayOptions>;
  /** Topics whose last message each new subscriber is given first. */
  readonly latched: ReadonlySet<string>;
  readonly attach: (gateway: Gateway) => void;
}

/** All that a rover offers beside its channels. */
export function roverOffering(rover: Rover): Offering {
  const drivers = new Map<string, string>();
  let gateway: Gateway | undefined;
  const tellGraph = (): void => gateway?.publishConnectionGraph(roverGraph(drivers.values()));
  return {
    latched: new Set([DESCRIPTION_TOPIC]),
    options: {
      capabilities: ["connectionGraph"],
      supportedEncodings: ["json"],
      services: services(rover),
      parameters: roverParameters(rover),
      assets: (uri) => {
        if (uri === DESCRIPTION_URI) return roverUrdf(rover.settings.name);
        throw new Error(`there is no such asset; there is ${DESCRIPTION_URI}`);
      },
      commands: [commandRule(rover)],
      onClientAdvertise: (client, channel) => {
        if (channel.topic !== COMMAND_TOPIC) return;
        drivers.set(driverOf(client, channel), client.identity);
        tellGraph();
      },
      onClientUnadvertise: (client, channel) => {
        if (drivers.delete(driverOf(client, channel))) tellGraph();
      },
      onMessageData: (client, channel, data) => {
        if (channel.topic === COMMAND_TOPIC) command(rover, client, channel, data);
      },
    },
    attach: (attached) => {
      gateway = attached;
      tellGraph();
    },
  };
}

/** Commands must not come late, and when they stop coming, or their viewer goes, the rover stops. */
function commandRule(rover: Rover): CommandRule {
  return {
    topic: COMMAND_TOPIC,
    maxAgeMs: COMMAND_MAX_AGE_MS,
    sentAt: twistSentAt,
    silenceMs: COMMAND_SILENCE_MS,
    onSilence: (client, channel, reason) => {
      const why = reason === "silence" ? `no command for ${COMMAND_SILENCE_MS} ms` : "whoever has driven is gone";
      rover.release(driverOf(client, channel), why);
    },
  };
}

function command(rover: Rover, client: Client, channel: ClientChannel, data: Uint8Array): void {
  const twist = channel.encoding === "json" ? readTwist(data) : `it is in ${channel.encoding}, not in json`;
  if (typeof twist === "string") rover.complain(`a command is not understood: ${twist}`);
  else rover.command(driverOf(client, channel), twist);
}

/** Who drives, in the rover's words; a viewer may have several such channels. */
function driverOf(client: Client, channel: ClientChannel): string {
  return `${client.identity} (${client.id}.${channel.id})`;
}

function services(rover: Rover): ReadonlyArray<Service> {
  return [
    {
      name: "/reset",
      type: "std_srvs/Trigger",
      response: { encoding: "json" },
      handler: () => {
        rover.reset();
        return { success: true, message: "back at the start, on autopilot" };
      },
    },
    {
      name: "/echo",
      type: "fieldlink/Echo",
      handler: ({ payload, encoding }: ServiceRequest) => new ServiceResponse(payload, encoding),
    },
  ];
}
