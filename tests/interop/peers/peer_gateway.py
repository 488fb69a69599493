#!/usr/bin/env python3
"""Devices made with the peer's SDK (foxglove-sdk), for a viewer of ours to talk to.

One process may have any number of devices: every command and every event names its "device". See peer_lines.py for how
the commands come and what is printed. What a device can be told to do are the methods of Device that begin with "do_".
"""

import base64
import logging
import os
import threading
import time

import foxglove
from foxglove.remote_access import (
    Capability,
    ConnectionGraph,
    MessageSchema,
    Parameter,
    ParameterType,
    QosProfile,
    Reliability,
    RemoteAccessListener,
    Service,
    ServiceSchema,
    StatusLevel,
)

from peer_lines import commands, given, say, shown

CAPABILITIES = {
    "clientPublish": Capability.ClientPublish,
    "connectionGraph": Capability.ConnectionGraph,
    "parameters": Capability.Parameters,
    "services": Capability.Services,
}
LEVELS = {"info": StatusLevel.Info, "warning": StatusLevel.Warning, "error": StatusLevel.Error}
PRECISE = 2**53

# Values of parameters, which JSON alone cannot tell apart.


def value_of(given_value):
    """The value that a command means: {"float": 2}, {"bytes": base64} and {"int": "9007199254740993"} are no maps."""
    if isinstance(given_value, list):
        return [value_of(one) for one in given_value]
    if not isinstance(given_value, dict):
        return given_value
    if list(given_value) == ["float"]:
        return float(given_value["float"])
    if list(given_value) == ["bytes"]:
        return base64.b64decode(given_value["bytes"])
    if list(given_value) == ["int"]:
        return int(given_value["int"])
    return {name: value_of(one) for name, one in given_value.items()}


def told(value):
    """A value as events tell it; the way back of value_of."""
    if isinstance(value, float):
        return {"float": value}
    if isinstance(value, bytes):
        return {"bytes": base64.b64encode(value).decode()}
    if isinstance(value, int) and abs(value) >= PRECISE:
        return {"int": str(value)}
    if isinstance(value, list):
        return [told(one) for one in value]
    if isinstance(value, dict):
        return {name: told(one) for name, one in value.items()}
    return value


def parameter_of(one):
    if "value" not in one:
        return Parameter(one["name"])
    return Parameter(one["name"], value=value_of(one["value"]))


def parameter_told(one):
    kinds = [
        (ParameterType.ByteArray, "byte_array"),
        (ParameterType.Float64, "float64"),
        (ParameterType.Float64Array, "float64_array"),
    ]
    kind = next((name for kind, name in kinds if kind == one.type), None)
    return {"name": one.name, "type": kind, "value": told(one.get_value())}


def schema_of(one):
    return None if one is None else foxglove.Schema(name=one["name"], encoding=one["encoding"], data=given(one))


def side_of(one):
    return None if one is None else MessageSchema(encoding=one["encoding"], schema=schema_of(one["schema"]))


class Device(RemoteAccessListener):
    """A gateway with channels and all else of its own. It is told what to do by the methods that begin with "do_"."""

    def __init__(self, name):
        self.name = name
        self.context = foxglove.Context()
        self.gateway = None
        self.channels = {}
        self.reliable = set()
        self.assets = {}
        self.parameters = {}
        self.released = threading.Event()

    def say(self, event, **fields):
        say(event, device=self.name, **fields)

    # What viewers do.

    def on_connection_status_changed(self, status):
        self.say("status", status=str(status).rpartition(".")[2])

    def on_subscribe(self, client, channel):
        self.say("subscribe", client=client.id, topic=channel.topic, channel=channel.id)

    def on_unsubscribe(self, client, channel):
        self.say("unsubscribe", client=client.id, topic=channel.topic, channel=channel.id)

    def on_client_advertise(self, client, channel):
        schema = channel.schema
        self.say(
            "client_advertise",
            client=client.id,
            channel=channel.id,
            topic=channel.topic,
            encoding=channel.message_encoding,
            schema=None if schema is None else {"name": schema.name, "encoding": schema.encoding, **shown(schema.data)},
        )

    def on_client_unadvertise(self, client, channel):
        self.say("client_unadvertise", client=client.id, channel=channel.id, topic=channel.topic)

    def on_message_data(self, client, channel, data):
        self.say("message", client=client.id, channel=channel.id, topic=channel.topic, **shown(bytes(data)))

    def on_get_parameters(self, client, names, request_id=None):
        self.say("get_parameters", client=client.id, names=list(names), request=request_id)
        return [one for name, one in self.parameters.items() if not names or name in names]

    def on_set_parameters(self, client, values, request_id=None):
        self.say("set_parameters", client=client.id, values=[parameter_told(one) for one in values], request=request_id)
        taken = [one for one in values if one.name != "forbidden"]
        self.parameters.update({one.name: one for one in taken})
        return taken

    def on_parameters_subscribe(self, names):
        self.say("parameters_subscribe", names=sorted(names))

    def on_parameters_unsubscribe(self, names):
        self.say("parameters_unsubscribe", names=sorted(names))

    def on_connection_graph_subscribe(self):
        self.say("graph_subscribe")

    def on_connection_graph_unsubscribe(self):
        self.say("graph_unsubscribe")

    # What it offers.

    def qos(self, channel):
        return QosProfile(reliability=Reliability.Reliable if channel.topic in self.reliable else Reliability.Lossy)

    def asset(self, uri):
        self.say("fetch_asset", uri=uri)
        if uri not in self.assets:
            raise RuntimeError(f"there is no {uri}")
        return self.assets[uri]

    def service(self, one):
        """A service that does as its "does" says: echo, reverse, fail, or wait until it is released."""
        does = one["does"]

        def handle(request):
            self.say(
                "call",
                service=request.service_name,
                call=request.call_id,
                client=request.client_id,
                encoding=request.encoding,
                **shown(request.payload),
            )
            if does == "fail":
                raise RuntimeError("it fails, always")
            if does == "wait":
                self.released.wait(30)
            return request.payload[::-1] if does == "reverse" else request.payload

        sides = {side: side_of(one.get(side)) for side in ("request", "response")}
        return Service(one["name"], schema=ServiceSchema(one.get("type", ""), **sides), handler=handle)

    # What it can be told.

    def do_start(self, command):
        """Starts the gateway, which joins as soon as its platform tells it to."""
        self.parameters.update({one["name"]: parameter_of(one) for one in command.get("parameters", [])})
        self.assets.update({uri: given(one) for uri, one in command.get("assets", {}).items()})
        self.gateway = foxglove.start_gateway(
            name=command.get("name", "peer"),
            device_token="token",
            foxglove_api_url=command["platform"],
            context=self.context,
            listener=self,
            qos_classifier=self.qos,
            capabilities=[CAPABILITIES[name] for name in command.get("capabilities", [])],
            supported_encodings=command.get("encodings"),
            services=[self.service(one) for one in command.get("services", [])],
            asset_handler=self.asset if "assets" in command else None,
        )

    def do_stop(self, _command):
        if self.gateway is not None:
            self.gateway.stop()
            self.gateway = None

    def do_channel(self, command):
        topic = command["topic"]
        if command.get("reliable"):
            self.reliable.add(topic)
        # foxglove.Channel gives each channel a schema, whether one is wanted or not.
        channel = self.context._create_channel(
            topic,
            message_encoding=command["encoding"],
            schema=schema_of(command.get("schema")),
            metadata=command.get("metadata"),
        )
        self.channels[topic] = channel
        self.say("channel", topic=topic, channel=channel.id())

    def do_log(self, command):
        """Logs one message, or "count" of them, "every_ms" apart, each beginning with its number and a space."""
        channel = self.channels[command["topic"]]
        data = given(command)
        log_time = int(command["time"]) if "time" in command else None
        if "count" not in command:
            channel.log(data, log_time)
            return
        for number in range(command["count"]):
            channel.log(f"{number} ".encode() + data, None if log_time is None else log_time + number)
            if "every_ms" in command:
                time.sleep(command["every_ms"] / 1000)

    def do_close(self, command):
        self.channels.pop(command["topic"]).close()

    def do_add_services(self, command):
        self.gateway.add_services([self.service(one) for one in command["services"]])

    def do_remove_services(self, command):
        self.gateway.remove_services(command["names"])

    def do_release(self, _command):
        """Lets the services go on that wait."""
        self.released.set()

    def do_values(self, command):
        values = [parameter_of(one) for one in command["parameters"]]
        self.parameters.update({one.name: one for one in values})
        self.gateway.publish_parameter_values(values)

    def do_status(self, command):
        self.gateway.publish_status(command["message"], LEVELS[command["level"]], command.get("status"))

    def do_remove_status(self, command):
        self.gateway.remove_status(command["statuses"])

    def do_graph(self, command):
        graph = ConnectionGraph()
        for name, ids in command.get("published", {}).items():
            graph.set_published_topic(name, ids)
        for name, ids in command.get("subscribed", {}).items():
            graph.set_subscribed_topic(name, ids)
        for name, ids in command.get("services", {}).items():
            graph.set_advertised_service(name, ids)
        self.gateway.publish_connection_graph(graph)


def main():
    foxglove.set_log_level(logging.WARNING)
    devices = {}
    say("ready")
    for command in commands():
        name = command["device"]
        if name not in devices:
            devices[name] = Device(name)
        device = devices[name]
        try:
            getattr(device, "do_" + command["do"])(command)
            device.say("done", id=command["id"])
        except Exception as error:  # whatever it is, the test is told
            device.say("failed", id=command["id"], error=repr(error))
    for device in devices.values():
        device.do_stop({})


try:
    main()
finally:
    # Threads of the SDK are not waited for.
    os._exit(0)
