-- Sends one request again and again, made once by wrk itself.
-- usage: wrk -s static.lua URL -- METHOD PATH BODY_FILE [HEADER VALUE]...
require "report"

function init(args)
    wrk.method, wrk.path = args[1], args[2]
    local file = assert(io.open(args[3], "rb"))
    wrk.body = file:read("*a")
    file:close()
    for i = 4, #args, 2 do wrk.headers[args[i]] = args[i + 1] end
end
