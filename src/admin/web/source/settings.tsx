import { useEffect, useState } from "preact/hooks";
import { ApiError, call, hasToken, setToken, told } from "./api";
import { useMonitor } from "./hooks";
import { monitor } from "./monitor";
import { toYaml } from "./yaml";

// The configuration in force, and what can be changed while it runs.

interface Config {
  file: string | null;
  config: unknown;
}

interface Reloaded {
  changed: string[];
  kept: string[];
}

function Names({ title, names }: { title: string; names: string[] }) {
  if (names.length === 0) return null;
  return (
    <>
      <p>{title}</p>
      <ul class="names">
        {names.map((each) => (
          <li key={each}>{each}</li>
        ))}
      </ul>
    </>
  );
}

function ReloadPart({ done }: { done: () => void }) {
  const [busy, setBusy] = useState(false);
  const [reloaded, setReloaded] = useState<Reloaded | null>(null);
  const [error, setError] = useState<ApiError | null>(null);
  const reload = async () => {
    setBusy(true);
    setReloaded(null);
    setError(null);
    try {
      setReloaded(await call<Reloaded>("POST", "api/reload"));
      done();
      monitor.look();
    } catch (failed) {
      setError(failed as ApiError);
    }
    setBusy(false);
  };
  return (
    <section aria-label="Reload">
      <h2>Reload</h2>
      <p class="muted">The file is checked whole, then put in force. With any problem nothing changes.</p>
      <button type="button" class="primary" disabled={busy} onClick={reload}>
        Reload the configuration
      </button>
      <div role="status">
        {reloaded && reloaded.changed.length === 0 && reloaded.kept.length === 0 && <p>Nothing has changed.</p>}
        {reloaded && <Names title="Changed:" names={reloaded.changed} />}
        {reloaded && <Names title="Stays until a restart:" names={reloaded.kept} />}
        {error && <p class="notice bad">{error.message}</p>}
        {error && <Names title="Problems:" names={error.problems ?? []} />}
      </div>
    </section>
  );
}

const levels = ["trace", "debug", "info", "warn", "error"];

function LogLevelPart() {
  const level = useMonitor().status?.log_level ?? "";
  const [trouble, setTrouble] = useState("");
  const change = async (wanted: string) => {
    try {
      await call("PUT", "api/log-level", { level: wanted });
      setTrouble("");
    } catch (error) {
      setTrouble(told(error));
    }
    monitor.look();
  };
  const known = levels.includes(level) ? levels : [...levels, level];
  return (
    <section aria-label="Log level">
      <h2>Log level</h2>
      <p class="muted">Until the next reload or restart.</p>
      <select aria-label="Log level" value={level} onChange={(event) => change(event.currentTarget.value)}>
        {known.map((each) => (
          <option key={each}>{each}</option>
        ))}
      </select>
      {trouble && <p class="notice bad">{trouble}</p>}
    </section>
  );
}

function TokenPart() {
  if (!hasToken()) return null;
  const forget = () => {
    setToken("");
    monitor.look();
  };
  return (
    <section aria-label="Token">
      <h2>Token</h2>
      <p class="muted">Kept until this tab is closed.</p>
      <button type="button" onClick={forget}>
        Forget the token
      </button>
    </section>
  );
}

export function Settings() {
  const [config, setConfig] = useState<Config | null>(null);
  const [trouble, setTrouble] = useState("");
  const { reach } = useMonitor();
  const read = () =>
    call<Config>("GET", "api/config").then(
      (answer) => (setConfig(answer), setTrouble("")),
      (error) => setTrouble(told(error)),
    );
  useEffect(() => {
    if (reach === "reached") read();
  }, [reach === "reached"]);
  return (
    <div class="settings">
      <section aria-label="Configuration in force">
        <h2>Configuration in force</h2>
        <p class="muted">{config?.file ?? "Of the environment alone"}. Secrets are masked.</p>
        {trouble && <p class="notice bad">{trouble}</p>}
        {config && (
          <pre class="yaml" tabIndex={0} aria-label="Configuration">
            {toYaml(config.config)}
          </pre>
        )}
      </section>
      <aside>
        <ReloadPart done={read} />
        <LogLevelPart />
        <TokenPart />
      </aside>
    </div>
  );
}
