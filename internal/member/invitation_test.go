package member_test

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"firebrand/internal/fault"
	"firebrand/internal/member"
)

func TestInvitation(t *testing.T) {
	w := newWorld(t)
	accept := func(token, password string) error {
		_, _, err := w.Accept(w.ctx, token, member.Acceptance{Password: password}, phone)
		return err
	}
	t.Run("a link tells whose it is, is used once and signs in", func(t *testing.T) {
		m := w.staff(w.sun)
		w.now = w.now.Add(time.Hour)
		token, expires, err := w.Invite(w.ctx, w.admin, m.ID)
		w.ok(err)
		if !expires.Equal(w.now.Add(14 * 24 * time.Hour)) {
			t.Fatal(expires)
		}
		for range 2 {
			whose, err := w.Invitation(w.ctx, token)
			w.ok(err)
			if whose.ID != m.ID {
				t.Fatal(whose)
			}
		}
		got, session, err := w.Accept(w.ctx, token, member.Acceptance{Password: good, Display: member.ModeShort, Lang: "uk"}, phone)
		w.ok(err)
		if got.Lang != "uk" || got.BoardName() != "Olena K." || !got.Joined.Equal(w.now) {
			t.Fatalf("%+v", got)
		}
		_, _, err = w.Session(w.ctx, session)
		w.ok(err)
		w.fails(accept(token, good), fault.NotFound, "member.invitation_ended")
		_, err = w.Invitation(w.ctx, token)
		w.fails(err, fault.NotFound, "member.invitation_ended")
	})
	t.Run("of sixteen who use one link at once one comes in", func(t *testing.T) {
		m := w.staff(w.sun)
		token, _, err := w.Invite(w.ctx, w.admin, m.ID)
		w.ok(err)
		var in, ended atomic.Int32
		var group sync.WaitGroup
		for range 16 {
			group.Go(func() {
				switch err := accept(token, good); {
				case err == nil:
					in.Add(1)
				case fault.As(err) != nil && fault.As(err).Key == "member.invitation_ended":
					ended.Add(1)
				default:
					t.Error(err)
				}
			})
		}
		group.Wait()
		devices, err := w.Devices(w.ctx, m.ID)
		w.ok(err)
		if in.Load() != 1 || ended.Load() != 15 || len(devices) != 1 {
			t.Fatalf("%d in, %d ended, %d devices", in.Load(), ended.Load(), len(devices))
		}
	})
	t.Run("a password that is refused leaves the link as it was", func(t *testing.T) {
		m := w.enter(member.Member{Role: member.RoleMember, Company: w.sun.ID, Phone: "+380501234567"})
		token, _, err := w.Invite(w.ctx, w.admin, m.ID)
		w.ok(err)
		for password, key := range map[string]string{
			"short": "member.password_short", "Password1": "member.password_common", "йцукенгш": "member.password_common",
			"aaaaaaaaa": "member.password_common", "0501234567": "member.password_phone", "8 050 123-45-67": "member.password_phone",
			string(make([]byte, 300)): "member.password_long",
		} {
			w.fails(accept(token, password), fault.Invalid, key)
		}
		w.ok(accept(token, "5012345678901"))
	})
	t.Run("a link ends by the clock, at the instant it says", func(t *testing.T) {
		m := w.staff(w.sun)
		token, expires, err := w.Invite(w.ctx, w.admin, m.ID)
		w.ok(err)
		w.now = expires
		w.fails(accept(token, good), fault.NotFound, "member.invitation_ended")
	})
	t.Run("a new link ends the older one", func(t *testing.T) {
		m := w.staff(w.sun)
		first, _, err := w.Invite(w.ctx, w.admin, m.ID)
		w.ok(err)
		second, _, err := w.Invite(w.ctx, w.admin, m.ID)
		w.ok(err)
		w.fails(accept(first, good), fault.NotFound, "member.invitation_ended")
		w.ok(accept(second, good))
	})
	t.Run("a token that was never given out opens nothing", func(t *testing.T) {
		w.fails(accept("", good), fault.NotFound, "member.invitation_ended")
	})
}

func TestReset(t *testing.T) {
	w := newWorld(t)
	m, old := w.comes(w.staff(w.sun))
	_, another, err := w.SignIn(w.ctx, m.Phone, good, laptop)
	w.ok(err)
	token, expires, err := w.Invite(w.ctx, w.admin, m.ID)
	w.ok(err)
	t.Run("it can be used for a day and joins nobody anew", func(t *testing.T) {
		if !expires.Equal(w.now.Add(24 * time.Hour)) {
			t.Fatal(expires)
		}
	})
	t.Run("it ends the old sessions and the old password", func(t *testing.T) {
		w.now = w.now.Add(time.Hour)
		got, session, err := w.Accept(w.ctx, token, member.Acceptance{Password: other}, phone)
		w.ok(err)
		if !got.Joined.Equal(m.Joined) {
			t.Fatal("joined again")
		}
		for _, token := range []string{old, another} {
			_, _, err = w.Session(w.ctx, token)
			w.fails(err, fault.SignedOut, "member.signed_out")
		}
		_, _, err = w.Session(w.ctx, session)
		w.ok(err)
		_, _, err = w.SignIn(w.ctx, m.Phone, good, phone)
		w.fails(err, fault.Invalid, "member.wrong_sign_in")
		devices, err := w.Devices(w.ctx, m.ID)
		w.ok(err)
		if len(devices) != 1 {
			t.Fatal(devices)
		}
	})
	t.Run("it ends more sessions than anybody has devices, by one write", func(t *testing.T) {
		var sessions []string
		for range 210 {
			_, session, err := w.SignIn(w.ctx, m.Phone, other, phone)
			w.ok(err)
			sessions = append(sessions, session)
		}
		token, _, err := w.Invite(w.ctx, w.admin, m.ID)
		w.ok(err)
		_, _, err = w.Accept(w.ctx, token, member.Acceptance{Password: other}, phone)
		w.ok(err)
		for _, session := range sessions {
			_, _, err := w.Session(w.ctx, session)
			w.fails(err, fault.SignedOut, "member.signed_out")
		}
	})
	t.Run("until it is used the old password stays", func(t *testing.T) {
		_, _, err := w.Invite(w.ctx, w.admin, m.ID)
		w.ok(err)
		_, _, err = w.SignIn(w.ctx, m.Phone, other, phone)
		w.ok(err)
	})
}

func TestDismiss(t *testing.T) {
	w := newWorld(t)
	owner := w.enter(member.Member{Role: member.RolePrincipal, Company: w.sun.ID})
	stranger := w.enter(member.Member{Role: member.RolePrincipal, Company: w.moon.ID})
	m, session := w.comes(w.staff(w.sun))
	reset, _, err := w.Invite(w.ctx, owner, m.ID)
	w.ok(err)
	t.Run("it is the own principal's or an administrator's, and nobody's own", func(t *testing.T) {
		w.fails(w.Dismiss(w.ctx, stranger, m.ID), fault.Forbidden, "member.not_allowed")
		w.fails(w.Dismiss(w.ctx, m, m.ID), fault.Forbidden, "member.dismiss_self")
		w.fails(w.Dismiss(w.ctx, w.admin, w.admin.ID), fault.Forbidden, "member.dismiss_self")
	})
	t.Run("it ends sessions, links and sign-in, and keeps the record", func(t *testing.T) {
		w.ok(w.Dismiss(w.ctx, owner, m.ID))
		w.ok(w.Dismiss(w.ctx, owner, m.ID))
		_, _, err := w.Session(w.ctx, session)
		w.fails(err, fault.SignedOut, "member.signed_out")
		_, err = w.Invitation(w.ctx, reset)
		w.fails(err, fault.NotFound, "member.invitation_ended")
		_, _, err = w.SignIn(w.ctx, m.Phone, good, phone)
		w.fails(err, fault.Forbidden, "member.dismissed")
		_, _, err = w.SignIn(w.ctx, m.Phone, other, phone)
		w.fails(err, fault.Invalid, "member.wrong_sign_in")
		_, _, err = w.Invite(w.ctx, owner, m.ID)
		w.fails(err, fault.Conflict, "member.dismissed_cannot")
		people, err := w.People(w.ctx, owner, w.sun.ID)
		w.ok(err)
		if len(people) != 2 || people[0].Standing != member.StandingDismissed && people[1].Standing != member.StandingDismissed {
			t.Fatalf("%+v", people)
		}
	})
	t.Run("a mistake is taken back, and the old sessions stay ended", func(t *testing.T) {
		w.fails(w.Restore(w.ctx, stranger, m.ID), fault.Forbidden, "member.not_allowed")
		w.ok(w.Restore(w.ctx, owner, m.ID))
		_, _, err := w.Session(w.ctx, session)
		w.fails(err, fault.SignedOut, "member.signed_out")
		_, _, err = w.SignIn(w.ctx, m.Phone, good, phone)
		w.ok(err)
	})
}

func TestFirstAdmin(t *testing.T) {
	w := &world{T: t, ctx: t.Context(), now: time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)}
	w.Service = openEmpty(w)
	usable := func(tokens ...string) (n int) {
		t.Helper()
		for _, token := range tokens {
			if _, err := w.Invitation(w.ctx, token); err == nil {
				n++
			} else {
				w.fails(err, fault.NotFound, "member.invitation_ended")
			}
		}
		return n
	}
	tokens := make([]string, 8)
	t.Run("of eight processes that start at once each prints a link, and one of these lets in", func(t *testing.T) {
		var group sync.WaitGroup
		for i := range tokens {
			group.Go(func() {
				token, made, err := w.FirstAdmin(w.ctx)
				if err != nil || !made {
					t.Errorf("made %v, %v", made, err)
				}
				tokens[i] = token
			})
		}
		group.Wait()
		if n := usable(tokens...); n != 1 {
			t.Fatalf("%d links can be used", n)
		}
	})
	t.Run("a start right after them prints a link of its own, which alone lets in", func(t *testing.T) {
		token, made, err := w.FirstAdmin(w.ctx)
		w.ok(err)
		if !made || usable(token) != 1 || usable(tokens...) != 0 {
			t.Fatal("whoever lost the first link is shut out, or two of them can be used")
		}
	})
	t.Run("a link that nobody used is made anew when it has ended", func(t *testing.T) {
		w.now = w.now.Add(member.InviteLife)
		token, made, err := w.FirstAdmin(w.ctx)
		w.ok(err)
		if !made {
			t.Fatal("not made")
		}
		_, _, err = w.Accept(w.ctx, token, member.Acceptance{Password: good}, laptop)
		w.fails(err, fault.Invalid, "member.login_needed")
		m, _, err := w.Accept(w.ctx, token, member.Acceptance{Password: good, Login: "Boss@Brand.example"}, laptop)
		w.ok(err)
		if m.Role != member.RoleAdmin || m.Name != "Administrator" || m.Email != "boss@brand.example" {
			t.Fatalf("%+v", m)
		}
		_, _, err = w.SignIn(w.ctx, "boss@brand.example", good, laptop)
		w.ok(err)
	})
	t.Run("where there is an administrator nobody is made", func(t *testing.T) {
		_, made, err := w.FirstAdmin(w.ctx)
		w.ok(err)
		if made {
			t.Fatal("made again")
		}
	})
}
