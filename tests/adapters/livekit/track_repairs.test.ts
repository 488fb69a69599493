import { EventEmitter } from "node:events";
import { assert, describe, it } from "vitest";
import { forgetTrack, mendManager, mendSending } from "../../../adapters/livekit/track_repairs.ts";

describe("mendSending", () => {
  it("keeps a packet that cannot be sent from ending the process, and leaves the others alone", async () => {
    const sent: Array<number> = [];
    const engine = {
      isClosed: false,
      sendDataTrackFrame(bytes: Uint8Array): Promise<void> {
        if (this.isClosed) return Promise.reject(new Error("engine closed"));
        sent.push(bytes.length);
        return Promise.resolve();
      },
    };
    const room = { engine };
    mendSending(room);
    mendSending(room);
    await room.engine.sendDataTrackFrame(new Uint8Array(3));
    engine.isClosed = true;
    await room.engine.sendDataTrackFrame(new Uint8Array(4));
    assert.deepEqual(sent, [3]);
  });

  it("leaves alone a room that has nothing of the kind", () => {
    for (const room of [{}, { engine: undefined }, { engine: {} }, { engine: { sendDataTrackFrame: 3 } }]) {
      mendSending(room);
    }
  });
});

class Manager extends EventEmitter {
  reset(): Promise<void> {
    this.emit("reset");
    return Promise.reject(new TypeError("there is no engine"));
  }
}

class Track {
  readonly manager: Manager;
  readonly handleManagerPacketsFlushedChange = (): void => {};
  readonly handleManagerReset = (): void => {};

  constructor(manager: Manager) {
    this.manager = manager;
    manager.on("packetsFlushedChange", this.handleManagerPacketsFlushedChange);
    manager.on("reset", this.handleManagerReset);
  }
}

describe("mendManager", () => {
  it("keeps the end of a room with several tracks from ending the process", async () => {
    const manager = new Manager();
    let resets = 0;
    manager.on("reset", () => resets++);
    mendManager({ outgoingDataTrackManager: manager });
    await manager.reset();
    assert.equal(resets, 1);
  });

  it("lets a room have any number of tracks without a warning", () => {
    const manager = new Manager();
    mendManager({ outgoingDataTrackManager: manager });
    assert.equal(manager.getMaxListeners(), 0);
  });

  it("leaves alone a room that has nothing of the kind", () => {
    for (const room of [{}, { outgoingDataTrackManager: null }, { outgoingDataTrackManager: {} }]) mendManager(room);
  });
});

describe("forgetTrack", () => {
  it("takes a track's listeners away, and those of no other", () => {
    const manager = new Manager();
    const gone = new Track(manager);
    const other = new Track(manager);
    forgetTrack(gone);
    forgetTrack(gone);
    assert.deepEqual(manager.listeners("packetsFlushedChange"), [other.handleManagerPacketsFlushedChange]);
    assert.deepEqual(manager.listeners("reset"), [other.handleManagerReset]);
  });

  it("leaves alone a track that has nothing of the kind", () => {
    for (const track of [{}, { manager: {} }, { manager: new Manager() }]) forgetTrack(track);
  });
});
