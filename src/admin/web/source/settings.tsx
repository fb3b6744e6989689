import { useEffect, useState } from "preact/hooks";
import { ApiError, call, errorText, hasToken, setToken } from "./api";
import { moment } from "./format";
import { useMonitor, useOperates } from "./hooks";
import { monitor } from "./monitor";
import { logLevels, type Reply } from "./types";
import { toYaml } from "./yaml";

// The configuration in force, and what can be changed while pintle runs.

type Config = Reply<"/api/config", "get">;
type Reloaded = Reply<"/api/reload", "post">;

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

function Rejected() {
  const rejected = useMonitor().status?.configuration.rejected;
  if (!rejected) return null;
  return (
    <div class="notice bad">
      <p>
        The last reload ({rejected.by}) was rejected, since {moment(rejected.since)}. The configuration of before is in force;
        a restart would fail.
      </p>
      <Names title="Problems:" names={rejected.problems} />
    </div>
  );
}

function PendingRestart() {
  const keys = useMonitor().status?.configuration.pending_restart ?? [];
  if (keys.length === 0) return null;
  return (
    <div class="notice busy">
      <Names title="A reload has changed these, which wait for a restart:" names={keys} />
    </div>
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
      setReloaded(await call("post", "/api/reload"));
      done();
      monitor.poll();
    } catch (failed) {
      setError(failed as ApiError);
      monitor.poll();
    }
    setBusy(false);
  };
  return (
    <section aria-label="Reload">
      <h2>Reload</h2>
      <p class="muted">The whole file is checked before it takes effect. If it has a problem, nothing changes.</p>
      <button type="button" class="primary" disabled={busy} onClick={reload}>
        Reload the configuration
      </button>
      <div role="status">
        {reloaded && reloaded.changed.length === 0 && reloaded.kept.length === 0 && <p>Nothing has changed.</p>}
        {reloaded && <Names title="Changed:" names={reloaded.changed} />}
        {reloaded && <Names title="Needs a restart:" names={reloaded.kept} />}
        {error && <p class="notice bad">{error.message}</p>}
        {error && <Names title="Problems:" names={error.problems ?? []} />}
      </div>
    </section>
  );
}

function LogLevelPart() {
  const level = useMonitor().status?.log_level;
  const [error, setError] = useState("");
  const change = async (wanted: string) => {
    try {
      await call("put", "/api/log-level", { query: { level: wanted } });
      setError("");
    } catch (failure) {
      setError(errorText(failure));
    }
    monitor.poll();
  };
  return (
    <section aria-label="Log level">
      <h2>Log level</h2>
      <p class="muted">Until the next reload or restart.</p>
      <select aria-label="Log level" value={level} onChange={(event) => change(event.currentTarget.value)}>
        {logLevels.map((each) => (
          <option key={each}>{each}</option>
        ))}
      </select>
      {error && <p class="notice bad">{error}</p>}
    </section>
  );
}

function TokenPart() {
  if (!hasToken()) return null;
  const forget = () => {
    setToken("");
    monitor.poll();
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
  const [error, setError] = useState("");
  const isConnected = useMonitor().connection === "connected";
  const operates = useOperates();
  const read = () =>
    call("get", "/api/config").then(
      (reply) => (setConfig(reply), setError("")),
      (failure) => setError(errorText(failure)),
    );
  useEffect(() => {
    if (isConnected) read();
  }, [isConnected]);
  return (
    <div class="settings">
      <section aria-label="Configuration in force">
        <h2>Configuration in force</h2>
        <p class="muted">{config?.file ?? "Environment variables alone"}. Secrets are masked.</p>
        {error && <p class="notice bad">{error}</p>}
        <Rejected />
        <PendingRestart />
        {config && (
          <pre class="yaml" tabIndex={0} aria-label="Configuration">
            {toYaml(config.config)}
          </pre>
        )}
      </section>
      <aside>
        {operates && <ReloadPart done={read} />}
        {operates && <LogLevelPart />}
        <TokenPart />
      </aside>
    </div>
  );
}
