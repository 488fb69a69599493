import { assert, describe, it } from "vitest";
import { sseLimits } from "../../../../adapters/sse/server/limits.ts";
import { Outbox, type Outgoing } from "../../../../adapters/sse/server/outbox.ts";

class Viewer {
  isConnected = true;
  isHeld = false;
  sent = 0;
  unread = 0;
  readonly outbox = new Outbox(sseLimits(), {
    isConnected: () => this.isConnected,
    isHeld: () => this.isHeld,
    send: () => {
      this.sent += 1;
      this.unread += 1;
    },
  });

  /** It reads one event. */
  read(): void {
    this.unread -= 1;
    this.outbox.advanced(1, this.unread);
  }
}

function one(): Outgoing {
  return { events: () => [new Uint8Array(1)], sent: () => undefined };
}

describe("an outbox whose viewer is not sent anything just now", () => {
  it("takes what is to go first, and holds the rest up until that has gone", () => {
    const viewer = new Viewer();
    viewer.isHeld = true;
    assert.isTrue(viewer.outbox.offer(one()));
    assert.isFalse(viewer.outbox.offer(one()));
    assert.equal(viewer.sent, 1);
    viewer.read();
    assert.equal(viewer.sent, 2);
  });

  it("takes all there is room for when nothing is held", () => {
    const viewer = new Viewer();
    assert.isTrue(viewer.outbox.offer(one()));
    assert.isTrue(viewer.outbox.offer(one()));
    assert.equal(viewer.sent, 2);
  });

  it("holds nothing up for a viewer that is away", () => {
    const viewer = new Viewer();
    viewer.isHeld = true;
    viewer.outbox.offer(one());
    viewer.outbox.offer(one());
    viewer.isConnected = false;
    viewer.outbox.pump();
    assert.equal(viewer.sent, 2);
  });
});
