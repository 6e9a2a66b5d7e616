package member_test

import (
	"testing"
	"time"

	"firebrand/internal/fault"
	"firebrand/internal/member"
)

func TestSession(t *testing.T) {
	w := newWorld(t)
	owner := w.enter(member.Member{Role: member.RolePrincipal, Company: w.sun.ID})
	stranger := w.enter(member.Member{Role: member.RolePrincipal, Company: w.moon.ID})
	m, first := w.comes(w.staff(w.sun))
	t.Run("devices are named as people know them, the last used first", func(t *testing.T) {
		w.now = w.now.Add(time.Minute)
		_, _, err := w.SignIn(w.ctx, m.Phone, good, laptop)
		w.ok(err)
		devices, err := w.Devices(w.ctx, m.ID)
		w.ok(err)
		if len(devices) != 2 || devices[0].Device != "Firefox, Windows" || devices[1].Device != "Chrome, Android" {
			t.Fatalf("%+v", devices)
		}
	})
	t.Run("last seen is written at most once in ten minutes", func(t *testing.T) {
		start := w.now.Add(-time.Minute)
		w.now = start.Add(9 * time.Minute)
		_, s, err := w.Session(w.ctx, first)
		w.ok(err)
		if !s.Seen.Equal(start) {
			t.Fatal("written early")
		}
		w.now = start.Add(10 * time.Minute)
		_, s, err = w.Session(w.ctx, first)
		w.ok(err)
		people, err := w.People(w.ctx, owner, w.sun.ID)
		w.ok(err)
		for _, p := range people {
			if p.ID == m.ID && (!p.Seen.Equal(w.now) || !s.Seen.Equal(w.now) || p.Standing != member.StandingActive) {
				t.Fatalf("%+v %+v", p, s)
			}
		}
	})
	t.Run("a device is signed out by the person or who answers for them, by nobody else", func(t *testing.T) {
		devices, err := w.Devices(w.ctx, m.ID)
		w.ok(err)
		colleague := w.staff(w.sun)
		for _, actor := range []member.Member{stranger, colleague} {
			w.fails(w.SignOutDevice(w.ctx, actor, m.ID, devices[0].ID), fault.Forbidden, "member.not_allowed")
		}
		w.fails(w.SignOutDevice(w.ctx, colleague, colleague.ID, devices[0].ID), fault.NotFound, "member.device_gone")
		w.ok(w.SignOutDevice(w.ctx, owner, m.ID, devices[0].ID))
		_, _, err = w.Session(w.ctx, first)
		w.fails(err, fault.SignedOut, "member.signed_out")
		w.ok(w.SignOutDevice(w.ctx, m, m.ID, devices[1].ID))
		w.fails(w.SignOutDevice(w.ctx, m, m.ID, devices[1].ID), fault.NotFound, "member.device_gone")
	})
	t.Run("ninety days slide on with use and end without it", func(t *testing.T) {
		_, token, err := w.SignIn(w.ctx, m.Phone, good, phone)
		w.ok(err)
		for range 3 {
			w.now = w.now.Add(90*24*time.Hour - time.Second)
			_, _, err = w.Session(w.ctx, token)
			w.ok(err)
		}
		w.now = w.now.Add(90 * 24 * time.Hour)
		_, _, err = w.Session(w.ctx, token)
		w.fails(err, fault.SignedOut, "member.signed_out")
	})
	t.Run("signing out twice is well", func(t *testing.T) {
		_, token, err := w.SignIn(w.ctx, m.Phone, good, phone)
		w.ok(err)
		w.ok(w.SignOut(w.ctx, token))
		w.ok(w.SignOut(w.ctx, token))
		_, _, err = w.Session(w.ctx, token)
		w.fails(err, fault.SignedOut, "member.signed_out")
	})
	t.Run("a token that was never given out is nobody's", func(t *testing.T) {
		_, _, err := w.Session(w.ctx, "")
		w.fails(err, fault.SignedOut, "member.signed_out")
	})
	t.Run("a change of role holds from the next request on", func(t *testing.T) {
		_, token, err := w.SignIn(w.ctx, m.Phone, good, phone)
		w.ok(err)
		up := m
		up.Role = member.RolePrincipal
		_, err = w.Update(w.ctx, w.admin, up)
		w.ok(err)
		now, _, err := w.Session(w.ctx, token)
		w.ok(err)
		if now.Role != member.RolePrincipal {
			t.Fatal(now.Role)
		}
	})
	t.Run("sweeping removes what has ended and nothing else", func(t *testing.T) {
		_, token, err := w.SignIn(w.ctx, m.Phone, good, phone)
		w.ok(err)
		_, err = w.Sweep(w.ctx)
		w.ok(err)
		_, _, err = w.Session(w.ctx, token)
		w.ok(err)
		n, err := w.Sweep(w.ctx)
		w.ok(err)
		if n != 0 {
			t.Fatalf("removed %d more", n)
		}
	})
}
