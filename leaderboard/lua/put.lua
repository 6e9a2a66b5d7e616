-- Puts one member's standing on a month's boards, unless a newer record of the account was put before.
--
-- KEYS[1]  members: hash, account -> "seq", then a line for each board that the account stands on
-- KEYS[2]  due: sorted set, account by the instant (Unix ms) at which the clock alone changes its total
-- KEYS[3]  versions: hash, board -> how often it changed
-- ARGV[1]  account
-- ARGV[2]  seq of the account's record that this standing is drawn from
-- ARGV[3]  the next due instant, "" for none
-- ARGV[4]  score, "" to stand on no board
-- ARGV[5]  what the boards' keys begin with; it holds the same hash tag as KEYS, so they are in the same slot
-- ARGV[6…] names of the boards to stand on
-- Returns 1 when it was put, 0 when a newer seq was there. The same seq may be put again: the clock changes totals too.
-- It returns no rank: that would sort the whole board in the embedded server.

local account, seq, prefix = ARGV[1], tonumber(ARGV[2]), ARGV[5]

local former = redis.call('HGET', KEYS[1], account)
local stood = {}
if former then
  local first = true
  for line in string.gmatch(former, '[^\n]+') do
    if first then
      if tonumber(line) > seq then
        return 0
      end
      first = false
    else
      stood[line] = true
    end
  end
end

local entry = ARGV[2]
if ARGV[4] ~= '' then
  for i = 6, #ARGV do
    local board = ARGV[i]
    stood[board] = nil
    entry = entry .. '\n' .. board
    local was = redis.call('ZSCORE', prefix .. board, account)
    if not was or tonumber(was) ~= tonumber(ARGV[4]) then
      redis.call('ZADD', prefix .. board, ARGV[4], account)
      redis.call('HINCRBY', KEYS[3], board, 1)
    end
  end
end
for board in pairs(stood) do
  redis.call('ZREM', prefix .. board, account)
  redis.call('HINCRBY', KEYS[3], board, 1)
end
redis.call('HSET', KEYS[1], account, entry)

if ARGV[3] == '' then
  redis.call('ZREM', KEYS[2], account)
else
  redis.call('ZADD', KEYS[2], ARGV[3], account)
end
return 1
