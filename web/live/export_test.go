package live

import "time"

// PingAfter shortens PingEvery for connections that begin before the returned function is called.
func PingAfter(d time.Duration) (restore func()) {
	pingEvery = d
	return func() { pingEvery = PingEvery }
}
