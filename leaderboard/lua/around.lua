-- Reads the rows around a member, all from one moment. Near the ends of the board the window moves, it does not shrink.
--
-- KEYS[1] board: sorted set, account by score
-- KEYS[2] yesterday's table of the board: sorted set, account by score; left out where none is to be compared with, and
--         it need not exist
-- ARGV[1] account
-- ARGV[2] how many rows
-- Returns {total, place yesterday, place of the first row, rows}, where rows are lines of account, score, account, score,
-- …, highest first: one text costs less than so many values. Places count from 0 and are -1 for an account that is not
-- there, without rows. For real servers: it sorts, which the embedded one is slow at.

local total = redis.call('ZCARD', KEYS[1])
local was = KEYS[2] and redis.call('ZREVRANK', KEYS[2], ARGV[1]) or -1
local at = redis.call('ZREVRANK', KEYS[1], ARGV[1])
if not at then
  return {total, was, -1, ''}
end
local n = tonumber(ARGV[2])
local first = math.max(0, math.min(at - math.floor(n / 2), total - n))
return {total, was, first, table.concat(redis.call('ZREVRANGE', KEYS[1], first, first + n - 1, 'WITHSCORES'), '\n')}
