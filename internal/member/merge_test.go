package member_test

import (
	"context"
	"errors"
	"slices"
	"sync/atomic"
	"testing"

	"firebrand/internal/fault"
	"firebrand/internal/member"
)

// moved is a hand that moves points and keeps whose.
type moved struct {
	whose []string
	fails bool
}

func (m *moved) move(_ context.Context, merge member.Merge) error {
	m.whose = append(m.whose, merge.From+">"+merge.Into)
	if m.fails {
		return errFailing
	}
	return nil
}

// two are two accounts of one person, the first one with a phone alone, the second one with an e-mail alone.
func (w *world) two() (from, into member.Member) {
	w.Helper()
	from = w.enter(member.Member{Role: member.RoleMember, Company: w.sun.ID, Name: "Olena Koval", Phone: "+380501112233"})
	into, err := w.Create(w.ctx, w.admin, member.Member{Role: member.RoleMember, Company: w.sun.ID, Name: "Olena Koval", Email: "olena@example.com"})
	w.ok(err)
	return from, into
}

// comesIn gives somebody the password good.
func (w *world) comesIn(m member.Member) (token string) {
	w.Helper()
	link, _, err := w.Invite(w.ctx, w.admin, m.ID)
	w.ok(err)
	_, token, err = w.Accept(w.ctx, link, member.Acceptance{Password: good}, phone)
	w.ok(err)
	return token
}

func TestMerge(t *testing.T) {
	t.Run("one account ends and points at the other, which gets the phone it lacked", func(t *testing.T) {
		w := newWorld(t)
		from, into := w.two()
		session := w.comesIn(from)
		w.comesIn(into)
		m, err := w.MergeMembers(w.ctx, w.admin, from.ID, into.ID, "two phones, one person", "one")
		w.ok(err)
		if !m.Open || m.By != w.admin.ID || !m.At.Equal(w.now) || m.Phone != "+380501112233" || m.Email != "" {
			t.Errorf("got %+v", m)
		}
		was, err := w.ByID(w.ctx, from.ID)
		w.ok(err)
		if was.Active() || was.MergedInto != into.ID || was.Phone != "" {
			t.Errorf("got %+v", was)
		}
		is, err := w.ByID(w.ctx, into.ID)
		w.ok(err)
		if !is.Active() || is.Phone != "+380501112233" || is.Email != "olena@example.com" {
			t.Errorf("got %+v", is)
		}
		_, _, err = w.Session(w.ctx, session)
		w.fails(err, fault.SignedOut, "member.signed_out")
		signed, _, err := w.SignIn(w.ctx, "050 111 22 33", good, phone)
		w.ok(err)
		if signed.ID != into.ID {
			t.Errorf("signed in as %s", signed.ID)
		}
	})
	t.Run("a login that stays behind says at signing in what happened, and no account comes back", func(t *testing.T) {
		w := newWorld(t)
		from, into := w.two()
		w.comesIn(from)
		own := w.enter(member.Member{Role: member.RoleMember, Company: w.sun.ID, Phone: "+380509998877"})
		_ = into
		_, err := w.MergeMembers(w.ctx, w.admin, from.ID, own.ID, "one person", "one")
		w.ok(err)
		_, _, err = w.SignIn(w.ctx, from.Phone, good, phone)
		w.fails(err, fault.Forbidden, "member.merged")
		w.fails(w.Restore(w.ctx, w.admin, from.ID), fault.Conflict, "member.merged_cannot")
		_, _, err = w.Invite(w.ctx, w.admin, from.ID)
		w.fails(err, fault.Conflict, "member.dismissed_cannot")
	})
	t.Run("the same key acts once, and nobody is merged twice or in a circle", func(t *testing.T) {
		w := newWorld(t)
		from, into := w.two()
		third := w.enter(member.Member{Role: member.RoleMember, Company: w.sun.ID})
		first, err := w.MergeMembers(w.ctx, w.admin, from.ID, into.ID, "one person", "one")
		w.ok(err)
		w.now = w.now.Add(1000)
		again, err := w.MergeMembers(w.ctx, w.admin, from.ID, into.ID, "one person", "one")
		w.ok(err)
		if first != again {
			t.Errorf("first %+v, again %+v", first, again)
		}
		_, err = w.MergeMembers(w.ctx, w.admin, from.ID, third.ID, "one person", "two")
		w.fails(err, fault.Conflict, "member.merged_already")
		_, err = w.MergeMembers(w.ctx, w.admin, into.ID, from.ID, "one person", "three")
		w.fails(err, fault.Conflict, "member.merge_ended")
	})
	t.Run("what cannot be merged is refused with the reason", func(t *testing.T) {
		w := newWorld(t)
		from, into := w.two()
		desk := w.enter(member.Member{Role: member.RoleDesk})
		gone := w.enter(member.Member{Role: member.RoleMember, Company: w.sun.ID})
		w.ok(w.Dismiss(w.ctx, w.admin, gone.ID))
		for _, c := range []struct {
			from, into, reason string
			kind               fault.Kind
			key                string
		}{
			{from.ID, into.ID, "  ", fault.Invalid, "member.merge_reason"}, {from.ID, from.ID, "x", fault.Invalid, "member.merge_same"},
			{from.ID, desk.ID, "x", fault.Conflict, "member.merge_role"}, {desk.ID, into.ID, "x", fault.Conflict, "member.merge_role"},
			{from.ID, gone.ID, "x", fault.Conflict, "member.merge_ended"}, {"nobody", into.ID, "x", fault.NotFound, "member.unknown"},
			{from.ID, "nobody", "x", fault.NotFound, "member.unknown"}, {from.ID, w.admin.ID, "x", fault.Forbidden, "member.not_allowed"},
		} {
			_, err := w.MergeMembers(w.ctx, w.admin, c.from, c.into, c.reason, "k")
			w.fails(err, c.kind, c.key)
		}
		for _, role := range []member.Role{member.RoleMarketer, member.RolePrincipal, member.RoleMember} {
			_, err := w.MergeMembers(w.ctx, member.Member{ID: "x", Role: role, Company: w.sun.ID}, from.ID, into.ID, "x", "k")
			w.fails(err, fault.Forbidden, "member.not_allowed")
		}
	})
	t.Run("somebody who was dismissed before can be merged, and chains lead to their end", func(t *testing.T) {
		w := newWorld(t)
		a, b := w.two()
		c := w.enter(member.Member{Role: member.RolePrincipal, Company: w.sun.ID})
		w.ok(w.Dismiss(w.ctx, w.admin, a.ID))
		dismissed, err := w.ByID(w.ctx, a.ID)
		w.ok(err)
		_, err = w.MergeMembers(w.ctx, w.admin, a.ID, b.ID, "x", "1")
		w.ok(err)
		_, err = w.MergeMembers(w.ctx, w.admin, b.ID, c.ID, "x", "2")
		w.ok(err)
		after, err := w.ByID(w.ctx, a.ID)
		w.ok(err)
		if !after.Dismissed.Equal(dismissed.Dismissed) {
			t.Error("the day of the dismissal changed")
		}
		buyer, err := w.Buyer(w.ctx, member.BuyerRef{Member: a.ID})
		w.ok(err)
		if !buyer.Known || buyer.Member.ID != c.ID {
			t.Errorf("bought by %+v", buyer)
		}
		_, err = w.Share(w.ctx, c, w.sun.ID, []member.Share{{Member: c.ID, Percent: 100}}, "s")
		w.ok(err)
	})
	t.Run("a share goes to the account that is left", func(t *testing.T) {
		s := newShop(t)
		_, err := s.Share(s.ctx, s.boss, s.sun.ID, s.pair(60, 40), "one")
		s.ok(err)
		_, err = s.MergeMembers(s.ctx, s.admin, s.petro.ID, s.olena.ID, "one person", "m")
		s.ok(err)
		s.goesTo(member.Share{Member: s.olena.ID, Percent: 100})
	})
}

func TestMergeCrashes(t *testing.T) {
	t.Run("points that did not move are moved by the sweep, until they are", func(t *testing.T) {
		w := newWorld(t)
		from, into := w.two()
		_, err := w.MergeMembers(w.ctx, w.admin, from.ID, into.ID, "x", "1")
		w.ok(err)
		hand := &moved{fails: true}
		if err := w.FinishMerges(w.ctx, hand.move); !errors.Is(err, errFailing) {
			t.Fatalf("got %v", err)
		}
		hand.fails = false
		for range 3 {
			w.ok(w.FinishMerges(w.ctx, hand.move))
		}
		w.ok(w.FinishMerge(w.ctx, from.ID, hand.move))
		want := from.ID + ">" + into.ID
		if !slices.Equal(hand.whose, []string{want, want}) {
			t.Errorf("moved %v", hand.whose)
		}
	})
	t.Run("a merge that was decided and not marked is marked by whoever comes next", func(t *testing.T) {
		w, writes := talliedWorld(t, "members")
		from, into := w.two()
		third := w.enter(member.Member{Role: member.RoleMember, Company: w.sun.ID})
		writes.failing.Store(true)
		if _, err := w.MergeMembers(w.ctx, w.admin, from.ID, into.ID, "x", "1"); !errors.Is(err, errFailing) {
			t.Fatalf("got %v", err)
		}
		writes.failing.Store(false)
		_, err := w.MergeMembers(w.ctx, w.admin, into.ID, third.ID, "x", "2")
		w.ok(err)
		hand := &moved{}
		w.ok(w.FinishMerges(w.ctx, hand.move))
		slices.Sort(hand.whose)
		want := []string{from.ID + ">" + into.ID, into.ID + ">" + third.ID}
		slices.Sort(want)
		if !slices.Equal(hand.whose, want) {
			t.Errorf("moved %v, want %v", hand.whose, want)
		}
		is, err := w.ByID(w.ctx, into.ID)
		w.ok(err)
		if is.MergedInto != third.ID {
			t.Errorf("got %+v", is)
		}
	})
	t.Run("two that would merge each other, at once, end in one merge", func(t *testing.T) {
		w := newWorld(t)
		for range 20 {
			a := w.enter(member.Member{Role: member.RoleMember, Company: w.sun.ID})
			b := w.enter(member.Member{Role: member.RoleMember, Company: w.sun.ID})
			var done atomic.Int64
			together(4, func(i int) {
				from, into := a, b
				if i%2 == 1 {
					from, into = b, a
				}
				_, err := w.MergeMembers(w.ctx, w.admin, from.ID, into.ID, "x", from.ID)
				switch f := fault.As(err); {
				case err == nil:
					done.Add(1)
				case f == nil || f.Kind != fault.Conflict:
					t.Error(err)
				}
			})
			one, err := w.ByID(w.ctx, a.ID)
			w.ok(err)
			other, err := w.ByID(w.ctx, b.ID)
			w.ok(err)
			if one.Active() == other.Active() || (one.MergedInto == "") == (other.MergedInto == "") {
				t.Fatalf("after %d: %+v and %+v", done.Load(), one, other)
			}
		}
	})
}
