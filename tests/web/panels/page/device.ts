/**
 * A device with a channel for each thing that panels can show, in each encoding: the rover, and some more beside it.
 */
import { create, createFileRegistry, fromJson, toBinary } from "@bufbuild/protobuf";
import {
  FieldDescriptorProto_Label as Label,
  FieldDescriptorProto_Type as Type,
  FileDescriptorSetSchema,
} from "@bufbuild/protobuf/wkt";
import { parse } from "@foxglove/rosmsg";
import { MessageWriter } from "@foxglove/rosmsg2-serialization";
import { Rover } from "../../../../cli/rover/rover.ts";
import { roverSource } from "../../../../cli/rover/rover_source.ts";
import type { Channel, Context } from "../../../../mod.ts";

const START = 1_790_000_000_000_000_000n;
const TICK_MS = 20;
const IMAGE = `std_msgs/Header header
uint32 height
uint32 width
string encoding
uint8 is_bigendian
uint32 step
uint8[] data
================================================================================
MSG: std_msgs/Header
builtin_interfaces/Time stamp
string frame_id`;

/** All the device's channels, and what logs on them until it is called. */
export function makeDevice(context: Context): () => void {
  const stops = [
    driveRover(context),
    stripes(context),
    still(context),
    huge(context),
    counters(context),
    lines(context),
    nonsense(context),
  ];
  return () => stops.forEach((stop) => stop());
}

/** The rover's sensors at their rates. */
function driveRover(context: Context): () => void {
  const source = roverSource(new Rover(), { start: () => START });
  const channels = new Map(source.channels.map(({ id, topic, encoding, schema, metadata }) => {
    const options = schema === undefined ? {} : { schema };
    return [id, context.channel({ topic, encoding, metadata, qos: "reliable", ...options })] as const;
  }));
  const messages = source.messages()[Symbol.asyncIterator]();
  const begin = performance.now();
  let isStopped = false;
  const run = async (): Promise<void> => {
    while (!isStopped) {
      const next = await messages.next();
      if (next.done === true) return;
      const due = begin + Number(next.value.logTime - START) / 1e6;
      if (due > performance.now()) await new Promise((resolve) => setTimeout(resolve, due - performance.now()));
      channels.get(next.value.channelId)?.log(next.value.data, { logTime: next.value.logTime });
    }
  };
  void run();
  return () => {
    isStopped = true;
  };
}

/** A picture in cdr: red on the left and blue on the right. */
function stripes(context: Context): () => void {
  const schema = { name: "sensor_msgs/msg/Image", encoding: "ros2msg", data: IMAGE };
  const channel = context.channel({ topic: "/camera/raw", encoding: "cdr", schema, qos: "reliable" });
  const [width, height] = [64, 32];
  const data = new Uint8Array(width * height * 3);
  for (let pixel = 0; pixel < width * height; pixel += 1) data[pixel * 3 + (pixel % width < width / 2 ? 0 : 2)] = 255;
  const header = { stamp: { sec: 1, nanosec: 2 }, frame_id: "camera" };
  const message = new MessageWriter(parse(IMAGE, { ros2: true })).writeMessage(
    { header, height, width, encoding: "rgb8", is_bigendian: 0, step: width * 3, data },
  );
  return every(100, () => channel.log(message));
}

/** A picture as a PNG in JSON: green. */
function still(context: Context): () => void {
  const schema = { name: "foxglove.CompressedImage", encoding: "jsonschema", data: "{}" };
  const channel = context.channel({ topic: "/camera/compressed", encoding: "json", schema, qos: "reliable" });
  const canvas = document.createElement("canvas");
  canvas.width = 40;
  canvas.height = 20;
  const drawing = canvas.getContext("2d")!;
  drawing.fillStyle = "#00ff00";
  drawing.fillRect(0, 0, 40, 20);
  const data = canvas.toDataURL("image/png").replace(/^.*,/, "");
  const message = JSON.stringify({ timestamp: { sec: 1, nsec: 0 }, frame_id: "camera", data, format: "png" });
  return every(200, () => channel.log(message));
}

/** A file of 43 bytes that is a picture of 8000 × 8000 pixels. */
function huge(context: Context): () => void {
  const schema = { name: "foxglove.CompressedImage", encoding: "jsonschema", data: "{}" };
  const channel = context.channel({ topic: "/camera/huge", encoding: "json", schema, qos: "reliable" });
  const data = "R0lGODlhQB9AH4AAAP///wAAACwAAAAAAQABAAACAkQBADs=";
  const message = JSON.stringify({ timestamp: { sec: 1, nsec: 0 }, frame_id: "camera", data, format: "gif" });
  return every(200, () => channel.log(message));
}

/** One number in ros1 and in protobuf. */
function counters(context: Context): () => void {
  const ros1 = context.channel({
    topic: "/counter/ros1",
    encoding: "ros1",
    schema: { name: "test_msgs/Counter", encoding: "ros1msg", data: "int32 count\nstring name\nfloat64[] samples" },
    qos: "reliable",
  });
  const files = create(FileDescriptorSetSchema, {
    file: [{
      name: "counter.proto",
      package: "test",
      syntax: "proto3",
      messageType: [{
        name: "Counter",
        field: [
          { name: "count", number: 1, type: Type.INT64, label: Label.OPTIONAL },
          { name: "name", number: 2, type: Type.STRING, label: Label.OPTIONAL },
        ],
      }],
    }],
  });
  const type = createFileRegistry(files).getMessage("test.Counter")!;
  const data = toBinary(FileDescriptorSetSchema, files);
  const protobuf = context.channel({
    topic: "/counter/protobuf",
    encoding: "protobuf",
    schema: { name: "test.Counter", encoding: "protobuf", data },
    qos: "reliable",
  });
  let count = 0;
  return every(100, () => {
    count += 1;
    ros1.log(ros1Counter(count));
    protobuf.log(toBinary(type, fromJson(type, { count: String(count), name: "protobuf counter" })));
  });
}

function ros1Counter(count: number): Uint8Array {
  const name = new TextEncoder().encode("ros1 counter");
  const bytes = new Uint8Array(8 + name.length + 4 + 16);
  const view = new DataView(bytes.buffer);
  view.setInt32(0, count, true);
  view.setUint32(4, name.length, true);
  bytes.set(name, 8);
  view.setUint32(8 + name.length, 2, true);
  view.setFloat64(12 + name.length, 0.5, true);
  view.setFloat64(20 + name.length, count, true);
  return bytes;
}

/** A log of ROS 2's levels, in JSON: every fifth line is an error. */
function lines(context: Context): () => void {
  const schema = { name: "rcl_interfaces/msg/Log", encoding: "jsonschema", data: "{}" };
  const channel = context.channel({ topic: "/log", encoding: "json", schema, qos: "reliable" });
  const levels = [10, 20, 20, 30, 40];
  let count = 0;
  return every(50, () => {
    const level = levels[count % levels.length];
    count += 1;
    channel.log(
      JSON.stringify({ level, name: `node_${count % 3}`, msg: `line ${count} of the log`, file: "a.cpp", line: 7 }),
    );
  });
}

/** Messages that nobody can read, and some that cannot be what they say that they are. */
function nonsense(context: Context): () => void {
  const unknown = context.channel({ topic: "/unknown", encoding: "smoke signals", qos: "reliable" });
  const broken: Channel = context.channel({ topic: "/broken", encoding: "json", qos: "reliable" });
  return every(100, () => {
    unknown.log(new TextEncoder().encode("who can read this?"));
    broken.log('{"this is": no JSON');
  });
}

function every(ms: number, act: () => void): () => void {
  const timer = setInterval(act, Math.max(ms, TICK_MS));
  return () => clearInterval(timer);
}
