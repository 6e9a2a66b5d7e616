package live

import (
	"testing"
	"time"
)

func TestSameOrigin(t *testing.T) {
	for _, c := range []struct {
		origin, host string
		same         bool
	}{
		{"", "firebrand.example", true},
		{"https://firebrand.example", "firebrand.example", true},
		{"https://Firebrand.example", "firebrand.EXAMPLE:443", true},
		{"http://127.0.0.1:8080", "127.0.0.1:8080", true},
		{"http://[::1]:8080", "[::1]:8080", true},
		{"https://[::1]", "[::1]", true},
		{"https://firebrand.example.evil.example", "firebrand.example", false},
		{"https://evil.example/firebrand.example", "firebrand.example", false},
		{"https://firebrand.example:8443", "firebrand.example", false},
		{"http://firebrand.example", "firebrand.example:443", false},
		{"file://firebrand.example", "firebrand.example", false},
		{"null", "firebrand.example", false},
		{"https://", "", false},
		{"%", "firebrand.example", false},
	} {
		if got := SameOrigin(c.origin, c.host); got != c.same {
			t.Errorf("SameOrigin(%q, %q) = %t", c.origin, c.host, got)
		}
	}
}

func TestBucket(t *testing.T) {
	var b bucket
	at := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	taken := func(n int) (ok int) {
		for range n {
			if b.take(at) {
				ok++
			}
		}
		return ok
	}
	if n := taken(50); n != MessageBurst {
		t.Errorf("a burst of %d", n)
	}
	at = at.Add(500 * time.Millisecond)
	if n := taken(50); n != MessagesPerSecond/2 {
		t.Errorf("%d after half a second", n)
	}
	at = at.Add(time.Hour)
	if n := taken(50); n != MessageBurst {
		t.Errorf("%d after an hour", n)
	}
	at = at.Add(-time.Hour)
	if n := taken(50); n != 0 {
		t.Errorf("%d after the clock went back", n)
	}
}

func TestMatches(t *testing.T) {
	for _, c := range []struct {
		pattern, name string
		want          bool
	}{
		{"board:*", "board:all", true}, {"board:*", "board:", false}, {"board:*", "boards", false},
		{"inbox", "inbox", true}, {"inbox", "inbox2", false},
	} {
		if got := matches(c.pattern, c.name); got != c.want {
			t.Errorf("matches(%q, %q) = %t", c.pattern, c.name, got)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{`{"type":"join","room":"board:all"}`, `{"type":"ping"}`, `{"type":"leave","room":"ё"}`, `{}`, ``, `{"type":"join","room":"\ud800"}`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := parse(b)
		if err != nil {
			return
		}
		switch r.Type {
		case "ping":
		case "join", "leave":
			if r.Room == "" || len(r.Room) > maxName {
				t.Errorf("room %q", r.Room)
			}
		default:
			t.Errorf("type %q", r.Type)
		}
	})
}
