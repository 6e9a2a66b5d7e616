-- Shows an auction's records up to a seq, unless newer ones are shown or records before them are missing.
--
-- KEYS[1]   the auction's hash, see refuse.lua
-- ARGV[1]   the seq that the shadow must have reached for these records to follow; 0 begins it
-- ARGV[2]   the seq that these records reach
-- ARGV[3]   1 where they are all there is: next, opens, closes, ended and leads follow; 0 where more are to come
-- ARGV[4]   for how many seconds the shadow is kept
-- ARGV[5-9] next, opens, closes, ended, leads
-- ARGV[10…] the ids of the bids among them
--
-- Returns the seq that the shadow has reached then. A caller that reads less than ARGV[1] sends what is missing.
local key = KEYS[1]
local has, from, to = tonumber(redis.call('HGET', key, 'seq') or '0'), tonumber(ARGV[1]), tonumber(ARGV[2])
if has >= to or has < from then
  return has
end
for i = 10, #ARGV do
  redis.call('HSET', key, 'k:' .. ARGV[i], '1')
end
if ARGV[3] == '1' then
  redis.call('HSET', key, 'seq', to, 'next', ARGV[5], 'opens', ARGV[6], 'closes', ARGV[7], 'ended', ARGV[8], 'leads', ARGV[9])
else
  redis.call('HSET', key, 'seq', to, 'next', '')
end
redis.call('EXPIRE', key, ARGV[4])
return to
