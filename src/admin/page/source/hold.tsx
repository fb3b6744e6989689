import { call } from "./api";
import { ask } from "./dialog";
import { count } from "./format";
import { monitor } from "./monitor";
import type { Destination } from "./types";

async function change(path: string, query: Record<string, string>): Promise<void> {
  await call<Destination>("POST", path, query);
  await monitor.look();
}

function askToHold({ name }: Destination): void {
  ask({
    title: `Hold ${name}?`,
    text: "Nothing is sent to it until it is released, across restarts too. Its events are taken and wait on disk.",
    input: { label: "Reason, for those who find it held", value: "" },
    action: "Hold",
    danger: true,
    run: ({ input }) => change("api/hold", { destination: name, reason: input.trim() }),
  });
}

function askToRelease({ name, by_hand, waiting }: Destination): void {
  ask({
    title: `Release ${name}?`,
    text: by_hand
      ? `What waits is sent: ${count(waiting)} at the moment.`
      : "It is tried again at once. If it is refused again, it stays held.",
    action: "Release",
    run: () => change("api/release", { destination: name }),
  });
}

export function HoldButton({ destination }: { destination: Destination }) {
  return destination.held ? (
    <button type="button" onClick={() => askToRelease(destination)}>
      Release…
    </button>
  ) : (
    <button type="button" onClick={() => askToHold(destination)}>
      Hold…
    </button>
  );
}
