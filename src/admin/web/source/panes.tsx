import type { ComponentChildren } from "preact";
import { parse } from "./exact_json";
import { JsonView } from "./json_view";
import type { Answer, Request } from "./types";

// Event, request and answer side by side.

function Pane({ title, more, children }: { title: string; more?: ComponentChildren; children: ComponentChildren }) {
  return (
    <section class="pane" aria-label={title}>
      <h3>
        {title} {more}
      </h3>
      {children}
    </section>
  );
}

// Answers are JSON most of the time.
function readable(text: string): unknown {
  try {
    return parse(text);
  } catch {
    return text;
  }
}

export function RequestPane({ request, title = "Request", none }: { request?: Request; title?: string; none?: string }) {
  return (
    <Pane title={title}>
      {request ? (
        <>
          <p class="line">
            <b>{request.method}</b> {request.host}
            {request.path}
          </p>
          <JsonView value={request.body} label="the request's body" />
        </>
      ) : (
        <p class="empty">{none ?? "There was none."}</p>
      )}
    </Pane>
  );
}

export function AnswerPane({ answer, none }: { answer?: Answer; none?: string }) {
  const status = answer && <span class={answer.status < 300 ? "tag good" : "tag bad"}>{answer.status}</span>;
  return (
    <Pane title="Answer" more={status}>
      {answer?.body ? <JsonView value={readable(answer.body)} label="the answer's body" /> : null}
      {answer && !answer.body && <p class="empty">Its body is empty.</p>}
      {!answer && <p class="empty">{none ?? "There was none."}</p>}
    </Pane>
  );
}

export function EventPane({ event }: { event: unknown }) {
  return (
    <Pane title="Event">
      <JsonView value={event} label="the event" />
    </Pane>
  );
}

export function Panes({ children }: { children: ComponentChildren }) {
  return <div class="panes">{children}</div>;
}
