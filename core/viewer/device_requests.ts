/**
 * What a viewer can ask of its device, and what it follows of it, beside channels: the part of {@linkcode Viewer} that
 * goes by the device's capabilities.
 */
import type * as Effect from "effect/Effect";
import type { Parameter, ReadService, Status } from "../protocol/mod.ts";
import { AssetFetches, type FetchAssetError } from "./assets.ts";
import type { DeviceAccess } from "./device_access.ts";
import { GraphFollower, type GraphWatch } from "./graph.ts";
import { OwnChannels } from "./own_channels.ts";
import type { ParameterWatch } from "./parameter_watch.ts";
import {
  type GetParametersError,
  type ParametersToSet,
  type SetParametersError,
  ViewerParameters,
  type WatchParametersOptions,
} from "./parameters.ts";
import { Playback, PlaybackPart } from "./playback.ts";
import type { AbortableRequestOptions, RequestOptions } from "./requests.ts";
import { type CallOptions, ServiceCalls } from "./service_calls.ts";
import type { ServiceCallError } from "./service_errors.ts";
import type { ServiceReply } from "./service_reply.ts";
import { Statuses } from "./statuses.ts";
import type { ViewerChannel, ViewerChannelOptions } from "./viewer_channel.ts";

/** How many requests of each kind have not ended. */
export interface PendingRequests {
  /** Service calls. */
  readonly calls: number;
  /** Asset fetches. */
  readonly fetches: number;
  /** Gets and sets of parameters, those that watches make included. */
  readonly parameters: number;
  /** Playback requests. */
  readonly playback: number;
}

/**
 * Requests, watches and own channels of a {@linkcode Viewer}. A request waits for a device where there is none, and ends
 * by its timeout at the latest; it fails with a `ConnectionLost` when the session with the device is over before it is
 * answered. Watches and channels outlive sessions, and are restored on each new one.
 *
 * @example
 * ```ts
 * import type { Viewer } from "@fieldlink/fieldlink";
 *
 * async function reboot(viewer: Viewer) {
 *   const reply = await viewer.callService("/reboot", { delay: 3 }, { timeoutMs: 2_000 });
 *   console.log(reply.json());
 * }
 * console.log(reboot);
 * ```
 */
export abstract class DeviceRequests {
  readonly #access: DeviceAccess;
  readonly #channels: OwnChannels;
  readonly #services: ServiceCalls;
  readonly #parameters: ViewerParameters;
  readonly #assets: AssetFetches;
  readonly #graph: GraphFollower;
  readonly #statuses: Statuses;
  readonly #playback: PlaybackPart;
  /** The playback of the device, where it plays back a recording. */
  readonly playback: Playback;

  /** For {@linkcode Viewer}. */
  protected constructor(access: DeviceAccess) {
    this.#access = access;
    this.#statuses = new Statuses(access);
    this.#channels = new OwnChannels(access);
    this.#services = new ServiceCalls(access);
    this.#parameters = new ViewerParameters(access, this.#statuses.complaints);
    this.#assets = new AssetFetches(access);
    this.#graph = new GraphFollower(access);
    this.#playback = new PlaybackPart(access, this.#statuses.complaints);
    this.playback = new Playback(access, this.#playback);
    access.add(this.#statuses);
    access.add(this.#channels);
    access.add(this.#services);
    access.add(this.#parameters);
    access.add(this.#assets);
    access.add(this.#graph);
    access.add(this.#playback);
  }

  /**
   * What the device has said and not taken back, the oldest first: a status with an id stands until another one of that id
   * takes its place or it is removed; of those without an id the latest are kept. A new session begins with none.
   */
  get statuses(): ReadonlyArray<Status> {
    return this.#statuses.all();
  }

  /** The services of the device, by name. */
  get services(): ReadonlyMap<string, ReadService> {
    return this.#services.all();
  }

  /** How many requests have not ended; each kind is bounded by the limit `pendingRequests`. */
  get pendingRequests(): PendingRequests {
    return {
      calls: this.#services.pending,
      fetches: this.#assets.pending,
      parameters: this.#parameters.pending,
      playback: this.#playback.pending,
    };
  }

  /**
   * Makes a channel of the viewer's own, to publish on. It is advertised to each device that takes messages of viewers,
   * now and later, until it is closed.
   *
   * @throws {ChannelError} when `encoding` is empty, or the viewer has as many as it may.
   * @throws {SchemaNotUtf8} when the schema travels as text and is none.
   * @throws {FrameTooLarge} when the schema is too large to be sent.
   */
  channel(options: ViewerChannelOptions): ViewerChannel {
    return this.#channels.make(options);
  }

  /**
   * Calls a service by its name and waits for the answer. Bytes and text go as they are, and must not be changed until
   * then; everything else goes as JSON; nothing goes as nothing. Waits for a device, and for a second after meeting one for
   * the service to be advertised.
   */
  callServiceEffect(
    name: string,
    request?: unknown,
    options: CallOptions = {},
  ): Effect.Effect<ServiceReply, ServiceCallError> {
    return this.#services.call(name, request, options);
  }

  /** As {@linkcode DeviceRequests.callServiceEffect}, as a promise, which rejects with a {@linkcode ServiceCallError}. */
  callService(
    name: string,
    request?: unknown,
    options: CallOptions & AbortableRequestOptions = {},
  ): Promise<ServiceReply> {
    return this.#access.run(this.callServiceEffect(name, request, options), options.signal);
  }

  /** The parameters of these names that are set; without names, all that the device has. */
  getParametersEffect(
    names: ReadonlyArray<string> = [],
    options: RequestOptions = {},
  ): Effect.Effect<ReadonlyMap<string, Parameter>, GetParametersError> {
    return this.#parameters.get(names, options);
  }

  /** As {@linkcode DeviceRequests.getParametersEffect}, as a promise, which rejects with a {@linkcode GetParametersError}. */
  getParameters(
    names: ReadonlyArray<string> = [],
    options: AbortableRequestOptions = {},
  ): Promise<ReadonlyMap<string, Parameter>> {
    return this.#access.run(this.getParametersEffect(names, options), options.signal);
  }

  /**
   * Sets parameters, and gives the values that the device has really applied. A parameter without a value is to be unset.
   * Whole numbers are integers: where a float is meant, give a `Float64` or a parameter of type `float64`. A device that
   * refuses says so in a status, which a `RequestTimeout` tells: the protocol has no other answer.
   */
  setParametersEffect(
    parameters: ParametersToSet,
    options: RequestOptions = {},
  ): Effect.Effect<ReadonlyMap<string, Parameter>, SetParametersError> {
    return this.#parameters.set(parameters, options);
  }

  /** As {@linkcode DeviceRequests.setParametersEffect}, as a promise, which rejects with a {@linkcode SetParametersError}. */
  setParameters(
    parameters: ParametersToSet,
    options: AbortableRequestOptions = {},
  ): Promise<ReadonlyMap<string, Parameter>> {
    return this.#access.run(this.setParametersEffect(parameters, options), options.signal);
  }

  /**
   * Follows parameters. Their values are asked for at first, and again after each reset or reconnect.
   *
   * @throws {InvalidRequest} when there is no name, or the viewer would watch more than it may.
   */
  watchParameters(names: Iterable<string>, options: WatchParametersOptions = {}): ParameterWatch {
    return this.#parameters.watch(names, options);
  }

  /** Fetches an asset of the device. The bytes are a view into what arrived. */
  fetchAssetEffect(uri: string, options: RequestOptions = {}): Effect.Effect<Uint8Array, FetchAssetError> {
    return this.#assets.fetch(uri, options);
  }

  /** As {@linkcode DeviceRequests.fetchAssetEffect}, as a promise, which rejects with a {@linkcode FetchAssetError}. */
  fetchAsset(uri: string, options: AbortableRequestOptions = {}): Promise<Uint8Array> {
    return this.#access.run(this.fetchAssetEffect(uri, options), options.signal);
  }

  /** Follows the connection graph of the device. */
  watchConnectionGraph(): GraphWatch {
    return this.#graph.watch();
  }
}
