/**
 * The way of one instance's datagrams to another instance.
 */
import type { Due } from "./engine.ts";
import type { Fabric } from "./fabric.ts";
import { type Leg, Parcel } from "./leg.ts";
import type { Station } from "./station.ts";

/** What is sent. */
export interface Datagram {
  readonly channelId: number;
  readonly frame: Uint8Array;
  readonly logTime: bigint;
}

/** Who hears of it. */
export interface DatagramListener {
  /** A datagram of the participant with that identity has come. */
  datagramReceived(from: string, datagram: Datagram): void;
}

/** The way. What is under way on it is bounded. */
export class DatagramPath implements Due {
  readonly #fabric: Fabric;
  readonly #from: Station;
  readonly #to: Station;
  readonly #listener: DatagramListener;
  #arrived: Array<Datagram> = [];
  #underWay = 0;
  #bytesUnderWay = 0;

  constructor(fabric: Fabric, from: Station, to: Station, listener: DatagramListener) {
    this.#fabric = fabric;
    this.#from = from;
    this.#to = to;
    this.#listener = listener;
  }

  /** Sends one, unless too much is under way already. */
  offer(datagram: Datagram): boolean {
    const { limits, counts } = this.#fabric;
    const { length } = datagram.frame;
    if (this.#underWay >= limits.frames || this.#bytesUnderWay + length > limits.frameBytes) {
      counts.framesDropped++;
      return false;
    }
    this.#underWay++;
    this.#bytesUnderWay += length;
    const down = this.#fabric.path(this.#from.identity, this.#to);
    if (this.#from.up.clean && down === undefined) this.arrive(datagram);
    else new DatagramParcel([this.#from.up, ...(down ?? [])], this, datagram).carry();
    return true;
  }

  /** One has arrived; it is told with the next turn. */
  arrive(datagram: Datagram): void {
    this.#arrived.push(datagram);
    if (this.#arrived.length === 1) this.#fabric.engine.soon(this);
  }

  /** One was lost on the way. */
  lost({ frame }: Datagram): void {
    this.#underWay--;
    this.#bytesUnderWay -= frame.length;
    this.#fabric.counts.framesLost++;
    this.#fabric.trace?.add(`lost datagram ${this.#from.identity} to ${this.#to.identity}`);
  }

  /** Tells of all that have arrived. */
  run(): void {
    const arrived = this.#arrived;
    this.#arrived = [];
    this.#underWay -= arrived.length;
    for (const { frame } of arrived) this.#bytesUnderWay -= frame.length;
    for (const datagram of arrived) this.#listener.datagramReceived(this.#from.identity, datagram);
  }
}

/** A datagram on its way. */
class DatagramParcel extends Parcel {
  readonly #path: DatagramPath;
  readonly #datagram: Datagram;

  constructor(legs: ReadonlyArray<Leg>, path: DatagramPath, datagram: Datagram) {
    super(legs, datagram.frame.length, false);
    this.#path = path;
    this.#datagram = datagram;
  }

  protected override arrived(): void {
    this.#path.arrive(this.#datagram);
  }

  protected override lost(): void {
    this.#path.lost(this.#datagram);
  }
}
