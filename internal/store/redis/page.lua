-- Reads what comes after a place in a sorted set: by score, then by the bytes of
-- the name.
--
-- KEYS  1  the sorted set
-- ARGV  1  the place's score
--       2  the place's name
--       3  the highest score to read
--       4  how many to read at most
-- Returns names and scores in turn.
--
-- Atomic, because ranks move with every write. Reads only. There is no command
-- for this where many have one score, so the rank is searched by halves. Names
-- are compared byte by byte: Lua's own < follows the server's language.

local function after(a, b)
  local n = math.min(#a, #b)
  for i = 1, n do
    local x, y = string.byte(a, i), string.byte(b, i)
    if x ~= y then
      return x > y
    end
  end
  return #a > #b
end

local beyond = math.huge
if ARGV[3] ~= '+inf' then
  beyond = redis.call('ZCOUNT', KEYS[1], '-inf', ARGV[3])
  if beyond == 0 then
    return {}
  end
end
local low = redis.call('ZCOUNT', KEYS[1], '-inf', '(' .. ARGV[1])
local high = redis.call('ZCOUNT', KEYS[1], '-inf', ARGV[1])
while low < high do
  local middle = math.floor((low + high) / 2)
  if after(redis.call('ZRANGE', KEYS[1], middle, middle)[1], ARGV[2]) then
    high = middle
  else
    low = middle + 1
  end
end
local last = math.min(low + tonumber(ARGV[4]), beyond) - 1
if last < low then
  return {}
end
return redis.call('ZRANGE', KEYS[1], low, last, 'WITHSCORES')
