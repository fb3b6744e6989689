#!/usr/bin/env bash
# What millions of waiting events cost: resident memory while they come in, at rest and after a restart, their room on
# disk, the time from a start to the first delivery, and the pace of delivery to a server that answers at once. Events
# of about 1.1 KB, batches of 100 from wrk.
# usage: bench/backlog.sh [EVENTS [SECONDS]]    SECONDS: how long deliveries are watched
set -euo pipefail
cd "$(dirname "$0")/.."

events=${1:-1000000}
seconds=${2:-30}
pintle=${PINTLE:-build/release/pintle}
folder=$(mktemp -d)
daemon=
nginx=
finish() {
    for process in $daemon $nginx; do
        kill -KILL "$process" 2>/dev/null || true
        wait "$process" 2>/dev/null || true
    done
    rm -rf "$folder"
}
trap finish EXIT

cat >"$folder/pintle.yaml" <<END
listen: 127.0.0.1:0
admin: {listen: "127.0.0.1:0"}
journal: {directory: $folder/journal, max_size: 200GiB}
sources: [{name: bench, write_key: key, destination: sink}]
destinations:
  - {name: sink, site_id: s, api_key: k, base_url: "http://127.0.0.1:9099", rate: 1000000,
     retry: {initial_backoff: 5m}}
END
cat >"$folder/nginx.conf" <<END
daemon off;
master_process off;
error_log stderr error;
pid $folder/nginx.pid;
events { worker_connections 1024; }
http {
    log_format time "\$msec";
    client_body_temp_path $folder; proxy_temp_path $folder; fastcgi_temp_path $folder;
    uwsgi_temp_path $folder; scgi_temp_path $folder;
    keepalive_requests 1000000000;
    server {
        listen 127.0.0.1:9099;
        access_log $folder/access.log time;
        location / { return 200 "{}"; }
    }
}
END
cat >"$folder/send.lua" <<'END'
-- Made of 2,000 words, so that it is as compressible as text is.
math.randomseed(1)
local words, text = {}, {}
for i = 1, 2000 do
    local word = {}
    for k = 1, math.random(2, 10) do word[k] = string.char(math.random(97, 122)) end
    words[i] = table.concat(word)
end
for i = 1, 40000 do text[i] = words[math.random(#words)] end
text = table.concat(text, " ")
local threads, count = 0, 0
function setup(thread) thread:set("id", threads); threads = threads + 1 end
local started = os.time()
local function event()
    count = count + 1
    local from = math.random(#text - 750)
    return string.format('{"type":"track","messageId":"%d-%d-%d","userId":"user-%d","anonymousId":"anon-%d","event":"Order Completed",' ..
        '"originalTimestamp":"2026-01-01T00:00:00.000Z","channel":"web","context":{"library":{"name":"bench","version":"1"},"ip":"10.0.0.1"},' ..
        '"properties":{"order_id":"o-%d","total":129.90,"currency":"EUR","filler":"%s"}}',
        id, count, started, count % 500000, count % 500000, count, text:sub(from, from + 749))
end
wrk.method = "POST"
wrk.headers["X-Write-Key"] = "key"
wrk.headers["Content-Type"] = "application/json"
function request()
    local events = {}
    for i = 1, 100 do events[i] = event() end
    return wrk.format(nil, "/v1/batch", nil, '{"batch":[' .. table.concat(events, ",") .. "]}")
end
END

start() {
    : >"$folder/log"
    started=$(date +%s.%N)
    "$pintle" serve --config "$folder/pintle.yaml" 2>"$folder/log" &
    daemon=$!
    until grep -q ' listening ' "$folder/log"; do
        kill -0 "$daemon" 2>/dev/null || { cat "$folder/log"; exit 1; }
        sleep 0.01
    done
    port=$(sed -n 's/.* listening address=127.0.0.1:\([0-9]*\)$/\1/p' "$folder/log")
    admin=$(sed -n 's/.* admin_listening address=127.0.0.1:\([0-9]*\)$/\1/p' "$folder/log")
    listening=$(date +%s.%N)
}
count() { curl -s "http://127.0.0.1:$admin/api/status" | sed 's/.*"'"$1"'":\([0-9]*\).*/\1/'; }
resident() {
    awk -v what="$1" '/VmHWM/ {peak = $2} /VmRSS/ {printf "resident %.0f MiB (peak %.0f) %s\n", $2 / 1024, peak / 1024, what}' \
        "/proc/$daemon/status"
}
on_disk() { du -sk "$folder/journal" | cut -f1; }

start
resident "idle"
wrk -t1 -c16 -d24h -s "$folder/send.lua" "http://127.0.0.1:$port" >/dev/null &
wrk=$!
step=$((events / 5))
next=$step
until waiting=$(count waiting) && ((waiting >= events)); do
    if ((waiting >= next)); then
        resident "with $waiting waiting, more coming in"
        next=$((next + step))
    fi
    sleep 0.1
done
kill -INT "$wrk"
wait "$wrk" || true
echo "filled at $(awk -v n="$waiting" -v from="$listening" -v to="$(date +%s.%N)" 'BEGIN {printf "%.0f", n / (to - from)}') events/s"
sleep 5
waiting=$(count waiting)
resident "with $waiting waiting, at rest"
echo "on disk $(on_disk) KiB, $(($(on_disk) * 1024 / waiting)) bytes an event"
kill -TERM "$daemon"
wait "$daemon" || true

nginx -c "$folder/nginx.conf" -p "$folder" &
nginx=$!
start
until [[ -s $folder/access.log ]]; do sleep 0.005; done
awk -v from="$started" -v listening="$listening" 'NR == 1 {
    printf "restart: listening after %.2f s, first delivery after %.2f s\n", listening - from, $1 - from; exit}' \
    "$folder/access.log"
resident "right after the restart"
before=$(count delivered)
from=$(date +%s.%N)
sleep "$seconds"
after=$(count delivered)
echo "delivered $(awk -v n="$((after - before))" -v from="$from" -v to="$(date +%s.%N)" 'BEGIN {printf "%.0f", n / (to - from)}') events/s"
resident "while delivering"
echo "on disk $(on_disk) KiB with $(count waiting) waiting"
