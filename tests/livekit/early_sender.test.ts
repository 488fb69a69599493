import { describe, expect, it } from "vitest";
import * as Effect from "effect/Effect";
import * as Exit from "effect/Exit";
import * as Scope from "effect/Scope";
import { loadClient } from "../../adapters/livekit/client.ts";
import type { IncomingByteStream } from "../../transport/mod.ts";
import { freshRoom, suiteServer, tokenFor, transport } from "../support/livekit/suite.ts";

describe("a participant that sends before the server has told of it", () => {
  it("can be answered at once, on a stream to it", async () => {
    const [name, scope] = [freshRoom(), Scope.makeUnsafe()];
    const room = await Effect.runPromise(Scope.provide(transport(name, "ours").join(), scope));
    const opened = Promise.withResolvers<IncomingByteStream>();
    room.listen({ byteStreamOpened: (stream) => opened.resolve(stream) });
    // One that says nothing of itself after joining and publishes no track: news of it come up to 3 s later.
    const { Room } = await loadClient();
    const theirs = new Room();
    await theirs.connect(suiteServer().url, await tokenFor(name, "theirs"), { rtcConfig: { iceServers: [] } });
    const answered = Promise.withResolvers<string>();
    theirs.registerByteStreamHandler("answer", async (reader) => {
      for await (const chunk of reader) {
        answered.resolve(new TextDecoder().decode(chunk));
        break;
      }
    });
    const question = await theirs.localParticipant.streamBytes({ topic: "question", destinationIdentities: ["ours"] });
    const asked = await opened.promise;
    expect([asked.sender, asked.topic]).toEqual(["theirs", "question"]);
    const answer = await Effect.runPromise(room.openByteStream({ topic: "answer", destinations: ["theirs"] }));
    await Effect.runPromise(answer.write(new TextEncoder().encode("here")));
    expect(await answered.promise).toBe("here");
    await question.close();
    await theirs.disconnect();
    await Effect.runPromise(Scope.close(scope, Exit.void));
  });
});
