-- What wrk measured, as one line of JSON.
local threads = {}
function setup(thread) table.insert(threads, thread) end
function done(summary, latency)
    local errors, exhausted = summary.errors, false
    for _, thread in ipairs(threads) do exhausted = exhausted or thread:get("exhausted") == true end
    print(string.format('{"requests":%d,"seconds":%.6f,"failed":%d,"p50_ms":%.3f,"p99_ms":%.3f,"exhausted":%s}',
        summary.requests, summary.duration / 1e6,
        errors.status + errors.connect + errors.read + errors.write + errors.timeout,
        latency:percentile(50) / 1000, latency:percentile(99) / 1000, tostring(exhausted)))
end
