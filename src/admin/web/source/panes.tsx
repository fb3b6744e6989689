import type { ComponentChildren } from "preact";
import { parse } from "./exact_json";
import { JsonView } from "./json_view";
import type { Request, Response } from "./types";

// Event, request and response side by side.

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

// Most responses are JSON.
function parsed(text: string): unknown {
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
            <b>{request.method}</b> {"host" in request && request.host}
            {request.path}
          </p>
          <JsonView value={request.body} label="body of the request" />
        </>
      ) : (
        <p class="empty">{none ?? "None."}</p>
      )}
    </Pane>
  );
}

export function ResponsePane({ response, none }: { response?: Response; none?: string }) {
  const status = response && <span class={response.status < 300 ? "tag good" : "tag bad"}>{response.status}</span>;
  return (
    <Pane title="Response" more={status}>
      {response?.body ? <JsonView value={parsed(response.body)} label="body of the response" /> : null}
      {response && !response.body && <p class="empty">The body is empty.</p>}
      {!response && <p class="empty">{none ?? "None."}</p>}
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
