import assert from "node:assert/strict";
import { test } from "node:test";
import { parse, write } from "../source/exact_json";
import * as format from "../source/format";
import { SseReader } from "../source/sse_reader";
import { userOf } from "../source/person";
import { toYaml } from "../source/yaml";

const stream = ": a comment\n\nevent: event\ndata: {\"a\":1}\n\ndata: one\ndata: two\nid: 7\n\n";
const messages = [
  { event: "event", data: '{"a":1}' },
  { event: "message", data: "one\ntwo" },
];

test("a stream is parsed wherever it is cut", () => {
  for (let size = 1; size <= stream.length; ++size) {
    const reader = new SseReader();
    const pieces = stream.match(new RegExp(`[^]{1,${size}}`, "g"))!;
    assert.deepEqual(pieces.flatMap((piece) => reader.feed(piece)), messages, `pieces of ${size}`);
  }
});

test("the lines of a stream may end in CR LF, also cut between the two", () => {
  const reader = new SseReader();
  assert.deepEqual([...stream.replaceAll("\n", "\r\n")].flatMap((piece) => reader.feed(piece)), messages);
});

test("JSON is written as it was read, if the engine passes the source text", () => {
  const text = '{"n": 1, "list": [true, null, "x"], "none": {}, "empty": []}';
  assert.deepEqual(JSON.parse(write(parse(text))), JSON.parse(text));
  assert.equal(write(parse('{"a":[1]}')), '{\n  "a": [\n    1\n  ]\n}');
});

test("figures are short and have a unit", () => {
  assert.equal(format.count(1234567), "1,234,567");
  assert.equal(format.count(null), "–");
  assert.deepEqual([0.00012, 0.01234, 2.5, 125, 0].map(format.latency), ["120 µs", "12.3 ms", "2.5 s", "2 min 5 s", "0"]);
  assert.deepEqual([0, 0.4, 59.6, 3661, 90061].map(format.span), ["0 s", "<1 s", "1 min", "1 h 1 min", "1 d 1 h"]);
  assert.deepEqual([0, 0.04, 1.26, 1234.5].map(format.rate), ["0", "<0.1", "1.3", "1,235"]);
  assert.deepEqual([512, 1023, 73400320, 8.8e10].map(format.bytes), ["512 B", "0.999 KiB", "70 MiB", "82 GiB"]);
  assert.equal(format.counted(1, "event"), "1 event");
});

test("a configuration is written as YAML with the same meaning", () => {
  const config = {
    listen: "0.0.0.0:8080", token: "", keys: ["***", "b"], "no": "no", size: "10", empty: [], text: "a: b",
    list: [{ name: "a", retry: { max: "5m" } }, { name: "b" }], on: true, rate: 1000,
  };
  assert.equal(
    toYaml(config),
    `listen: 0.0.0.0:8080
token: ""
keys: ["***", b]
no: "no"
size: "10"
empty: []
text: "a: b"
list:
  - name: a
    retry:
      max: 5m
  - name: b
on: true
rate: 1000`,
  );
});

test("the person of an event is its user id, else the email, else the anonymous id", () => {
  assert.equal(userOf({ userId: "u", anonymousId: "a" }), "u");
  assert.equal(userOf({ traits: { email: "e@x" }, anonymousId: "a" }), "e@x");
  assert.equal(userOf({ anonymousId: "a" }), "a");
  assert.equal(userOf("no JSON"), "–");
});
