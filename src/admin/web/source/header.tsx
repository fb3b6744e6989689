import { useEffect, useState } from "preact/hooks";
import { healthOf } from "./health";
import { count } from "./format";
import { useMonitor } from "./hooks";
import { link, views, type View } from "./route";
import { nextTheme, theme } from "./theme";

const titles: Record<(typeof views)[number], string> = {
  overview: "Overview", events: "Events", "dead-letters": "Dead letters", try: "Try it", settings: "Settings",
};

function Mark() {
  return (
    <svg class="mark" viewBox="0 0 16 16" width="20" height="20" aria-hidden="true">
      <path d="M8 2v12M4 5h8M4 10h8" fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" />
    </svg>
  );
}

function HealthLine() {
  const monitor = useMonitor();
  const health = healthOf(monitor);
  useEffect(() => {
    document.title = health.level === "good" ? "pintle" : `${health.word} – pintle`;
  }, [health.level, health.word]);
  return (
    <p class={`health ${health.level}`} role="status">
      <i class={`dot ${health.level}`} aria-hidden="true" />
      <b>{health.word}</b> <span>{health.more}</span>
      {monitor.connection === "connected" && monitor.status?.redact && <span class="tag">values hidden</span>}
      {monitor.connection === "connected" && monitor.status?.role === "read" && <span class="tag">read only</span>}
    </p>
  );
}

function ThemeButton() {
  const [now, setNow] = useState(theme);
  return (
    <button
      type="button"
      class="quiet"
      onClick={() => setNow(nextTheme())}
      title="Switch between light, dark and the system's theme"
    >
      Theme: {now}
    </button>
  );
}

function Tabs({ view }: { view: View }) {
  const { status } = useMonitor();
  const shown = view === "backlog" ? "overview" : view; // which links to it
  const letters = status?.destinations.reduce((sum, each) => sum + each.dead_letters, 0) ?? 0;
  return (
    <nav aria-label="Views">
      {views.map((each) => (
        <a key={each} href={link(each)} aria-current={each === shown ? "page" : undefined}>
          {titles[each]}
          {each === "dead-letters" && letters > 0 && <span class="badge">{count(letters)}</span>}
        </a>
      ))}
    </nav>
  );
}

export function Header({ view, help }: { view: View; help: () => void }) {
  return (
    <header class="top">
      <h1>
        <Mark /> pintle
      </h1>
      <HealthLine />
      <div class="tools">
        <ThemeButton />
        <button type="button" class="quiet" onClick={help} aria-label="Keyboard shortcuts" aria-keyshortcuts="?">
          ?
        </button>
      </div>
      <Tabs view={view} />
    </header>
  );
}
