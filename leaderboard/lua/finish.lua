-- Declares a month's boards drawn, if the lock of whoever drew them is still theirs: a FLUSHALL takes it away with
-- everything drawn before.
--
-- KEYS[1] lock: string, the token of whoever draws
-- KEYS[2] meta: hash of epoch, checkpoint, closed
-- ARGV[1] token
-- ARGV[2] epoch for boards that have none yet
-- ARGV[3] checkpoint for boards that have none yet, so that nobody finds an epoch without one
-- ARGV[4] "1" when the month was over and everything in it is on its boards, else ""
-- Returns 1, or 0 when the lock was lost; then nothing is declared.

if redis.call('GET', KEYS[1]) ~= ARGV[1] then
  return 0
end
redis.call('DEL', KEYS[1])
redis.call('HSETNX', KEYS[2], 'epoch', ARGV[2])
redis.call('HSETNX', KEYS[2], 'checkpoint', ARGV[3])
if ARGV[4] ~= '' then
  redis.call('HSET', KEYS[2], 'closed', ARGV[4])
end
return 1
