import { call } from "./api";
import { ask } from "./dialog";
import { count } from "./format";
import { monitor } from "./monitor";
import type { Destination } from "./types";

async function change(name: string, verb: "pause" | "resume", query: Record<string, string> = {}): Promise<void> {
  await call("post", `/api/destinations/{name}/${verb}`, { place: { name }, query });
  await monitor.poll();
}

function askToPause({ name }: Destination): void {
  ask({
    title: `Pause ${name}?`,
    text: "Nothing is sent to it until you resume it, even after a restart. Its events are accepted and wait on disk.",
    input: { label: "Message: why it is paused", value: "" },
    action: "Pause",
    danger: true,
    run: ({ input }) => change(name, "pause", { message: input.trim() }),
  });
}

function askToResume({ name, paused, backlog_events }: Destination): void {
  ask({
    title: `Resume ${name}?`,
    text:
      paused?.reason === "operator"
        ? `The backlog is sent: ${count(backlog_events)} events now.`
        : "It is probed at once. If that fails, it stays paused.",
    action: "Resume",
    run: () => change(name, "resume"),
  });
}

export function PauseButton({ destination }: { destination: Destination }) {
  return destination.paused ? (
    <button type="button" onClick={() => askToResume(destination)}>
      Resume…
    </button>
  ) : (
    <button type="button" onClick={() => askToPause(destination)}>
      Pause…
    </button>
  );
}
