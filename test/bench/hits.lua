-- wrk ... -s hits.lua URL -- SECONDS METHOD COUNTERS KEYED: sends requests for SECONDS; then, until wrk stops, only GET /healthz, which
-- counts nothing. So no hit is on its way when wrk stops, and the hits that were sent are exactly those that were answered.
-- With COUNTERS > 0 the hits go to c0, c1, ... in turn; with 0 to the URL's own path. With KEYED "keyed" each of these has a key of its own.
local ffi = require "ffi"
ffi.cdef [[
  typedef struct { long seconds; long nanoseconds; } bench_time;
  int clock_gettime(int id, bench_time *time);
]]
local time = ffi.new("bench_time")
local threads = {}

local function now() -- seconds on CLOCK_MONOTONIC
  ffi.C.clock_gettime(1, time)
  return tonumber(time.seconds) + tonumber(time.nanoseconds) / 1e9
end

function setup(thread)
  table.insert(threads, thread)
end

function init(args)
  duration, sent, took, tried = tonumber(args[1]), 0, 0, false
  hits = {}
  for counter = 0, tonumber(args[3]) - 1 do
    table.insert(hits, wrk.format(args[2], "/v1/counters/c" .. counter .. "/hits"))
  end
  if #hits == 0 then hits[1] = wrk.format(args[2]) end
  health = wrk.format("GET", "/healthz")
  keyed, method = args[4] == "keyed", args[2]
end

-- A UUID of version 7. Another run within the same second begins at another time, which is in it, too.
local function key()
  local ms = os.time() * 1000
  local run = math.floor(began * 1000) % 4096
  return string.format("%08x-%04x-7%03x-8000-%012x", math.floor(ms / 65536), ms % 65536, run, sent)
end

function request()
  -- Before it begins, wrk asks for one request only to look at it; it is never sent.
  if not tried then
    tried = true
    return health
  end
  if took > 0 then return health end
  if sent == 0 then began = now() end
  -- The clock is not free.
  if sent % 64 == 63 and now() - began >= duration then
    took = now() - began
    return health
  end
  sent = sent + 1
  if keyed then return wrk.format(method, nil, { ["Idempotency-Key"] = key() }) end
  return hits[sent % #hits + 1]
end

function done(summary)
  local hits, took = 0, 0
  for _, thread in ipairs(threads) do
    hits = hits + thread:get("sent")
    took = math.max(took, thread:get("took"))
  end
  local e = summary.errors
  local errors = e.connect + e.read + e.write + e.status + e.timeout
  print(string.format('{"hits":%d,"seconds":%.6f,"errors":%d}', hits, took, errors))
end
