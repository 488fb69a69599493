import { describe, expect, it } from "vitest";
import { resumePolicy } from "../../../adapters/livekit/resume.ts";

describe("resuming a connection", () => {
  it("is tried at once, then about every second, until it has taken too long", () => {
    const policy = resumePolicy(10_000, () => false);
    const wait = (retryCount: number, elapsedMs: number) => policy.nextRetryDelayInMs({ retryCount, elapsedMs });
    for (let attempt = 0; attempt < 50; attempt++) {
      expect(wait(0, 0)).toBeLessThanOrEqual(200);
      expect(wait(1 + attempt, 9_999)).toBeGreaterThanOrEqual(500);
      expect(wait(1 + attempt, 9_999)).toBeLessThanOrEqual(1_000);
    }
    expect(wait(3, 10_000)).toBeNull();
  });

  it("is given up after so many times as leave too many sockets open", () => {
    const policy = resumePolicy(10_000, () => false);
    for (let resume = 0; resume < 50; resume++) {
      expect(policy.nextRetryDelayInMs({ retryCount: 0, elapsedMs: 0 })).not.toBeNull();
      expect(policy.nextRetryDelayInMs({ retryCount: 1, elapsedMs: 500 })).not.toBeNull();
    }
    expect(policy.nextRetryDelayInMs({ retryCount: 0, elapsedMs: 0 })).toBeNull();
  });

  it("is given up at once when the server does not know the participant any more", () => {
    let isForgotten = false;
    const policy = resumePolicy(10_000, () => isForgotten);
    expect(policy.nextRetryDelayInMs({ retryCount: 0, elapsedMs: 0 })).not.toBeNull();
    isForgotten = true;
    expect(policy.nextRetryDelayInMs({ retryCount: 1, elapsedMs: 20 })).toBeNull();
  });
});
