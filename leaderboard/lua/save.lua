-- Keeps a follower's checkpoint with the boards it was reached on.
--
-- KEYS[1] meta: hash of epoch, checkpoint, closed
-- ARGV[1] the epoch of the boards that were drawn
-- ARGV[2] checkpoint
-- Returns 1, or 0 where the boards have another epoch by now: they were lost and are drawn anew from elsewhere.

if redis.call('HGET', KEYS[1], 'epoch') ~= ARGV[1] then
  return 0
end
redis.call('HSET', KEYS[1], 'checkpoint', ARGV[2])
return 1
