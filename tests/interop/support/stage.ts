/**
 * A room of a test's own on the real server, with ours and theirs in it. Whatever is brought onto a stage leaves with it.
 */
import { Context, Gateway, type GatewayOptions, Viewer, type ViewerOptions } from "../../../mod.ts";
import type { Transport } from "../../../transport/mod.ts";
import { freshRoom, suiteAdmin, suiteServer, tokenFor, transport } from "../../support/livekit/suite.ts";
import { CollectedLog } from "../../support/log.ts";
import { PeerDevice } from "./peer_device.ts";
import { PATIENCE_MS, PeerProcess } from "./peer_process.ts";
import { PeerViewer, type PeerViewerOptions } from "./peer_viewer.ts";
import { Platform } from "./platform.ts";

/** The identity of the device, whoever it is. */
export const DEVICE = "device";

/** The processes that stages share, each of which is started when it is needed first. */
export class Company implements AsyncDisposable {
  readonly #python: string;
  readonly #processes = new Map<string, Promise<PeerProcess>>();

  constructor(python: string) {
    this.#python = python;
  }

  /** A stage of a test's own. */
  stage(): Stage {
    return new Stage(this);
  }

  /** The process of their viewers. */
  viewers(): Promise<PeerProcess> {
    return this.#process("peer_viewer.py");
  }

  /** The process of their devices. */
  devices(): Promise<PeerProcess> {
    return this.#process("peer_gateway.py");
  }

  /** One more process of their devices. */
  moreDevices(): Promise<PeerProcess> {
    return PeerProcess.start(this.#python, "peer_gateway.py");
  }

  /** Ends the processes. */
  async [Symbol.asyncDispose](): Promise<void> {
    const started = await Promise.allSettled(this.#processes.values());
    await Promise.all(started.map((one) => one.status === "fulfilled" ? one.value.close() : undefined));
  }

  #process(script: string): Promise<PeerProcess> {
    let started = this.#processes.get(script);
    if (started === undefined) {
      started = PeerProcess.start(this.#python, script);
      this.#processes.set(script, started);
    }
    return started;
  }
}

export class Stage implements AsyncDisposable {
  readonly room: string = freshRoom();
  /** What ours have logged. */
  readonly log: CollectedLog = new CollectedLog();
  readonly #company: Company;
  readonly #leaving = new AsyncDisposableStack();
  #peers = 0;

  constructor(company: Company) {
    this.#company = company;
  }

  /** The server's address. */
  get url(): string {
    return suiteServer().url;
  }

  /** A token for this room. */
  readonly token = (identity: string, attributes: Readonly<Record<string, string>> = {}): Promise<string> =>
    tokenFor(this.room, identity, { token: { attributes } });

  /** The way into this room for ours. */
  transport(identity: string): Transport {
    return transport(this.room, identity);
  }

  /** A gateway of ours that is in the room. */
  async gateway(context: Context, options: Partial<GatewayOptions> = {}): Promise<Gateway> {
    const gateway = await Gateway.start({
      name: "rover",
      context,
      transport: this.transport(DEVICE),
      log: this.log.log,
      ...options,
    });
    this.#leaving.use(gateway);
    await gateway.connected();
    return gateway;
  }

  /** A context for it. */
  context(): Context {
    return new Context({ log: this.log.log });
  }

  /** A viewer of ours that is in the room. */
  async viewer(options: ViewerOptions = {}, identity = "viewer-1"): Promise<Viewer> {
    const viewer = await Viewer.connect(this.transport(identity), { log: this.log.log, ...options });
    return this.#leaving.use(viewer);
  }

  /** A viewer of theirs that is in the room. */
  async peerViewer(options: Partial<PeerViewerOptions> = {}): Promise<PeerViewer> {
    const identity = `peer-${++this.#peers}`;
    const viewer = new PeerViewer(await this.#company.viewers(), `${this.room}/${identity}`, this, {
      identity,
      ...options,
    });
    this.#leaving.defer(() => viewer.leave().catch(() => {}));
    await viewer.join();
    return viewer;
  }

  /** A device of theirs that has yet to be started. It is in a process of all, or in one of the test's own. */
  async peerDevice(process?: PeerProcess): Promise<PeerDevice> {
    const platform = this.#leaving.use(await Platform.start({ url: this.url, token: () => this.token(DEVICE) }));
    this.#peers += 1;
    const name = `${this.room}/${this.#peers}`;
    const device = new PeerDevice(process ?? await this.#company.devices(), name, platform.url);
    this.#leaving.defer(() => device.stop().catch(() => {}));
    return device;
  }

  /** A process of their devices for this stage alone: one to be killed, or whose end is not to be waited for. */
  async processOfDevices(): Promise<PeerProcess> {
    const process = await this.#company.moreDevices();
    this.#leaving.defer(() => process.kill());
    return process;
  }

  /** The server throws somebody out. */
  remove(identity: string): Promise<void> {
    return suiteAdmin().removeParticipant(this.room, identity);
  }

  /** Everybody leaves, the last one first. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#leaving.disposeAsync();
  }
}

/** Waits until something of ours is so; tells what it is instead when it is not so in time. */
export async function eventually(what: string, holds: () => boolean, instead: () => unknown = () => ""): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  while (!holds()) {
    if (performance.now() > deadline) throw new Error(`${what}: not within ${PATIENCE_MS} ms; ${String(instead())}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
