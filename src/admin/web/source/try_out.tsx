import { useState } from "preact/hooks";
import { blurOnEscape, useDebounced, useKeys, useMonitor } from "./hooks";
import { RequestPane } from "./panes";
import { usePreview } from "./preview";

// Shows the request that an event would become, as it is typed. Nothing is sent.

const examples: Record<string, object> = {
  identify: { type: "identify", userId: "ada", traits: { email: "ada@example.com", plan: "pro" } },
  track: { type: "track", userId: "ada", event: "Order Completed", properties: { order: 1815, total: 49.9 } },
  page: { type: "page", userId: "ada", name: "Pricing", properties: { url: "https://example.com/pricing" } },
  group: { type: "group", userId: "ada", groupId: "analytical", traits: { name: "Analytical Engines Ltd" } },
  alias: { type: "alias", userId: "ada", previousId: "ada@example.com" },
};

// Kept while another view is shown.
let draft = JSON.stringify(examples.track, null, 2);

export function TryOut() {
  const names = useMonitor().status?.destinations.map((each) => each.name) ?? [];
  const [chosen, setChosen] = useState("");
  const [text, setText] = useState(draft);
  draft = text;
  const destination = chosen || names[0] || "";
  const { request, error } = usePreview(useDebounced(text, 200), destination);
  useKeys({ "/": () => document.getElementById("try-event")?.focus() });
  return (
    <div class="try">
      <section aria-label="Event to try">
        <div class="bar">
          <h2>Paste an event</h2>
          <div class="actions">
            {Object.entries(examples).map(([name, event]) => (
              <button key={name} type="button" class="quiet" onClick={() => setText(JSON.stringify(event, null, 2))}>
                {name}
              </button>
            ))}
          </div>
        </div>
        <textarea
          id="try-event"
          aria-label="Event, as JSON"
          spellcheck={false}
          value={text}
          onKeyDown={blurOnEscape}
          onInput={(event) => setText(event.currentTarget.value)}
        />
      </section>
      <section aria-label="What it becomes" aria-live="polite">
        <div class="bar">
          <h2>What it becomes</h2>
          {names.length > 1 && (
            <label class="inline">
              for{" "}
              <select aria-label="Destination" value={destination} onChange={(event) => setChosen(event.currentTarget.value)}>
                {names.map((each) => (
                  <option key={each}>{each}</option>
                ))}
              </select>
            </label>
          )}
          <p class="muted">It is not sent.</p>
        </div>
        {error !== undefined && <p class="notice bad">{error}</p>}
        {request && <RequestPane request={request} />}
      </section>
    </div>
  );
}
