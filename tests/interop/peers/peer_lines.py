"""How a peer and the test that has started it talk: one JSON object a line, commands on stdin, events on stdout.

A command has a number, "id", and "do", which names what is to be done. It is answered by the event "done" or "failed"
with that number. Every event has "at": when it was printed, in ms since the Unix epoch. A peer ends with its stdin.
"""

import base64
import hashlib
import json
import sys
import threading
import time

WHOLE_UP_TO = 4096
"""Larger payloads are printed as size and digest alone."""

_lock = threading.Lock()


def say(event, **fields):
    """Prints an event; from any thread."""
    line = json.dumps({"event": event, "at": time.time() * 1000, **fields})
    with _lock:
        sys.stdout.write(line + "\n")
        sys.stdout.flush()


def shown(data):
    """Bytes as fields of an event: "size" and "sha256", and "data" in base64 unless they are many."""
    fields = {"size": len(data), "sha256": hashlib.sha256(data).hexdigest()}
    if len(data) <= WHOLE_UP_TO:
        fields["data"] = base64.b64encode(data).decode()
    return fields


def given(command, field="data"):
    """Bytes as a command gives them: "data" in base64, or as many as "size" says, counting up again and again."""
    if "size" in command:
        return counting(command["size"])
    return base64.b64decode(command.get(field, ""))


def counting(size):
    """So many bytes: 0, 1, 2 up to 250, then 0 again. The length is prime, so that a piece that was moved shows."""
    row = bytes(range(251))
    return (row * (size // 251 + 1))[:size]


def commands():
    """The commands, until stdin ends."""
    for line in sys.stdin:
        if line.strip():
            yield json.loads(line)
