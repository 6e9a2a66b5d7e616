-- Says whether a bid can be refused without asking the journal.
--
-- KEYS[1]  the auction's hash: seq, and where the shadow is whole next, opens, closes, ended and leads; a field
--          "k:<bid id>" for every bid that acted
-- ARGV[1]  the bid's id
-- ARGV[2]  the most that the bid may cost, in points
-- ARGV[3]  now, in Unix milliseconds
-- ARGV[4]  the bidder's id
--
-- Returns {"ask"} where only the journal can say, {"low", next} for a bid that is too low, {"closed", closes} where a
-- record ended the bidding, {"early", opens} for one that comes too early.
local key, bid, top, now, member = KEYS[1], ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), ARGV[4]
local f = redis.call('HMGET', key, 'next', 'opens', 'closes', 'ended', 'leads', 'k:' .. bid)
if not f[1] or f[1] == '' or f[6] then
  return {'ask'}
end
if f[4] == '1' then
  return {'closed', f[3]}
end
if now >= tonumber(f[3]) then
  return {'ask'} -- a bid that this shadow has not seen yet may have moved the end
end
if now < tonumber(f[2]) then
  return {'early', f[2]}
end
if string.find(f[5], ' ' .. member .. ' ', 1, true) then
  return {'ask'}
end
if top < tonumber(f[1]) then
  return {'low', f[1]}
end
return {'ask'}
