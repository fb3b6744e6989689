import { call } from "./api";
import { ask } from "./dialog";
import { count } from "./format";
import { journalPlace } from "./health";
import { useOperates } from "./hooks";
import { monitor } from "./monitor";
import type { Destination } from "./types";

async function change(name: string, verb: "pause" | "resume", query: Record<string, string> = {}): Promise<void> {
  await call("post", `/api/destinations/{name}/${verb}`, { place: { name }, query });
  await monitor.poll();
}

function isPausedByOperator({ pauses }: Destination): boolean {
  return pauses.some((each) => each.reason === "operator");
}

function askToPause({ name }: Destination): void {
  const place = monitor.status ? journalPlace(monitor.status) : "on disk";
  ask({
    title: `Pause ${name}?`,
    text: `Nothing is sent to it until you resume it, even after a restart. Its events are accepted and wait ${place}.`,
    input: { label: "Message: why it is paused", value: "" },
    action: "Pause",
    danger: true,
    run: ({ input }) => change(name, "pause", { message: input.trim() }),
  });
}

const afterProbe = "It is probed at once. If that fails, it stays paused.";

function askToResume(destination: Destination): void {
  const { name, pauses, backlog_events } = destination;
  const isOnlyByOperator = isPausedByOperator(destination) && pauses.length === 1;
  ask({
    title: `Resume ${name}?`,
    text: isOnlyByOperator ? `The backlog is sent: ${count(backlog_events)} events now.` : afterProbe,
    action: "Resume",
    run: () => change(name, "resume"),
  });
}

// A destination that is paused for its credentials can be paused by an operator as well.
export function PauseButtons({ destination }: { destination: Destination }) {
  if (!useOperates()) return null;
  return (
    <div class="buttons">
      {!isPausedByOperator(destination) && (
        <button type="button" onClick={() => askToPause(destination)}>
          Pause…
        </button>
      )}
      {destination.paused && (
        <button type="button" onClick={() => askToResume(destination)}>
          Resume…
        </button>
      )}
    </div>
  );
}
