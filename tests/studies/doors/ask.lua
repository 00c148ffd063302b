-- What wrk asks: GET, or POST with the file that is named, again after so many milliseconds if any are named. In the end it says as
-- JSON what came of it.
function init(words)
  local pause = tonumber(words[2])
  if pause then
    delay = function() return pause end
  end
  if words[1] and words[1] ~= "" then
    local file = assert(io.open(words[1], "rb"))
    wrk.method, wrk.body = "POST", file:read("*a")
    wrk.headers["Content-Type"] = "application/json"
    file:close()
  end
end

function done(summary, latency, _)
  local errors = summary.errors
  local failed = errors.connect + errors.read + errors.write + errors.status + errors.timeout
  print(string.format('{"rate": %.1f, "p50": %.3f, "p99": %.3f, "most": %.3f, "failed": %d}',
    summary.requests / summary.duration * 1e6, latency:percentile(50) / 1000, latency:percentile(99) / 1000, latency.max / 1000,
    failed))
end
