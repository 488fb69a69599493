#!/usr/bin/env python3
"""Viewers on LiveKit's Python SDK, with a codec of their own, for a gateway of ours to talk to.

One process may have any number of viewers: every command and every event names its "viewer". See peer_lines.py for how
the commands come and what is printed. What a viewer can be told to do are the methods of Viewer that begin with "do_".
"""

import asyncio
import contextlib
import json
import os
import struct
import sys
import threading

from livekit import rtc

from peer_lines import commands, given, say, shown

TEXT, BINARY = 1, 2
MESSAGE_DATA, SERVICE_CALL, PLAYBACK_CONTROL, PING, PING_ACK = 1, 2, 3, 4, 5
LEAVE_WITHIN_S = 3


def frame(opcode, payload):
    return struct.pack("<BI", opcode, len(payload)) + payload


def text(data):
    """A string with its length in front."""
    encoded = data.encode()
    return struct.pack("<I", len(encoded)) + encoded


class Viewer:
    """A viewer: a participant of a room, with the streams that it has opened to its device."""

    def __init__(self, name):
        self.name = name
        self.room = None
        self.device = None
        self.subscribes = False
        self.acks = False
        self.writers = {}
        self.controls = 0
        self.tasks = set()
        self.todo = asyncio.Queue()

    def say(self, event, **fields):
        say(event, viewer=self.name, **fields)

    def spawn(self, work):
        task = asyncio.ensure_future(work)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def run(self):
        """Does what it is told, one after another."""
        while True:
            command = await self.todo.get()
            try:
                await getattr(self, "do_" + command["do"])(command)
                self.say("done", id=command["id"])
            except Exception as error:  # whatever it is, the test is told
                self.say("failed", id=command["id"], error=repr(error))

    # What it can be told.

    async def do_join(self, command):
        """Joins a room. "subscribe": asks for every channel as soon as it is advertised; "ack": acks every pong.

        With "attributes" it sets its own right after joining: the others hear of it at once then, else after up to 3 s.
        """
        await self.do_leave(command)
        self.device = command.get("device", "device")
        self.subscribes = command.get("subscribe", False)
        self.acks = command.get("ack", False)
        room = rtc.Room()
        room.register_byte_stream_handler("control", lambda reader, identity: self.spawn(self.read(reader, identity)))
        room.on("data_track_published", lambda track: self.spawn(self.receive(track)))
        room.on("data_track_unpublished", lambda sid: self.say("track_gone", sid=sid))
        room.on("participant_connected", lambda participant: self.say("came", identity=participant.identity))
        room.on("participant_disconnected", lambda participant: self.say("went", identity=participant.identity))
        room.on("reconnecting", lambda: self.say("reconnecting"))
        room.on("reconnected", self.reconnected)
        room.on("disconnected", lambda reason: self.say("disconnected", reason=rtc.DisconnectReason.Name(reason)))
        self.room = room
        await room.connect(command["url"], command["token"])
        if "attributes" in command:
            await room.local_participant.set_attributes(command["attributes"])
        self.say("joined", participants=list(room.remote_participants))

    async def do_reconnect(self, command):
        """Loses its connection and makes it again: "signal" alone, or the "full" connection."""
        scenario = {
            "signal": rtc.SimulateScenarioKind.SIMULATE_SIGNAL_RECONNECT,
            "full": rtc.SimulateScenarioKind.SIMULATE_FULL_RECONNECT,
        }[command["kind"]]
        await self.room.simulate_scenario(scenario)

    def reconnected(self):
        # Whoever had to connect anew is another instance, which nobody has opened a stream for.
        self.writers = {}
        self.say("reconnected")

    async def do_leave(self, _command):
        if self.room is None:
            return
        room, self.room, self.writers = self.room, None, {}
        await room.disconnect()

    async def do_text(self, command):
        """Sends a JSON message: "message", or the very text "raw"."""
        raw = command["raw"] if "raw" in command else json.dumps(command["message"])
        await self.write(command, frame(TEXT, raw.encode()))

    async def do_bytes(self, command):
        """Sends bytes as they are, in writes of "piece" bytes each."""
        data = given(command)
        piece = command.get("piece", len(data))
        for start in range(0, len(data), piece):
            await self.write(command, data[start : start + piece])

    async def do_call(self, command):
        head = struct.pack("<BII", SERVICE_CALL, command["service"], command["call"])
        await self.write(command, frame(BINARY, head + text(command["encoding"]) + given(command)))

    async def do_publish(self, command):
        head = struct.pack("<BI", MESSAGE_DATA, command["channel"])
        await self.write(command, frame(BINARY, head + given(command)))

    async def do_ping(self, command):
        payload = struct.pack("<BQ", PING, int(command["timestamp"])) + given(command)
        await self.write(command, frame(BINARY, payload))

    async def do_playback(self, command):
        seek = command.get("seek")
        payload = struct.pack(
            "<BBfBQ",
            PLAYBACK_CONTROL,
            {"play": 0, "pause": 1}[command["command"]],
            command.get("speed", 1.0),
            0 if seek is None else 1,
            0 if seek is None else int(seek),
        )
        await self.write(command, frame(BINARY, payload + text(command["request"])))

    async def do_end_stream(self, command):
        writer = self.writers.pop(command.get("stream", "main"))
        await writer.aclose()

    # What it sends and receives.

    async def write(self, command, data):
        """Writes on one of its streams, "main" where the command names none."""
        name = command.get("stream", "main")
        if name not in self.writers:
            self.writers[name] = await self.room.local_participant.stream_bytes(
                name, topic=command.get("topic", "control"), destination_identities=[self.device]
            )
        await self.writers[name].write(data)

    async def read(self, reader, identity):
        self.controls += 1
        control = self.controls
        self.say("control", control=control, identity=identity)
        buffer = bytearray()
        error = None
        try:
            async for chunk in reader:
                buffer += chunk
                at = 0
                while len(buffer) - at >= 5:
                    opcode, length = struct.unpack_from("<BI", buffer, at)
                    if len(buffer) - at < 5 + length:
                        break
                    payload = bytes(buffer[at + 5 : at + 5 + length])
                    at += 5 + length
                    await self.take(control, opcode, payload)
                del buffer[:at]
        except rtc.StreamError as ended:
            error = str(ended)
        self.say("control_end", control=control, left=len(buffer), error=error)

    async def take(self, control, opcode, payload):
        if opcode == BINARY:
            self.say(control=control, **await self.binary(payload))
            return
        if opcode != TEXT:
            self.say("unknown_frame", control=control, opcode=opcode)
            return
        message = json.loads(payload)
        self.say("text", control=control, op=message.get("op"), message=message, raw=payload.decode())
        if self.subscribes and message.get("op") == "advertise":
            wanted = [{"id": channel["id"]} for channel in message["channels"]]
            await self.do_text({"message": {"op": "subscribe", "channels": wanted}})

    async def binary(self, payload):
        """A binary message as an event."""
        opcode = payload[0]
        if opcode == 1:
            channel, time = struct.unpack_from("<QQ", payload, 1)
            return {
                "event": "message",
                "carrier": "control",
                "channel": channel,
                "time": str(time),
                **shown(payload[17:]),
            }
        if opcode == 2:
            return {"event": "time", "time": str(struct.unpack_from("<Q", payload, 1)[0])}
        if opcode == 3:
            service, call, length = struct.unpack_from("<III", payload, 1)
            encoding = payload[13 : 13 + length].decode()
            return {
                "event": "response",
                "service": service,
                "call": call,
                "encoding": encoding,
                **shown(payload[13 + length :]),
            }
        if opcode == 4:
            request, status, length = struct.unpack_from("<IBI", payload, 1)
            error = payload[10 : 10 + length].decode()
            return {
                "event": "asset",
                "request": request,
                "status": status,
                "error": error,
                **shown(payload[10 + length :]),
            }
        if opcode == 5:
            status, time, speed, did_seek, length = struct.unpack_from("<BQfBI", payload, 1)
            return {
                "event": "playback",
                "status": status,
                "time": str(time),
                "speed": speed,
                "didSeek": did_seek,
                "request": payload[19 : 19 + length].decode(),
            }
        if opcode == 6:
            asked, answered = struct.unpack_from("<QQ", payload, 1)
            if self.acks:
                await self.write({}, frame(BINARY, struct.pack("<BQ", PING_ACK, answered)))
            return {"event": "pong", "asked": str(asked), "answered": str(answered)}
        return {"event": "unknown_binary", "opcode": opcode, **shown(payload[1:])}

    async def receive(self, track):
        name = track.info.name
        self.say("track", name=name, sid=track.info.sid)
        track.set_pipeline_options(max_partial_frames=32)
        # A track that is taken back while it is being subscribed to says nothing of its end until the room is left.
        with contextlib.suppress(rtc.SubscribeDataTrackError):
            async for item in track.subscribe(buffer_size=4096):
                flags, start, sequence = struct.unpack_from("<HHI", item.payload)
                self.say(
                    "message",
                    carrier=name,
                    flags=flags,
                    start=start,
                    sequence=sequence,
                    time=str(item.user_timestamp),
                    **shown(item.payload[start:]),
                )


async def main():
    viewers = {}
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()

    def take(command):
        name = command["viewer"]
        if name not in viewers:
            viewers[name] = Viewer(name)
            viewers[name].spawn(viewers[name].run())
        viewers[name].todo.put_nowait(command)

    def listen():
        try:
            for command in commands():
                loop.call_soon_threadsafe(take, command)
        finally:
            loop.call_soon_threadsafe(ended.set)

    threading.Thread(target=listen, daemon=True).start()
    say("ready")
    await ended.wait()
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(asyncio.gather(*(viewer.do_leave({}) for viewer in viewers.values())), LEAVE_WITHIN_S)


try:
    asyncio.run(main())
finally:
    sys.stdout.flush()
    # Threads of the SDK are not waited for.
    os._exit(0)
