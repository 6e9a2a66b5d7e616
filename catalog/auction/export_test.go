package auction

import "time"

// RedisWait is how long one question to Redis may take in tests: what they expect Redis to say must not hang on how busy
// their machine is.
const RedisWait = 2 * time.Second

func init() { redisWait = RedisWait }
