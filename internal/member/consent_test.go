package member_test

import (
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"firebrand/internal/fault"
	"firebrand/internal/journal"
	"firebrand/internal/member"
)

// shop is a world whose company Sun has a principal and two staff.
type shop struct {
	*world
	boss, olena, petro member.Member
}

func newShop(t *testing.T) *shop {
	t.Helper()
	w := newWorld(t)
	return &shop{
		world: w,
		boss:  w.enter(member.Member{Role: member.RolePrincipal, Company: w.sun.ID, Name: "Ihor Bondar"}),
		olena: w.enter(member.Member{Role: member.RoleMember, Company: w.sun.ID, Name: "Olena Koval"}),
		petro: w.enter(member.Member{Role: member.RoleMember, Company: w.sun.ID, Name: "Petro Lys"}),
	}
}

// pair shares between the two staff.
func (s *shop) pair(olena, petro int) []member.Share {
	return []member.Share{{Member: s.olena.ID, Percent: olena}, {Member: s.petro.ID, Percent: petro}}
}

// goesTo checks whom the points of Sun's purchases go to now.
func (s *shop) goesTo(want ...member.Share) {
	s.Helper()
	sharing, err := s.Sharing(s.ctx, s.sun.ID)
	s.ok(err)
	if !slices.Equal(sharing.Shares, want) {
		s.Fatalf("it goes to %+v, want %+v", sharing.Shares, want)
	}
}

func TestSharing(t *testing.T) {
	t.Run("without a consent everything is the company's", func(t *testing.T) {
		s := newShop(t)
		s.goesTo()
		history, err := s.Sharings(s.ctx, s.boss, s.sun.ID, 10)
		s.ok(err)
		if len(history) != 0 {
			t.Errorf("got %+v", history)
		}
	})
	t.Run("a principal gives, changes and withdraws it, and all of it stays on record", func(t *testing.T) {
		s := newShop(t)
		first, err := s.Share(s.ctx, s.boss, s.sun.ID, s.pair(60, 40), "one")
		s.ok(err)
		s.goesTo(s.pair(60, 40)...)
		if first.By != s.boss.ID || !first.At.Equal(s.now) || first.Version != 1 {
			t.Errorf("got %+v", first)
		}
		s.now = s.now.Add(time.Hour)
		mixed := append(s.pair(30, 20), member.Share{Member: s.sun.ID, Percent: 50})
		_, err = s.Share(s.ctx, s.boss, s.sun.ID, mixed, "two")
		s.ok(err)
		s.goesTo(mixed...)
		_, err = s.Share(s.ctx, s.boss, s.sun.ID, nil, "three")
		s.ok(err)
		s.goesTo()
		history, err := s.Sharings(s.ctx, s.admin, s.sun.ID, 10)
		s.ok(err)
		if len(history) != 3 || len(history[0].Given) != 0 || len(history[1].Given) != 3 || !slices.Equal(history[2].Given, s.pair(60, 40)) {
			t.Errorf("got %+v", history)
		}
	})
	t.Run("the same key acts once, another request under it not at all", func(t *testing.T) {
		s := newShop(t)
		for range 3 {
			sharing, err := s.Share(s.ctx, s.boss, s.sun.ID, s.pair(50, 50), "one")
			s.ok(err)
			if sharing.Version != 1 {
				t.Errorf("version %d", sharing.Version)
			}
		}
		_, err := s.Share(s.ctx, s.boss, s.sun.ID, s.pair(51, 49), "one")
		s.fails(err, fault.KeyReused, "journal.key_reused")
	})
	t.Run("only the company's own principal consents, and others do not look", func(t *testing.T) {
		s := newShop(t)
		rival := s.enter(member.Member{Role: member.RolePrincipal, Company: s.moon.ID})
		former := s.boss
		former.Dismissed = s.now
		for i, actor := range []member.Member{s.admin, s.olena, rival, former, {}} {
			_, err := s.Share(s.ctx, actor, s.sun.ID, s.pair(50, 50), fmt.Sprint(i))
			s.fails(err, fault.Forbidden, "member.not_allowed")
		}
		for _, actor := range []member.Member{s.olena, rival, former, {}} {
			_, err := s.Sharings(s.ctx, actor, s.sun.ID, 10)
			s.fails(err, fault.Forbidden, "member.not_allowed")
		}
		_, err := s.Share(s.ctx, member.Member{Role: member.RolePrincipal}, "", nil, "x")
		s.fails(err, fault.Forbidden, "member.not_allowed")
	})
	t.Run("shares are whole, of different people, and of the company's own", func(t *testing.T) {
		s := newShop(t)
		stranger := s.enter(member.Member{Role: member.RoleMember, Company: s.moon.ID})
		gone := s.enter(member.Member{Role: member.RoleMember, Company: s.sun.ID})
		s.ok(s.Dismiss(s.ctx, s.admin, gone.ID))
		for _, bad := range []struct {
			key    string
			shares []member.Share
		}{
			{"member.share_total", s.pair(60, 41)}, {"member.share_total", s.pair(60, 39)},
			{"member.share_percent", s.pair(100, 0)}, {"member.share_percent", s.pair(-1, 101)}, {"member.share_percent", s.pair(1<<62, 1<<62)},
			{"member.share_twice", []member.Share{{s.olena.ID, 50}, {s.olena.ID, 50}}}, {"member.share_twice", []member.Share{{"", 100}}},
			{"member.share_person", []member.Share{{stranger.ID, 100}}}, {"member.share_person", []member.Share{{gone.ID, 100}}},
			{"member.share_person", []member.Share{{s.moon.ID, 100}}}, {"member.share_person", []member.Share{{"nobody", 100}}},
			{"member.share_person", []member.Share{{s.admin.ID, 100}}},
		} {
			_, err := s.Share(s.ctx, s.boss, s.sun.ID, bad.shares, "x")
			s.fails(err, fault.Invalid, bad.key)
		}
		s.goesTo()
	})
	t.Run("all of it for the company is no consent", func(t *testing.T) {
		s := newShop(t)
		_, err := s.Share(s.ctx, s.boss, s.sun.ID, []member.Share{{Member: s.sun.ID, Percent: 100}}, "one")
		s.ok(err)
		s.goesTo()
	})
	t.Run("what was meant for somebody who has gone is the company's, until they are back", func(t *testing.T) {
		s := newShop(t)
		_, err := s.Share(s.ctx, s.boss, s.sun.ID, s.pair(60, 40), "one")
		s.ok(err)
		s.goesTo(s.pair(60, 40)...)
		s.ok(s.Dismiss(s.ctx, s.boss, s.olena.ID))
		s.goesTo(member.Share{Member: s.sun.ID, Percent: 60}, member.Share{Member: s.petro.ID, Percent: 40})
		moved := s.petro
		moved.Company = s.moon.ID
		_, err = s.Update(s.ctx, s.admin, moved)
		s.ok(err)
		s.goesTo()
		s.ok(s.Restore(s.ctx, s.boss, s.olena.ID))
		s.goesTo(member.Share{Member: s.olena.ID, Percent: 60}, member.Share{Member: s.sun.ID, Percent: 40})
		sharing, err := s.Sharing(s.ctx, s.sun.ID)
		s.ok(err)
		if !slices.Equal(sharing.Given, s.pair(60, 40)) {
			t.Errorf("given was %+v", sharing.Given)
		}
	})
	t.Run("of two principals who decide at once on what they saw, one is told to look again", func(t *testing.T) {
		s := newShop(t)
		other := s.enter(member.Member{Role: member.RolePrincipal, Company: s.sun.ID})
		for round := range 20 {
			before, err := s.Sharing(s.ctx, s.sun.ID)
			s.ok(err)
			var done, told atomic.Int64
			together(2, func(i int) {
				actor, shares := s.boss, s.pair(10+round, 90-round)
				if i == 1 {
					actor, shares = other, s.pair(90-round, 10+round)
				}
				_, err := s.ShareAfter(s.ctx, actor, s.sun.ID, before.Version, shares, fmt.Sprint(round, "/", i))
				switch f := fault.As(err); {
				case err == nil:
					done.Add(1)
				case f != nil && f.Key == "member.sharing_changed":
					told.Add(1)
				default:
					t.Error(err)
				}
			})
			if done.Load() != 1 || told.Load() != 1 {
				t.Fatalf("%d decided, %d were told", done.Load(), told.Load())
			}
		}
	})
	t.Run("64 consents at once are 64 records, and the last of them holds", func(t *testing.T) {
		s := newShop(t)
		together(64, func(i int) {
			if _, err := s.Share(s.ctx, s.boss, s.sun.ID, s.pair(1+i, 99-i), fmt.Sprint(i)); err != nil {
				t.Error(err)
			}
			if sharing, err := s.Sharing(s.ctx, s.sun.ID); err != nil || len(sharing.Shares) != 2 {
				t.Errorf("%+v, %v", sharing, err)
			}
		})
		history, err := s.Sharings(s.ctx, s.boss, s.sun.ID, 100)
		s.ok(err)
		if len(history) != 64 {
			t.Fatalf("%d records", len(history))
		}
		s.goesTo(history[0].Given...)
		streams, records, err := s.Journal.Verify(s.ctx, member.ConsentFamily, member.CheckConsent)
		if err != nil || streams != 1 || records != 64 {
			t.Errorf("%d streams, %d records, %v", streams, records, err)
		}
	})
	t.Run("without a journal nobody can consent", func(t *testing.T) {
		s := newShop(t)
		s.Journal = nil
		s.goesTo()
		if _, err := s.Share(s.ctx, s.boss, s.sun.ID, nil, "x"); err == nil {
			t.Error("a consent that is kept nowhere was taken")
		}
	})
}

func TestCheckConsent(t *testing.T) {
	for name, rec := range map[string]journal.Record{
		"shares that are not the whole":       {Kind: "shared", Actor: "boss", Body: []byte(`{"shares":[{"member":"a","percent":99}]}`)},
		"a withdrawal that gives":             {Kind: "withdrawn", Actor: "boss", Body: []byte(`{"shares":[{"member":"a","percent":100}]}`)},
		"a consent to nothing":                {Kind: "shared", Actor: "boss", Body: []byte(`{"shares":null}`)},
		"a consent of nobody":                 {Kind: "withdrawn", Body: []byte(`{}`)},
		"a kind that is none of ours":         {Kind: "taken", Actor: "boss", Body: []byte(`{"shares":[{"member":"a","percent":100}]}`)},
		"a body that cannot be read":          {Kind: "shared", Actor: "boss", Body: []byte(`{`)},
		"somebody who is there twice":         {Kind: "shared", Actor: "boss", Body: []byte(`{"shares":[{"member":"a","percent":50},{"member":"a","percent":50}]}`)},
		"a share of nobody":                   {Kind: "shared", Actor: "boss", Body: []byte(`{"shares":[{"percent":100}]}`)},
		"a share that takes from the others'": {Kind: "shared", Actor: "boss", Body: []byte(`{"shares":[{"member":"a","percent":150},{"member":"b","percent":-50}]}`)},
	} {
		t.Run("the audit finds "+name, func(t *testing.T) {
			rec.Stream, rec.Seq = "consent/sun", 1
			if err := member.CheckConsent(rec.Stream, []journal.Record{rec}); err == nil {
				t.Error("it is taken for whole")
			}
		})
	}
}
