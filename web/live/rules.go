package live

import (
	"encoding/json"
	"net"
	"net/url"
	"strings"
	"time"
	"unicode/utf8"

	"firebrand/internal/fault"
)

// maxName bounds a room's name, in bytes.
const maxName = 128

// request is what a client asks.
type request struct {
	Type string `json:"type"`
	Room string `json:"room"`
}

// parse reads a client's message. What is none is fault.Invalid ("live.request").
func parse(b []byte) (request, error) {
	var r request
	if err := json.Unmarshal(b, &r); err != nil {
		return request{}, fault.New(fault.Invalid, "live.request").Because(err)
	}
	switch r.Type {
	case "ping":
		return request{Type: r.Type}, nil
	case "join", "leave":
		if r.Room != "" && len(r.Room) <= maxName && utf8.ValidString(r.Room) {
			return r, nil
		}
	}
	return request{}, fault.New(fault.Invalid, "live.request")
}

// matches reports whether a room's name falls under the pattern: the name itself, or a beginning followed by "*".
func matches(pattern, name string) bool {
	if prefix, ok := strings.CutSuffix(pattern, "*"); ok {
		return len(name) > len(prefix) && strings.HasPrefix(name, prefix)
	}
	return pattern == name
}

// SameOrigin reports whether a WebSocket request with this Origin header may be upgraded by the host that the request
// names: they must be the same host and port. Browsers always send an Origin here, so a request without one comes from
// no browser, carries no one else's cookies and passes; "null" does not.
func SameOrigin(origin, host string) bool {
	if origin == "" {
		return true
	}
	u, err := url.Parse(origin)
	if err != nil || u.Host == "" {
		return false
	}
	port := map[string]string{"http": "80", "https": "443"}[u.Scheme]
	return port != "" && strings.EqualFold(withPort(u.Host, port), withPort(host, port))
}

// withPort adds the scheme's port to a host that names none.
func withPort(host, port string) string {
	if _, _, err := net.SplitHostPort(host); err == nil {
		return host
	}
	return net.JoinHostPort(strings.Trim(host, "[]"), port)
}

// bucket counts what a client sends. It starts full.
type bucket struct {
	left float64
	at   time.Time
}

// take reports whether one more message at now is within the bounds, and counts it.
func (b *bucket) take(now time.Time) bool {
	if b.at.IsZero() {
		b.left = MessageBurst
	} else if passed := now.Sub(b.at).Seconds(); passed > 0 {
		b.left = min(MessageBurst, b.left+passed*MessagesPerSecond)
	}
	b.at = now
	if b.left < 1 {
		return false
	}
	b.left--
	return true
}
