import type { DatagramDropListener, Datagrams, RoomListener } from "../../transport/mod.ts";
import type { Parts } from "./broken.ts";
import { caughtBySuite } from "./caught.ts";

/** Datagrams that are sent in another way. */
function sending(send: (datagrams: Datagrams) => Datagrams["send"]): Parts {
  return { datagrams: (datagrams) => ({ ...datagrams, send: send(datagrams) }) };
}

/** A listener that is told of datagrams in another way. */
function told(change: (listener: RoomListener) => RoomListener): Parts {
  return { listener: (listener) => ({ ...listener, ...change(listener) }) };
}

caughtBySuite("datagrams", [
  {
    does: "loses bits of the log time",
    caughtBy: "a datagram arrives whole and unchanged, with its sender, its channel and its log time",
    parts: sending(({ send }) => (to, id, frame, time) => send(to, id, frame, BigInt(Number(time)))),
  },
  {
    does: "cuts channel ids down to 32 bits",
    caughtBy: "a datagram arrives whole and unchanged, with its sender, its channel and its log time",
    parts: sending(({ send }) => (to, id, frame, time) => send(to, id >>> 0, frame, time)),
  },
  {
    does: "sends its own memory, and changes it afterwards",
    caughtBy: "a datagram arrives whole and unchanged, with its sender, its channel and its log time",
    parts: sending(({ send }) => {
      const memory = new Uint8Array(300_000);
      return (to, id, frame, time) => {
        const sent = send(to, id, memory.subarray(0, frame.length), time);
        queueMicrotask(() => memory.fill(0));
        return sent;
      };
    }),
  },
  {
    does: "sends to everybody",
    caughtBy: "a datagram goes to its receiver and to nobody else, and one frame can go to several",
    parts: sending(({ send }) => (_to, id, frame, time) =>
      ["one", "two", "stranger"].map((to) => send(to, id, frame, time)).includes(true)
    ),
  },
  {
    does: "sends one frame to one receiver only",
    caughtBy: "a datagram goes to its receiver and to nobody else, and one frame can go to several",
    parts: sending(({ send }) => {
      const first = new WeakMap<Uint8Array, string>();
      return (to, id, frame, time) => {
        if (!first.has(frame)) first.set(frame, to);
        return first.get(frame) !== to || send(to, id, frame, time);
      };
    }),
  },
  {
    does: "sends datagrams twice",
    caughtBy: "no datagram arrives twice, and none that was not taken or was told as dropped",
    parts: sending(({ send }) => (...datagram) => {
      send(...datagram);
      return send(...datagram);
    }),
  },
  {
    does: "says that it has not taken what it sends",
    caughtBy: "no datagram arrives twice, and none that was not taken or was told as dropped",
    parts: sending(({ send }) => (...datagram) => send(...datagram) && false),
  },
  {
    does: "drops what it has taken without a word, and tells of what it sends",
    caughtBy: "no datagram arrives twice, and none that was not taken or was told as dropped",
    parts: {
      datagrams: (datagrams) => {
        let tell: DatagramDropListener | undefined;
        return {
          ...datagrams,
          send: (to, id, frame, time) => {
            const sent = datagrams.send(to, id, frame, time);
            tell?.(to, id, frame);
            return sent;
          },
          onDropped: (listener) => void (tell = listener),
        };
      },
    },
  },
  {
    does: "claims to take datagrams that are too large",
    caughtBy: "a datagram that is too large is not taken and does not arrive",
    parts: sending(({ send }) => (...datagram) => send(...datagram) || datagram[2].length > 0),
  },
  {
    does: "takes datagrams for those who are not there",
    caughtBy: "a datagram to somebody who is not there is not taken",
    parts: sending(({ send }) => (...datagram) => send(...datagram) || datagram[0] !== "sender"),
  },
  {
    does: "keeps datagrams without bound",
    caughtBy: "what is kept for a receiver is bounded, and one that is full holds up no other",
    parts: sending(({ send }) => (...datagram) => send(...datagram) || datagram[0] === "full"),
  },
  {
    does: "lets one that is full hold up the others",
    caughtBy: "what is kept for a receiver is bounded, and one that is full holds up no other",
    parts: sending(({ send }) => {
      let full = false;
      return (...datagram) => {
        full ||= !send(...datagram);
        return !full;
      };
    }),
  },
  {
    does: "tells of datagrams under another sender's name",
    caughtBy: "a datagram arrives whole and unchanged, with its sender, its channel and its log time",
    parts: told((listener) => ({
      datagramReceived: (sender, ...rest) => listener.datagramReceived?.({ ...sender, sid: "other" }, ...rest),
    })),
  },
  {
    does: "tells of datagrams after the end of their sender",
    caughtBy: "no datagram is told once its receiver has begun to leave, or its sender has left",
    parts: told((listener) => {
      let again: (() => void) | undefined;
      return {
        datagramReceived: (...datagram) => {
          again = () => listener.datagramReceived?.(...datagram);
          again();
        },
        participantDisconnected: (participant) => {
          listener.participantDisconnected?.(participant);
          again?.();
        },
      };
    }),
  },
]);
