-- Declares yesterday's table of a month drawn, if the lock of whoever drew it is still theirs: a FLUSHALL takes it away
-- with everything drawn before.
--
-- KEYS[1] lock: string, the token of whoever draws
-- KEYS[2] meta: hash of epoch, checkpoint, closed, was
-- ARGV[1] token
-- ARGV[2] the day that the table is of
-- Returns 1, or 0 when the lock or the month's boards were lost; then nothing is declared.

if redis.call('GET', KEYS[1]) ~= ARGV[1] then
  return 0
end
redis.call('DEL', KEYS[1])
if redis.call('HEXISTS', KEYS[2], 'epoch') == 0 then
  return 0
end
redis.call('HSET', KEYS[2], 'was', ARGV[2])
return 1
