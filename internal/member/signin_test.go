package member_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"firebrand/internal/fault"
	"firebrand/internal/member"
	"firebrand/internal/store/sqlite"
)

func openEmpty(w *world) *member.Service {
	w.Helper()
	engine, err := sqlite.Open(w.ctx, w.TempDir(), sqlite.Options{})
	w.ok(err)
	w.Cleanup(func() { _ = engine.Close() })
	s, err := member.Open(w.ctx, engine, func() time.Time { return w.now })
	w.ok(err)
	s.Cost = member.Cost{Memory: 64, Passes: 1, Lanes: 1}
	return s
}

func TestSignIn(t *testing.T) {
	w := newWorld(t)
	m, _ := w.comes(w.enter(member.Member{Role: member.RoleMember, Company: w.sun.ID, Phone: "0501112233", Email: "o@sun.example"}))
	t.Run("a phone in any spelling and an e-mail in any case sign in", func(t *testing.T) {
		for _, login := range []string{"+380501112233", "050 111-22-33", "00380501112233", " O@Sun.example "} {
			got, token, err := w.SignIn(w.ctx, login, good, phone)
			w.ok(err)
			if got.ID != m.ID || len(token) != 43 {
				t.Fatal(got, token)
			}
		}
	})
	t.Run("a wrong password, an unknown login and a person who never came are told alike", func(t *testing.T) {
		never := w.staff(w.sun)
		for _, login := range []string{m.Phone, "+380999999999", "nobody@sun.example", "nonsense", "", never.Phone} {
			_, _, err := w.SignIn(w.ctx, login, other, laptop)
			w.fails(err, fault.Invalid, "member.wrong_sign_in")
		}
	})
	t.Run("a password typed with decomposed letters is the same", func(t *testing.T) {
		p, _ := w.comes(w.staff(w.sun))
		token, _, err := w.Invite(w.ctx, w.admin, p.ID)
		w.ok(err)
		_, _, err = w.Accept(w.ctx, token, member.Acceptance{Password: "мій їжачок"}, phone)
		w.ok(err)
		_, _, err = w.SignIn(w.ctx, p.Phone, "мии\u0306 іжачок", phone)
		w.fails(err, fault.Invalid, "member.wrong_sign_in")
		_, _, err = w.SignIn(w.ctx, p.Phone, "мі\u0438\u0306 \u0456\u0308жачок", phone)
		w.ok(err)
	})
}

func TestGuessing(t *testing.T) {
	w := newWorld(t)
	m, _ := w.comes(w.staff(w.sun))
	n := 0
	try := func(login, password string) error {
		n++ // another address each time, so that only the login is counted
		_, _, err := w.SignIn(w.ctx, login, password, member.Device{Address: strings.Repeat("1", n)})
		return err
	}
	waits := func(login string, d time.Duration) {
		t.Helper()
		err := try(login, good)
		w.fails(err, fault.TooMany, "member.guessing")
		if fault.As(err).RetryAfter != d {
			t.Fatalf("retry after %v, not %v", fault.As(err).RetryAfter, d)
		}
	}
	for _, who := range []struct{ name, login string }{{"a known", m.Phone}, {"an unknown", "+380990000000"}} {
		t.Run("after five wrong passwords "+who.name+" login waits, twice as long each time, never above 15 minutes", func(t *testing.T) {
			for range 5 {
				w.fails(try(who.login, other), fault.Invalid, "member.wrong_sign_in")
			}
			for _, delay := range []time.Duration{30, 60, 120, 240, 480, 900, 900} {
				delay *= time.Second
				waits(who.login, delay)
				w.now = w.now.Add(delay - time.Second)
				waits(who.login, time.Second)
				w.now = w.now.Add(time.Second)
				w.fails(try(who.login, other), fault.Invalid, "member.wrong_sign_in")
			}
		})
	}
	t.Run("the right password after the wait forgets the wrong ones", func(t *testing.T) {
		w.now = w.now.Add(15 * time.Minute)
		w.ok(try(m.Phone, good))
		for range 4 {
			w.fails(try(m.Phone, other), fault.Invalid, "member.wrong_sign_in")
		}
		w.ok(try(m.Phone, good))
	})
	t.Run("a day later all is forgotten", func(t *testing.T) {
		w.now = w.now.Add(24 * time.Hour)
		for range 5 {
			w.fails(try("+380990000000", other), fault.Invalid, "member.wrong_sign_in")
		}
		waits("+380990000000", 30*time.Second)
	})
	t.Run("one address that tries many logins waits, and others do not", func(t *testing.T) {
		from := member.Device{Address: "203.0.113.7"}
		for i := range 20 {
			_, _, err := w.SignIn(w.ctx, "user"+string(rune('a'+i))+"@x.example", other, from)
			w.fails(err, fault.Invalid, "member.wrong_sign_in")
		}
		_, _, err := w.SignIn(w.ctx, m.Phone, good, from)
		w.fails(err, fault.TooMany, "member.guessing")
		_, _, err = w.SignIn(w.ctx, m.Phone, good, phone)
		w.ok(err)
	})
	t.Run("a reset lets in at once who has guessed too often", func(t *testing.T) {
		for range 5 {
			w.fails(try(m.Phone, other), fault.Invalid, "member.wrong_sign_in")
		}
		token, _, err := w.Invite(w.ctx, w.admin, m.ID)
		w.ok(err)
		_, _, err = w.Accept(w.ctx, token, member.Acceptance{Password: good}, phone)
		w.ok(err)
		w.ok(try(m.Phone, good))
	})
}

func TestGuessingSurvivesARestart(t *testing.T) {
	w := &world{T: t, ctx: t.Context(), now: time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)}
	dir := t.TempDir()
	for round := range 2 {
		engine, err := sqlite.Open(w.ctx, dir, sqlite.Options{})
		w.ok(err)
		s, err := member.Open(w.ctx, engine, func() time.Time { return w.now })
		w.ok(err)
		s.Cost = member.Cost{Memory: 64, Passes: 1, Lanes: 1}
		for range 5 - 5*round {
			_, _, err := s.SignIn(w.ctx, "+380501112233", other, phone)
			w.fails(err, fault.Invalid, "member.wrong_sign_in")
		}
		_, _, err = s.SignIn(w.ctx, "+380501112233", other, phone)
		w.fails(err, fault.TooMany, "member.guessing")
		w.ok(engine.Close())
	}
}

func TestPassword(t *testing.T) {
	w := newWorld(t)
	t.Run("a hash of the reference implementation is verified", func(t *testing.T) {
		const vector = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc"
		for password, want := range map[string]bool{"password": true, "Password": false, "": false} {
			got, err := member.Verify(vector, password)
			w.ok(err)
			if got != want {
				t.Errorf("%q: %v", password, got)
			}
		}
		for _, bad := range []string{"", "password", "$argon2i$v=19$m=8,t=1,p=1$c29tc2FsdA$CTFh", "$argon2id$v=19$m=8,t=0,p=1$c29tc2FsdA$CTFh"} {
			if _, err := member.Verify(bad, "password"); err == nil {
				t.Errorf("%q was taken", bad)
			}
		}
	})
	t.Run("a hash of another cost is replaced at sign-in, and the session holds", func(t *testing.T) {
		m, session := w.comes(w.staff(w.sun))
		w.Cost = member.Cost{Memory: 128, Passes: 2, Lanes: 1}
		for range 2 {
			_, _, err := w.SignIn(w.ctx, m.Phone, good, phone)
			w.ok(err)
		}
		_, _, err := w.Session(w.ctx, session)
		w.ok(err)
	})
	t.Run("changing the own password needs the old one and ends other devices", func(t *testing.T) {
		m, first := w.comes(w.staff(w.sun))
		_, second, err := w.SignIn(w.ctx, m.Phone, good, laptop)
		w.ok(err)
		_, here, err := w.Session(w.ctx, second)
		w.ok(err)
		w.fails(w.SetPassword(w.ctx, m.ID, here.ID, other, other), fault.Invalid, "member.wrong_password")
		w.fails(w.SetPassword(w.ctx, m.ID, here.ID, good, "123"), fault.Invalid, "member.password_short")
		w.ok(w.SetPassword(w.ctx, m.ID, here.ID, good, other))
		_, _, err = w.Session(w.ctx, second)
		w.ok(err)
		_, _, err = w.Session(w.ctx, first)
		w.fails(err, fault.SignedOut, "member.signed_out")
		_, _, err = w.SignIn(w.ctx, m.Phone, other, phone)
		w.ok(err)
	})
	t.Run("who waits for a hasher longer than they can is told to come back", func(t *testing.T) {
		m, _ := w.comes(w.staff(w.sun))
		w.Cost = member.DefaultCost
		// How long a hash and a look-up take is the machine's affair: the patience grows until it lies between the two.
		busy := 0
		for patience := 30 * time.Millisecond; busy == 0 && patience < 5*time.Second; patience *= 2 {
			ctx, cancel := context.WithTimeout(w.ctx, patience)
			errs := make(chan error, 60)
			for range cap(errs) {
				go func() {
					_, _, err := w.SignIn(ctx, "someone@else.example", other, phone)
					errs <- err
				}()
			}
			for range cap(errs) {
				if f := fault.As(<-errs); f != nil && f.Key == "member.busy" {
					busy++
				}
			}
			cancel()
		}
		if busy == 0 {
			t.Error("nobody was told")
		}
		_, _, err := w.SignIn(w.ctx, m.Phone, good, laptop)
		w.ok(err)
	})
}

func BenchmarkHash(b *testing.B) {
	for b.Loop() {
		_, _ = member.Verify("$argon2id$v=19$m=19456,t=2,p=1$c29tc2FsdHNvbWVzYWx0$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc", "password")
	}
}
