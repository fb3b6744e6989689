import assert from "node:assert/strict";
import { test } from "node:test";
import { EventRow } from "../source/event_row";

interface Cell {
  props: { class?: string; children?: unknown };
}

test("a row has the destination and the message, in columns of their own", () => {
  const event = {
    seq: 1, time: "2026-11-24T10:00:00Z", outcome: "dead_letter", destination: "eu", type: "group", user: "ada", name: "",
    reason: "group_id_missing", message: "groupId is missing",
  };
  const textsOf = (change: object) => {
    const row = EventRow({ event: { ...event, ...change }, id: "", selected: false, open: () => {} } as never);
    const cells = row.props.children as unknown as Cell[];
    return ["event-destination", "reason"].map((name) => cells.find((each) => each.props.class === name)!.props.children);
  };
  assert.deepEqual(textsOf({}), ["eu", "groupId is missing"]);
  assert.deepEqual(textsOf({ outcome: "delivered", reason: "", message: "" }), ["eu", ""]);
  assert.deepEqual(textsOf({ outcome: "rejected", destination: "" }), ["", "groupId is missing"]);
});
