/**
 * Fieldlink: reach robots and edge devices live. A *device* ({@linkcode Gateway}) offers the channels of a
 * {@linkcode Context}; a *viewer* ({@linkcode Viewer}) subscribes and receives. How they reach each other is a
 * transport's business: `./loopback` is one, in memory.
 *
 * @example A device and a viewer, in one program
 * ```ts
 * import { Context, Gateway, Viewer } from "@fieldlink/fieldlink";
 * import { LoopbackHub } from "@fieldlink/fieldlink/loopback";
 *
 * const hub = new LoopbackHub();
 * const context = new Context();
 * const pose = context.channel({ topic: "/pose", encoding: "json", qos: "reliable" });
 * const gateway = await Gateway.start({
 *   name: "rover-7",
 *   context,
 *   transport: hub.transport({ identity: "rover-7" }),
 *   onSubscribe: (_client, channel) => channel.log(JSON.stringify({ x: 1, y: 2 })),
 * });
 * const viewer = await Viewer.connect(hub.transport({ identity: "viewer-1" }));
 * for await (const message of viewer.subscribe("/pose")) {
 *   console.log(message.json()); // { x: 1, y: 2 }
 *   break;
 * }
 * await viewer.close();
 * await gateway.close();
 * ```
 *
 * @module
 */
export { Channel, type ChannelOwner, type LogOptions } from "./core/channel/channel.ts";
export {
  ChannelError,
  type ChannelErrorFields,
  type ChannelOptions,
  Context,
  type ContextOptions,
} from "./core/channel/context.ts";
export type { ChannelDescriptor, Reliability, SchemaOptions } from "./core/channel/descriptor.ts";
export type { Latch, LatchBounds, LatchOptions } from "./core/channel/latch.ts";
export type { Sink } from "./core/channel/sink.ts";
export type { WallClock } from "./core/clock.ts";
export type { ClockOffsetEstimate } from "./core/clock_offset.ts";
export { Closed, type ClosedFields } from "./core/closed_error.ts";
export { ConfigurationError, type ConfigurationErrorFields } from "./core/configuration_error.ts";
export type {
  ConnectionGraph,
  ConnectionGraphOptions,
  GraphEntries,
  GraphEntriesOptions,
} from "./core/connection_graph.ts";
export { Feed, type FeedOwner } from "./core/feed.ts";
export { DeviceOffers } from "./core/device_offers.ts";
export { DrainTimeout, type DrainTimeoutFields, Gateway, type UnadvertisableChannel } from "./core/gateway.ts";
export type { GatewayEnd, GatewayOptions, GatewayStatus, StatusOptions } from "./core/gateway_options.ts";
export { InvalidArgument, type InvalidArgumentFields } from "./core/invalid_argument.ts";
export type { GatewayLimits, ViewerLimits } from "./core/limits.ts";
export type { Log, LogFields, LogLevel } from "./core/log.ts";
export type { Later, MaybeLater } from "./core/maybe_later.ts";
export { CapabilityMissing, type CapabilityMissingFields, type OfferingOptions } from "./core/offering.ts";
export { type ParameterChange, ParameterChanges } from "./core/parameters/parameter_changes.ts";
export type { ParameterKind } from "./core/parameters/parameter_kind.ts";
export type { ParameterStoreLimits } from "./core/parameters/parameter_limits.ts";
export {
  type ParameterPersistence,
  ParameterPersistenceError,
  type ParameterPersistenceErrorFields,
} from "./core/parameters/parameter_persistence.ts";
export {
  ParameterRefused,
  type ParameterRefusedFields,
  type ParameterRefusedReason,
} from "./core/parameters/parameter_refused.ts";
export { ParameterStore } from "./core/parameters/parameter_store.ts";
export type {
  ParameterDeclaration,
  ParameterStoreOptions,
  PersistentParameterStoreOptions,
  ValidateContext,
  Verdict,
  VerdictNow,
} from "./core/parameters/parameter_store_options.ts";
export { formatParameters, parseParameters } from "./core/parameters/parameter_text.ts";
export type { ViewerState } from "./core/participant/vitals.ts";
export {
  type AdvertiseError,
  type Capability,
  type DeclaredService,
  DecodeError,
  type DecodeErrorFields,
  type DecodeErrorReason,
  Float64,
  FrameTooLarge,
  type FrameTooLargeFields,
  InvalidParameter,
  type InvalidParameterFields,
  type Metadata,
  MissingSchema,
  type MissingSchemaFields,
  type Parameter,
  type ParameterType,
  type ParameterValue,
  type PlaybackControlRequest,
  type PlaybackStatus,
  type ReadService,
  type Schema,
  SchemaNotUtf8,
  type SchemaNotUtf8Fields,
  type SecondsNanos,
  type ServerInfo,
  type ServicePayload,
  type Status,
  type StatusLevel,
} from "./core/protocol/mod.ts";
export {
  type EventGap,
  type EventLog,
  type EventSender,
  type EventStore,
  EventWithoutSession,
  type EventWithoutSessionFields,
  type NumberedEvent,
  type Replay,
  type ResumeLimits,
  ResumeRegistry,
  type ResumeRegistryOptions,
  type Resumption,
  RingStore,
  type RingStoreOptions,
  type SenderEnd,
} from "./core/resume/mod.ts";
export type { AssetHandler } from "./core/session/assets.ts";
export type { Admission, Applicant, Authorize } from "./core/session/authorization.ts";
export type { Client } from "./core/session/client.ts";
export type { ClientChannel, ClientPublishCallbacks } from "./core/session/client_publish.ts";
export type { CommandRule, SilenceReason } from "./core/session/commands.ts";
export type { ConnectionGraphCallbacks } from "./core/session/graph_subscribers.ts";
export type { Handler, HandlerResult, RequestContext } from "./core/session/handler.ts";
export type { ParameterCallbacks, ParameterSource } from "./core/session/parameters.ts";
export type { PlaybackOutput, PlaybackPosition, PlaybackRequest, PlaybackSource } from "./core/session/playback.ts";
export {
  observer,
  type Operation,
  operator,
  type Policy,
  policyOf,
  type PolicyRule,
  type PolicyRules,
} from "./core/session/policy.ts";
export {
  type Service,
  ServiceError,
  type ServiceErrorFields,
  type ServiceErrorReason,
  type ServicePayloadOptions,
  ServiceRequest,
  ServiceResponse,
} from "./core/session/service_table.ts";
export type { ChannelPolicy, SessionCallbacks } from "./core/session/session_options.ts";
export type { PresenceCallbacks, PresenceChange, ViewerPresence } from "./core/session/presence.ts";
export type { RoundTrip } from "./core/session/ping.ts";
export type { Carrier, ChannelStats, GatewayStats, GatewayUsage } from "./core/metering/gateway_ledger.ts";
export type { DropReason, Flow } from "./core/metering/tally.ts";
export type { Traffic } from "./core/metering/traffic.ts";
export type { ChannelUsage, ViewerTraffic, ViewerUsage } from "./core/metering/viewer_account.ts";
export { VERSION } from "./core/version.ts";
export { Viewer } from "./core/viewer.ts";
export type { DevicePresence } from "./core/viewer/device_watch.ts";
export { AssetFailed, type AssetFailedFields, type FetchAssetError } from "./core/viewer/assets.ts";
export { DeviceRequests, type PendingRequests } from "./core/viewer/device_requests.ts";
export { type GraphSource, GraphWatch } from "./core/viewer/graph.ts";
export type { Reception, ViewerChannelStats, ViewerStats, ViewerTotals } from "./core/metering/viewer_ledger.ts";
export { Gap } from "./core/viewer/gap.ts";
export { type ChannelInfo, Message, type MessageAge } from "./core/viewer/message.ts";
export { ParameterWatch, type ParameterWatchSource } from "./core/viewer/parameter_watch.ts";
export type {
  GetParametersError,
  ParametersToSet,
  SetParametersError,
  WatchParametersOptions,
} from "./core/viewer/parameters.ts";
export { Playback, type PlaybackCommand, type PlaybackView, type PlayOptions } from "./core/viewer/playback.ts";
export {
  type AwaitedByRequest,
  type ConnectionEnd,
  ConnectionLost,
  type ConnectionLostFields,
  InvalidRequest,
  type InvalidRequestFields,
  NotSupported,
  type NotSupportedFields,
  type RequestError,
  RequestTimeout,
  type RequestTimeoutFields,
  RequestTooLarge,
  type RequestTooLargeFields,
  TooManyPending,
  type TooManyPendingFields,
} from "./core/viewer/request_errors.ts";
export type { AbortableRequestOptions, RequestOptions } from "./core/viewer/requests.ts";
export type { CallOptions } from "./core/viewer/service_calls.ts";
export {
  type ServiceCallError,
  ServiceCallFailed,
  type ServiceCallFailedFields,
  UnknownService,
  type UnknownServiceFields,
} from "./core/viewer/service_errors.ts";
export { ServiceReply } from "./core/viewer/service_reply.ts";
export { Subscription, type SubscriptionOwner, type SubscriptionTarget } from "./core/viewer/subscription.ts";
export {
  type FrameIntake,
  ViewerChannel,
  type ViewerChannelOptions,
  type ViewerChannelOwner,
} from "./core/viewer/viewer_channel.ts";
export type {
  GapOptions,
  SubscribeOptions,
  ViewerOptions,
  ViewerRetry,
  ViewerStatus,
} from "./core/viewer/viewer_options.ts";
export { Watch, type WatchOwner } from "./core/viewer/watch.ts";
