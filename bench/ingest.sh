#!/usr/bin/env bash
# Events taken in a second by pintle on one core: single events and batches of 100, each of about 1.1 KB, from wrk on
# another core. Every 200 waits for the disk; nothing is delivered meanwhile (the destination refuses connections).
# usage: bench/ingest.sh [SECONDS]
set -euo pipefail
cd "$(dirname "$0")/.."

seconds=${1:-10}
folder=$(mktemp -d)
daemon=
finish() {
    if [[ -n $daemon ]]; then
        kill -KILL "$daemon" 2>/dev/null || true
        wait "$daemon" 2>/dev/null || true
    fi
    rm -rf "$folder"
}
trap finish EXIT

cat >"$folder/pintle.yaml" <<END
listen: 127.0.0.1:0
ingress: {threads: 1}
admin: {listen: "127.0.0.1:0"}
journal: {directory: $folder/journal}
log: {level: info}
sources: [{name: bench, write_key: key, destination: nowhere}]
destinations:
  - {name: nowhere, site_id: s, api_key: k, base_url: "https://127.0.0.1:9", retry: {initial_backoff: 5m}}
END

# Every event has a messageId of its own, or the second one would be a duplicate.
cat >"$folder/send.lua" <<'END'
local batch = tonumber(os.getenv("BATCH"))
local filler = string.rep("x", 750)
local threads, count = 0, 0
function setup(thread) thread:set("id", threads); threads = threads + 1 end
local function event()
    count = count + 1
    return string.format('{"type":"track","messageId":"%d-%d-%d","userId":"user-%d","anonymousId":"anon-%d","event":"Order Completed",' ..
        '"originalTimestamp":"2026-01-01T00:00:00.000Z","channel":"web","context":{"library":{"name":"bench","version":"1"},"ip":"10.0.0.1"},' ..
        '"properties":{"order_id":"o-%d","total":129.90,"currency":"EUR","filler":"%s"}}',
        id, count, os.time(), count % 5000, count % 5000, count, filler)
end
wrk.method = "POST"
wrk.headers["X-Write-Key"] = "key"
wrk.headers["Content-Type"] = "application/json"
function request()
    if batch == 1 then return wrk.format(nil, "/v1/track", nil, event()) end
    local events = {}
    for i = 1, batch do events[i] = event() end
    return wrk.format(nil, "/v1/batch", nil, '{"batch":[' .. table.concat(events, ",") .. "]}")
end
function done(summary, latency)
    local failed = summary.errors.status + summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout
    print(string.format("batch=%d requests/s=%.0f events/s=%.0f p50=%.2fms p99=%.2fms failed=%d", batch,
        summary.requests / summary.duration * 1e6, batch * summary.requests / summary.duration * 1e6,
        latency:percentile(50) / 1000, latency:percentile(99) / 1000, failed))
end
END

taskset -c 0 build/release/pintle serve --config "$folder/pintle.yaml" 2>"$folder/log" &
daemon=$!
until grep -q ' listening ' "$folder/log"; do
    kill -0 "$daemon" 2>/dev/null || { cat "$folder/log"; exit 1; }
    sleep 0.05
done
port=$(sed -n 's/.* listening address=127.0.0.1:\([0-9]*\)$/\1/p' "$folder/log")

resident() { awk '/VmRSS/ {printf "resident %.0f MiB %s\n", $2 / 1024, "'"$1"'"}' "/proc/$daemon/status"; }

resident "idle"
for batch in 1 100; do
    connections=$((batch == 1 ? 128 : 16))
    BATCH=$batch taskset -c 1 wrk -t1 -c$connections -d"${seconds}s" -s "$folder/send.lua" "http://127.0.0.1:$port" | grep batch=
    resident "after it"
done
