import { useEffect, useState } from "preact/hooks";
import { callExact } from "./api";
import { write } from "./exact_json";
import { OutcomeTag } from "./events";
import { keyOf } from "./feed";
import * as format from "./format";
import { useMonitor } from "./hooks";
import { AnswerPane, EventPane, Panes, RequestPane } from "./panes";
import { usePreview } from "./preview";
import { link } from "./route";
import type { Event } from "./types";

// One event with all that happened to it: event, request and answer side by side.

// All that is known of it, oldest first. What was asked for is among it even when the daemon has forgotten it.
async function story(event: Event, redacted: boolean): Promise<Event[]> {
  const user = redacted ? "" : event.user;
  const query = { user, type: event.type, event: event.name, limit: "1000" };
  const { events } = await callExact<{ events: Event[] }>("GET", "api/events", query);
  const same = events.filter((each) => each.id === event.id && keyOf(each) !== keyOf(event));
  return [...same, event].sort((a, b) => (a.time < b.time ? -1 : a.time > b.time ? 1 : a.seq - b.seq));
}

function useStory(event: Event): Event[] {
  const { status } = useMonitor();
  const [steps, setSteps] = useState([event]);
  const redacted = status?.redact ?? false;
  // An event that is under way gets further: look again whenever a figure of the daemon says that something moved.
  const moved = status?.destinations.map((each) => `${each.delivered} ${each.retries} ${each.dead_letters}`).join();
  useEffect(() => {
    let left = false;
    story(event, redacted).then((found) => left || setSteps(found), () => {});
    return () => void (left = true);
  }, [keyOf(event), redacted, isOver(steps) ? "" : moved]);
  return steps;
}

function isOver(steps: Event[]): boolean {
  return steps.some((each) => ["delivered", "dead_letter", "dropped", "rejected"].includes(each.outcome));
}

function textOf({ event }: Event): string {
  return typeof event === "string" ? event : write(event);
}

function Steps({ steps, shown, show }: { steps: Event[]; shown: Event; show: (step: Event) => void }) {
  const began = Date.parse(steps[0].time);
  return (
    <ol class="steps" aria-label="What happened to it">
      {steps.map((step, i) => (
        <li key={keyOf(step)}>
          <button type="button" class="quiet" aria-pressed={step === shown} onClick={() => show(step)}>
            <OutcomeTag outcome={step.outcome} />
            <time>{i === 0 ? format.clock(step.time) : `+${format.latency((Date.parse(step.time) - began) / 1000)}`}</time>
            {step.answer && <span class="muted">{step.answer.status}</span>}
          </button>
        </li>
      ))}
    </ol>
  );
}

export function EventDetail({ event, close }: { event: Event; close: () => void }) {
  const steps = useStory(event);
  const [chosen, setChosen] = useState<string | null>(null);
  useEffect(() => setChosen(null), [keyOf(event)]);
  const shown = steps.find((each) => keyOf(each) === (chosen ?? keyOf(event))) ?? event;
  const redacted = useMonitor().status?.redact ?? false;
  const isWaiting = shown.outcome === "accepted" && !shown.request && !redacted;
  const preview = usePreview(isWaiting ? textOf(shown) : "", shown.destination);
  const none = preview.error ?? (redacted && shown.outcome === "accepted" ? "admin.redact is on: it cannot be shown." : undefined);
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
      <Steps steps={steps} shown={shown} show={(step) => setChosen(keyOf(step))} />
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
        <AnswerPane answer={shown.answer} none={isWaiting ? "None yet." : undefined} />
      </Panes>
    </section>
  );
}
