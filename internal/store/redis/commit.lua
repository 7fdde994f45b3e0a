-- Makes one change of a record, if its revision is the one it was loaded with.
--
-- KEYS  1      the record's hash
--       2...   the sorted sets of its shard that change: lines, lists
-- ARGV  1      the revision as loaded, "0" where there was no record
--       2      the revision that this commit gives
--       3      the channel on which to tell
--       4...   groups, each a number and so many values: fields and values for
--              the hash; then for each further key scores and members to put
--              in, and members to take out
-- Returns 1 where the change is made, 0 where the record was written by another.
--
-- Atomic, because the revision must still hold when the last set is written.
-- Safe to repeat: a commit that finds its own revision was made already.
-- Revisions are compared as text: as numbers they would lose digits.
--
-- All that can fail is checked before the first write: types by reading each
-- key, and memory by the server before HSET, which therefore comes first.

local revision = redis.call('HGET', KEYS[1], 'r') or '0'
if revision == ARGV[2] then
  return 1
end
if revision ~= ARGV[1] then
  return 0
end
for i = 2, #KEYS do
  redis.call('ZCARD', KEYS[i])
end

local at = 4

-- The values of one group, a thousand at a time: more do not fit on Lua's stack.
local function write(command, key)
  local first, last = at + 1, at + tonumber(ARGV[at])
  at = last + 1
  while first <= last do
    local to = math.min(first + 999, last)
    redis.call(command, key, unpack(ARGV, first, to))
    first = to + 1
  end
end

write('HSET', KEYS[1])
for i = 2, #KEYS do
  write('ZADD', KEYS[i])
  write('ZREM', KEYS[i])
end

-- Who may not publish has committed all the same: who waits looks again by itself.
redis.pcall('PUBLISH', ARGV[3], ARGV[2])
return 1
