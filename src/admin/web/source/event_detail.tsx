import { useEffect, useState } from "preact/hooks";
import { callExact } from "./api";
import { write } from "./exact_json";
import { OutcomeTag } from "./outcome_tag";
import { keyOf } from "./event_stream";
import * as format from "./format";
import { useMonitor, useStateOf } from "./hooks";
import { EventPane, Panes, RequestPane, ResponsePane } from "./panes";
import { usePreview } from "./preview";
import { link } from "./route";
import type { Event } from "./types";

// One event with its history: event, request and response side by side.

// What is known of the event, oldest first. It includes `event` even if the daemon no longer has it.
async function historyOf(event: Event, redacted: boolean): Promise<Event[]> {
  const user = redacted ? "" : event.user;
  const query = { user, type: event.type, event: event.name, limit: "1000" };
  const { events } = await callExact("get", "/api/events", { query });
  const same = events.filter((each) => each.id === event.id && keyOf(each) !== keyOf(event));
  return [...same, event].sort((a, b) => (a.time < b.time ? -1 : a.time > b.time ? 1 : a.seq - b.seq));
}

function useHistory(event: Event): Event[] {
  const { status } = useMonitor();
  const [steps, setSteps] = useState([event]);
  const redacted = status?.redact ?? false;
  // The history of an event in flight grows: fetch it again whenever a figure of the daemon has changed.
  const progress = status?.destinations.map((each) => `${each.delivered} ${each.retries} ${each.dead_letters}`).join();
  useEffect(() => {
    let cancelled = false;
    historyOf(event, redacted).then((found) => cancelled || setSteps(found), () => {});
    return () => void (cancelled = true);
  }, [keyOf(event), redacted, isFinal(steps) ? "" : progress]);
  return steps;
}

function isFinal(steps: Event[]): boolean {
  return steps.some((each) => ["delivered", "dead_letter", "dropped", "rejected"].includes(each.outcome));
}

function textOf({ event }: Event): string {
  return typeof event === "string" ? event : write(event);
}

function Steps({ steps, shown, show }: { steps: Event[]; shown: Event; show: (step: Event) => void }) {
  const began = Date.parse(steps[0].time);
  return (
    <ol class="steps" aria-label="History">
      {steps.map((step, i) => (
        <li key={keyOf(step)}>
          <button type="button" class="quiet" aria-pressed={step === shown} onClick={() => show(step)}>
            <OutcomeTag outcome={step.outcome} />
            <time>{i === 0 ? format.clock(step.time) : `+${format.latency((Date.parse(step.time) - began) / 1000)}`}</time>
            {step.response && <span class="muted">{step.response.status}</span>}
          </button>
        </li>
      ))}
    </ol>
  );
}

export function EventDetail({ event, close }: { event: Event; close: () => void }) {
  const steps = useHistory(event);
  const [chosen, choose] = useStateOf(keyOf(event), (key) => key);
  const shown = steps.find((each) => keyOf(each) === chosen) ?? event;
  const redacted = useMonitor().status?.redact ?? false;
  const isPending = shown.outcome === "accepted" && !shown.request && !redacted;
  const latest = usePreview(isPending ? textOf(shown) : "", shown.destination);
  const preview = isPending ? latest : {}; // after a change of step, `latest` is of the previous step until its effect runs
  const pendingText = isFinal(steps) ? "None in this step; a later one has it." : "None yet.";
  const none = preview.error ?? (redacted && shown.outcome === "accepted" ? "Hidden, because admin.redact is on." : undefined);
  return (
    <section class="detail" aria-label={`Event ${event.name || event.type}`}>
      <header>
        <h2>{event.name || event.type || "Event"}</h2>
        <p class="muted">
          {event.user && <a href={link("events", { user: event.user })}>{event.user}</a>} {event.source}
          {event.destination && ` → ${event.destination}`}
          {shown.attempts > 0 && `, ${format.counted(shown.attempts, "attempt")}`}
        </p>
        <button type="button" class="quiet" onClick={close} aria-label="Close" aria-keyshortcuts="Escape">
          Close
        </button>
      </header>
      <Steps steps={steps} shown={shown} show={(step) => choose(keyOf(step))} />
      {shown.reason && (
        <p class="notice">
          {shown.message} <small class="muted">{shown.reason}</small>
        </p>
      )}
      <Panes>
        <EventPane event={shown.event} />
        <RequestPane
          request={shown.request ?? preview.request}
          title={preview.request ? "Request, as it would be sent" : "Request"}
          none={none}
        />
        <ResponsePane response={shown.response} none={isPending ? pendingText : undefined} />
      </Panes>
    </section>
  );
}
