-- wrk prints what we need as one JSON line: its own corrected latencies, in microseconds.
wrk.method = "POST"
wrk.body = '{"row":1}'
wrk.headers["Content-Type"] = "application/json"
done = function(summary, latency, requests)
  io.write(string.format('{"requests":%d,"seconds":%f,"us":[%f,%f,%f,%f]}\n',
    summary.requests, summary.duration / 1e6, latency:percentile(50), latency:percentile(95),
    latency:percentile(99), latency:percentile(99.9)))
end
