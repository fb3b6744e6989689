-- Sends the request in a file, each time with another id (12 digits, for @ID@@@@@@@@@) and another of so many persons
-- (6 digits, for @USER@). usage: wrk -s template.lua URL -- FILE PERSONS FIRST_ID
require "report"
local parts, ids, users = {}, {}, {}
local count, persons

function init(args)
    local file = assert(io.open(args[1], "rb"))
    local text = file:read("*a")
    file:close()
    persons, count = tonumber(args[2]), tonumber(args[3])
    local from = 1
    for begin, mark in text:gmatch("()(@%u+@+)") do
        table.insert(parts, text:sub(from, begin - 1))
        table.insert(parts, mark)
        table.insert(mark == "@USER@" and users or ids, #parts)
        from = begin + #mark
    end
    table.insert(parts, text:sub(from))
end

function request()
    local id, user = string.format("%012d", count), string.format("%06d", count % persons)
    count = count + 1
    for i = 1, #ids do parts[ids[i]] = id end
    for i = 1, #users do parts[users[i]] = user end
    return table.concat(parts)
end
