-- Claims lines that were seen to be due: moves each to the end of the claim, if
-- it is still where it was seen.
--
-- KEYS  1     the shard's lines
-- ARGV  1     the millisecond to which they move
--       2...  scores and names, as seen, in turn
-- Returns the names that were claimed.
--
-- Atomic, so that of two who saw a line one gets it. Sent again because the
-- answer was lost, it claims nothing: those lines come again after the claim.

local claimed = {}
for i = 2, #ARGV, 2 do
  local score = redis.call('ZSCORE', KEYS[1], ARGV[i + 1])
  if score and tonumber(score) == tonumber(ARGV[i]) then
    redis.call('ZADD', KEYS[1], ARGV[1], ARGV[i + 1])
    claimed[#claimed + 1] = ARGV[i + 1]
  end
end
return claimed
