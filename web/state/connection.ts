/**
 * Being connected: which viewer there is, how it goes, and what can be done about it.
 */
import { type ReadonlySignal, type Signal, signal } from "@preact/signals";
import { Viewer, type ViewerOptions, type ViewerRetry } from "../../mod.ts";
import { JoinError, type Transport } from "../../transport/mod.ts";
import { messageOf } from "../message_of.ts";
import type { Target } from "./target.ts";

/** How the connection is. Times are in ms since the Unix epoch. */
export type ConnectionState =
  /** The room is being joined for the first time. */
  | { readonly kind: "connecting"; readonly since: number }
  /** In the room, and there is no device in it. */
  | { readonly kind: "waiting"; readonly since: number }
  | { readonly kind: "connected" }
  /** The device is there, and has said nothing for a while. */
  | { readonly kind: "silent"; readonly since: number }
  /** Lost, or never made; `retryAt` is absent while an attempt is under way. */
  | { readonly kind: "reconnecting"; readonly why: string; readonly retryAt?: number }
  /** Trying again is of no use without doing something. */
  | { readonly kind: "refused"; readonly why: string; readonly isMissingSomething: boolean }
  /** The user has ended it. */
  | { readonly kind: "ended" };

/**
 * Makes the transport to a target. Called for each attempt of the first connection. It tells `onStream` whether what it
 * stands on is there; while it is not, nothing is lost, and nothing gets through.
 */
export type TransportFor = (target: Target, onStream: (isOpen: boolean) => void) => Transport | Promise<Transport>;

/** How a connection is made, and who is told of it. */
export interface ConnectionOptions {
  readonly transportFor: TransportFor;
  /** The viewer's callbacks. */
  readonly viewer: Omit<ViewerOptions, "onConnection" | "onPresence" | "onRetry" | "onDevice">;
  /** A device has said who it is: on joining, and again after each reset or reconnect. */
  readonly onDevice: (viewer: Viewer) => void;
  /** There is another viewer, or none any more: what was known of the device is past. */
  readonly onViewer: (viewer: Viewer | undefined) => void;
}

const FIRST_RETRY_MS = 1_000;
const LONGEST_RETRY_MS = 15_000;

/** One connection at a time. */
export class Connection {
  readonly #options: ConnectionOptions;
  readonly #state: Signal<ConnectionState> = signal({ kind: "connecting", since: Date.now() });
  readonly #target: Signal<Target>;
  readonly #viewer: Signal<Viewer | undefined> = signal(undefined);
  /** The attempt that counts; others are past. */
  #attempt: { retry: () => void } | undefined;

  constructor(target: Target, options: ConnectionOptions) {
    this.#target = signal(target);
    this.#options = options;
  }

  /** How it is. */
  get state(): ReadonlySignal<ConnectionState> {
    return this.#state;
  }

  /** What it is to. */
  get target(): ReadonlySignal<Target> {
    return this.#target;
  }

  /** The viewer, while there is one. */
  get viewer(): ReadonlySignal<Viewer | undefined> {
    return this.#viewer;
  }

  /** Connects, to another target when one is given, and lets go of what was there. */
  connect(target: Target = this.#target.value): void {
    this.#letGo();
    this.#target.value = target;
    const attempt = { retry: () => {} };
    this.#attempt = attempt;
    this.#state.value = { kind: "connecting", since: Date.now() };
    void this.#live(attempt);
  }

  /** Does not wait for the next attempt. */
  retryNow(): void {
    const { value } = this.#state;
    if (value.kind !== "reconnecting" || this.#viewer.value !== undefined) this.connect();
    else this.#attempt?.retry();
  }

  /** Ends it, until it is connected again. */
  end(): void {
    this.#letGo();
    this.#state.value = { kind: "ended" };
  }

  #letGo(): void {
    this.#attempt = undefined;
    const viewer = this.#viewer.value;
    this.#show(undefined);
    void viewer?.close();
  }

  #show(viewer: Viewer | undefined): void {
    if (this.#viewer.value === viewer) return;
    this.#viewer.value = viewer;
    this.#options.onViewer(viewer);
  }

  async #live(attempt: { retry: () => void }): Promise<void> {
    const isPast = () => this.#attempt !== attempt;
    for (let delayMs = FIRST_RETRY_MS; !isPast(); delayMs = Math.min(2 * delayMs, LONGEST_RETRY_MS)) {
      const error = await this.#stay(isPast);
      if (isPast()) return;
      this.#show(undefined);
      const isFinal = error instanceof JoinError && (error.reason === "refused" || error.reason === "unsupported");
      const why = error instanceof JoinError ? error.detail : messageOf(error);
      if (isFinal) {
        this.#attempt = undefined;
        this.#state.value = { kind: "refused", why, isMissingSomething: error.reason === "unsupported" };
        return;
      }
      this.#state.value = { kind: "reconnecting", why, retryAt: Date.now() + delayMs };
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, delayMs);
        attempt.retry = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      if (!isPast()) this.#state.value = { kind: "reconnecting", why };
    }
  }

  /** Connects and stays for as long as it goes; gives why it does not. */
  async #stay(isPast: () => boolean): Promise<unknown> {
    let viewer: Viewer | undefined;
    let retry: ViewerRetry & { readonly at: number } | undefined;
    let isOpen = true;
    const tell = () => {
      if (!isPast() && viewer !== undefined && this.#viewer.value === viewer) {
        this.#state.value = stateOf(viewer, retry, isOpen);
      }
    };
    try {
      const transport = await this.#options.transportFor(this.#target.value, (isOpenNow) => {
        isOpen = isOpenNow;
        tell();
      });
      if (isPast()) return undefined;
      viewer = await Viewer.connect(transport, {
        ...this.#options.viewer,
        onConnection: () => tell(),
        onPresence: () => tell(),
        onRetry: (next) => {
          retry = { ...next, at: Date.now() + next.delayMs };
          tell();
        },
        onDevice: () => {
          if (viewer !== undefined && !isPast()) this.#options.onDevice(viewer);
          tell();
        },
      });
      if (isPast()) {
        await viewer.close();
        return undefined;
      }
      this.#show(viewer);
      tell();
      if (viewer.serverInfo !== undefined) this.#options.onDevice(viewer);
      await viewer.closed();
      return new Error("the connection has ended");
    } catch (error) {
      return error;
    }
  }
}

function stateOf(
  viewer: Viewer,
  retry: (ViewerRetry & { readonly at: number }) | undefined,
  isOpen: boolean,
): ConnectionState {
  if (viewer.status !== "connected") {
    const why = retry?.why ?? "connection-lost";
    const isWaiting = retry !== undefined && retry.at > Date.now();
    return { kind: "reconnecting", why, ...(isWaiting ? { retryAt: retry.at } : {}) };
  }
  if (!isOpen) return { kind: "reconnecting", why: "connection-lost" };
  const device = viewer.devicePresence;
  if (device === undefined || viewer.serverInfo === undefined) return { kind: "waiting", since: Date.now() };
  return device.state === "silent" ? { kind: "silent", since: device.stateSince } : { kind: "connected" };
}
