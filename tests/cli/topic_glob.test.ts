import { describe, expect, it } from "vitest";
import { anyTopicGlob, topicGlob, TopicGlobError } from "../../cli/topic_glob.ts";

describe("topicGlob", () => {
  it("matches a topic without wildcards only as a whole", () => {
    expect(topicGlob("/tf")("/tf")).toBe(true);
    expect(topicGlob("/tf")("/tf_static")).toBe(false);
    expect(topicGlob("/tf")("a/tf")).toBe(false);
  });

  it("takes any characters for a star, slashes and none at all included", () => {
    expect(topicGlob("*")("")).toBe(true);
    expect(topicGlob("*")("/a/b")).toBe(true);
    expect(topicGlob("/turtle*/pose")("/turtle1/pose")).toBe(true);
    expect(topicGlob("/turtle*/pose")("/turtle/x/y/pose")).toBe(true);
    expect(topicGlob("/turtle*/pose")("/turtle1/color")).toBe(false);
  });

  it("takes exactly one character for a question mark, also one outside the basic plane", () => {
    expect(topicGlob("/t?")("/t1")).toBe(true);
    expect(topicGlob("/t?")("/t")).toBe(false);
    expect(topicGlob("/t?")("/t12")).toBe(false);
    expect(topicGlob("?")("🤖")).toBe(true);
  });

  it("takes either side of a brace, nested, empty and with wildcards in it", () => {
    const glob = topicGlob("/{tf{,_static},turtle?/{pose,c*}}");
    for (const topic of ["/tf", "/tf_static", "/turtle1/pose", "/turtle2/cmd_vel"]) expect(glob(topic)).toBe(true);
    for (const topic of ["/tf_", "/turtle/pose", "/rosout", "/"]) expect(glob(topic)).toBe(false);
  });

  it("takes a character after a backslash, a comma and a closing brace outside of braces as they are", () => {
    expect(topicGlob("a\\*")("a*")).toBe(true);
    expect(topicGlob("a\\*")("ab")).toBe(false);
    expect(topicGlob("a,b}")("a,b}")).toBe(true);
    expect(topicGlob("{a\\,b,c}")("a,b")).toBe(true);
    expect(topicGlob("a.c")("abc")).toBe(false);
  });

  it("says what is wrong with a pattern that cannot be read", () => {
    expect(() => topicGlob("/{a,b")).toThrow(TopicGlobError);
    expect(() => topicGlob("/{a,b")).toThrow('topic pattern "/{a,b": a "{" is not closed by a "}"');
    expect(() => topicGlob("a\\")).toThrow("nothing follows the last backslash");
  });

  it("takes steps in proportion to the lengths, however wicked the pattern", () => {
    const topic = "a".repeat(2000);
    expect(topicGlob("*a".repeat(60) + "b")(topic)).toBe(false);
    expect(topicGlob("{a,aa,a*}".repeat(40) + "b")(topic)).toBe(false);
  });
});

describe("anyTopicGlob", () => {
  it("matches when one of the patterns does", () => {
    const glob = anyTopicGlob(["/tf", "/turtle1/*"], false);
    expect(["/tf", "/turtle1/pose", "/turtle2/pose"].map(glob)).toEqual([true, true, false]);
  });

  it("answers as told when there is no pattern", () => {
    expect(anyTopicGlob([], true)("/tf")).toBe(true);
    expect(anyTopicGlob([], false)("/tf")).toBe(false);
  });
});
