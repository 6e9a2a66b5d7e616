-- Reads the rows around a member, all from one moment. Near the ends of the board the window moves, it does not shrink.
--
-- KEYS[1] board: sorted set, account by score
-- ARGV[1] account
-- ARGV[2] how many rows
-- Returns {total, place of the first row from 0, account, score, account, score, …}, highest first; {total, -1} for an
-- account that is not on the board. For real servers: it sorts, which the embedded one is slow at.

local total = redis.call('ZCARD', KEYS[1])
local at = redis.call('ZREVRANK', KEYS[1], ARGV[1])
if not at then
  return {total, -1}
end
local n = tonumber(ARGV[2])
local first = math.max(0, math.min(at - math.floor(n / 2), total - n))
local answer = redis.call('ZREVRANGE', KEYS[1], first, first + n - 1, 'WITHSCORES')
table.insert(answer, 1, first)
table.insert(answer, 1, total)
return answer
