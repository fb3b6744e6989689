-- Sends the requests in a file, each once; each stands behind its length in eight digits.
-- usage: wrk -s replay.lua URL -- FILE
require "report"
local file

function init(args) file = assert(io.open(args[1], "rb")) end

function request()
    local size = file:read(8)
    if size == nil then  -- the figures are worth nothing now, and `exhausted` says so
        exhausted = true
        file:seek("set")
        size = file:read(8)
    end
    return file:read(tonumber(size))
end
