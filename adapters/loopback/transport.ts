/**
 * The loopback's way into a room.
 */
import type * as Clock from "effect/Clock";
import * as Effect from "effect/Effect";
import * as Scheduler from "effect/Scheduler";
import * as Scope from "effect/Scope";
import { JoinError } from "../../transport/errors.ts";
import type { JoinOptions, Room, Transport } from "../../transport/room.ts";
import type { VideoTracks } from "../../transport/track.ts";
import type { ConnectionConditions } from "./conditions.ts";
import type { Fabric } from "./fabric.ts";
import type { HubRoom } from "./hub_room.ts";
import { Member, type MemberSettings } from "./member.ts";

/** Who joins which room of a hub, and what its connection can do. */
export interface LoopbackTransportOptions {
  /** Who joins. Not empty. A second join under the same identity replaces the first one. */
  readonly identity: string;
  /** The room. Default `main`. */
  readonly room?: string;
  /** Attributes that the others find on this participant; those given to `join` are added. Default none. */
  readonly attributes?: ReadonlyMap<string, string> | Readonly<Record<string, string>>;
  /** The conditions of its connection from now on. Default: what was set for the identity before. */
  readonly conditions?: ConnectionConditions;
  /** Whether it can publish and receive data tracks. Default true. */
  readonly dataTracks?: boolean;
  /** Whether it can send datagrams. Anybody receives them. They are lost and held up as frames of data tracks are. Default false. */
  readonly datagrams?: boolean;
  /** The largest frame of a data track or a datagram in bytes, when it has them. Default 262,144. */
  readonly maxFrameBytes?: number;
  /** The video ability of its rooms. Default none. */
  readonly videoTracks?: VideoTracks;
  /** See `Room.writeBytes`. Larger writes arrive in pieces of this size. Default 65,536. */
  readonly writeBytes?: number;
  /**
   * How many bytes of one stream may be between its sender and its reader, per destination; a write waits for room
   * beyond that. Set by the receiver for what it receives, and never less than one piece. Default 262,144.
   */
  readonly windowBytes?: number;
}

/** What a transport needs of its hub. */
export interface TransportHost {
  readonly fabric: Fabric;
  /** The clock that transports bring along, if they do. */
  readonly clock: Clock.Clock | undefined;
  /** Hears of the scheduler of each fiber that joins, if it wants to. */
  readonly meet: ((scheduler: Scheduler.Scheduler) => void) | undefined;
  /** The room of that name, made when it is first asked for. */
  room(name: string): HubRoom;
}

/** Makes a transport; see `LoopbackHub.transport`. */
export function makeTransport(host: TransportHost, options: LoopbackTransportOptions): Transport {
  if (options.identity === "") throw new RangeError("Cannot make a transport as 'identity' must not be empty");
  const settings = settingsOf(options);
  if (options.conditions !== undefined) host.fabric.station(options.identity).setConditions(options.conditions, true);
  return {
    name: "loopback",
    ...(host.clock === undefined ? {} : { clock: host.clock }),
    join: (joinOptions) => join(host, options, settings, joinOptions ?? {}),
  };
}

function join(
  host: TransportHost,
  options: LoopbackTransportOptions,
  settings: MemberSettings,
  joinOptions: JoinOptions,
): Effect.Effect<Room, JoinError, Scope.Scope> {
  const attributes = new Map([...entriesOf(options.attributes), ...(joinOptions.attributes ?? [])]);
  // Only the waiting can be interrupted: once the hub has let the participant in, its leaving is in the scope.
  return Effect.uninterruptibleMask((restore) =>
    Effect.andThen(
      restore(attempt(host, options.identity)),
      Effect.flatMap(Effect.scope, (scope) => enter(host, options, settings, attributes, scope)),
    )
  );
}

/** Waits as long as joining takes, and fails if it was set to. */
function attempt(host: TransportHost, identity: string): Effect.Effect<void, JoinError> {
  return Effect.withFiber((fiber) => {
    host.meet?.(fiber.getRef(Scheduler.Scheduler));
    const { fabric } = host;
    const station = fabric.station(identity);
    const delay = station.delays.join;
    return Effect.andThen(
      delay === 0 ? Effect.void : fabric.engine.wait(delay),
      Effect.suspend((): Effect.Effect<void, JoinError> => {
        const failing = station.failingJoins.shift();
        if (failing !== undefined) return Effect.fail(new JoinError(failing));
        if (!station.up.parted && !station.down.parted) return Effect.void;
        return Effect.fail(
          new JoinError({ reason: "unreachable", detail: `"${identity}" is cut off from the server` }),
        );
      }),
    );
  });
}

function enter(
  host: TransportHost,
  options: LoopbackTransportOptions,
  settings: MemberSettings,
  attributes: ReadonlyMap<string, string>,
  scope: Scope.Scope,
): Effect.Effect<Room, JoinError> {
  return Effect.suspend(() => {
    const home = host.room(options.room ?? "main");
    if (!home.hasRoomFor(options.identity)) {
      const detail = `room "${home.name}" is full with ${host.fabric.limits.participants} participants`;
      return Effect.fail(new JoinError({ reason: "refused", detail }));
    }
    const station = host.fabric.station(options.identity);
    const member = new Member({ fabric: host.fabric, home, station, scope, attributes, settings });
    home.admit(member);
    return Effect.as(Scope.addFinalizer(scope, Effect.sync(() => member.leave())), member.room);
  });
}

function settingsOf(options: LoopbackTransportOptions): MemberSettings {
  const writeBytes = options.writeBytes ?? 65_536;
  const windowBytes = options.windowBytes ?? 262_144;
  const maxFrameBytes = options.maxFrameBytes ?? 262_144;
  for (const [name, value] of Object.entries({ writeBytes, windowBytes, maxFrameBytes })) {
    if (!Number.isInteger(value) || value < 1) {
      throw new RangeError(`Cannot make a transport as '${name}' must be a whole number above 0: received ${value}`);
    }
  }
  return {
    writeBytes,
    windowBytes,
    maxFrameBytes,
    dataTracks: options.dataTracks ?? true,
    datagrams: options.datagrams ?? false,
    videoTracks: options.videoTracks,
  };
}

function entriesOf(attributes: LoopbackTransportOptions["attributes"]): ReadonlyArray<readonly [string, string]> {
  if (attributes === undefined) return [];
  return attributes instanceof Map ? [...attributes] : Object.entries(attributes);
}
