#!/usr/bin/env python3
"""The same device made with the peer's SDK (foxglove-sdk). Argument: the address of the platform that wakes it.

Commands come and events go as in child.ts; what is sent is what sending.ts sends. The peer resets a viewer whose queue
of 1,024 messages is full, and says nothing of how full it is; so it is told how many have arrived ("ack"), and keeps no
more than WINDOW messages, or WINDOW_BYTES, on the way.
"""

import json
import logging
import os
import queue
import struct
import sys
import threading
import time

import foxglove
from foxglove.remote_access import QosProfile, Reliability, RemoteAccessListener

WINDOW = 900
WINDOW_BYTES = 8 * 1024 * 1024

foxglove.set_log_level(logging.ERROR)
acked = 0


def say(event, **fields):
    print(json.dumps({"event": event, **fields}), flush=True)


class Listener(RemoteAccessListener):
    def on_subscribe(self, client, channel):
        say("subscribed")

    def on_connection_status_changed(self, status):
        if str(status).endswith("Connected"):
            say("ready")


def qos(channel):
    return QosProfile(reliability=Reliability.Reliable if channel.topic == "/reliable" else Reliability.Lossy)


gateway = foxglove.start_gateway(
    name="device", device_token="token", foxglove_api_url=sys.argv[1], listener=Listener(), qos_classifier=qos,
)
reliable = foxglove.Channel("/reliable", message_encoding="json")
lossy = foxglove.Channel("/lossy", message_encoding="json")


def stamped(size):
    return struct.pack("<Q", time.monotonic_ns()) + b"\7" * (size - 8)


def flood(command):
    size = command["bytes"]
    window = max(1, min(WINDOW, WINDOW_BYTES // size))
    end = time.monotonic() + command["seconds"]
    messages = 0
    while time.monotonic() < end:
        if messages - acked >= window:
            time.sleep(0.0002)
            continue
        reliable.log(stamped(size))
        messages += 1
    say("sent", messages=messages)


def pace(command):
    channel = reliable if command["way"] == "reliable" else lossy
    size, per_second = command["bytes"], command["perSecond"]
    total = round(per_second * command["seconds"])
    start = time.monotonic()
    messages = 0
    while messages < total:
        due = min(total, int((time.monotonic() - start) * per_second) + 1)
        while messages < due:
            channel.log(stamped(size))
            messages += 1
        time.sleep(min(0.02, max(0.0005, start + messages / per_second - time.monotonic())))
    say("sent", messages=total, seconds=time.monotonic() - start)


def bursts(command):
    for _ in range(command["times"]):
        for _ in range(command["frames"]):
            lossy.log(stamped(command["bytes"]))
        time.sleep(command["everyMs"] / 1000)
    say("sent", messages=command["frames"] * command["times"])


commands = queue.Queue()


def read():
    global acked
    for line in sys.stdin:
        command = json.loads(line)
        if command["do"] == "ack":
            acked = command["messages"]
        else:
            commands.put(command)
    commands.put(None)


threading.Thread(target=read, daemon=True).start()
while (command := commands.get()) is not None:
    acked = 0
    {"flood": flood, "pace": pace, "bursts": bursts}[command["do"]](command)
gateway.stop()
os._exit(0)
