package member_test

import (
	"sync/atomic"
	"testing"
	"time"

	"firebrand/internal/fault"
	"firebrand/internal/member"
	"firebrand/internal/store"
	"firebrand/internal/testenv"
)

// TestOtherProcesses lets two processes over one store tell each other, with the clock standing still, so that nothing
// that is remembered grows old.
func TestOtherProcesses(t *testing.T) {
	url := testenv.RedisURL(t)
	var engine store.Engine
	w := newWorldOn(t, func(e store.Engine) store.Engine { engine = e; return e })
	other, err := member.Open(w.ctx, engine, func() time.Time { return w.now })
	w.ok(err)
	other.Journal = w.Journal
	var changed, elsewhere atomic.Value
	connect := func(s *member.Service, hear func(string)) {
		redis, err := store.OpenRedis(w.ctx, url)
		w.ok(err)
		n := store.OpenNotices(redis, nil)
		t.Cleanup(func() { _ = n.Close(); _ = redis.Close() })
		s.Connect(n, hear)
	}
	connect(w.Service, nil)
	connect(other, func(id string) { elsewhere.Store(id) })
	other.Changed = func(id string) { changed.Store(id) }
	boss := w.enter(member.Member{Role: member.RolePrincipal, Name: "Bohdan", Company: w.sun.ID})
	testenv.Eventually(t, "the processes hear each other", func() bool {
		_, err := w.SetDisplay(w.ctx, boss.ID, member.ModeFull)
		w.ok(err)
		return elsewhere.Load() != nil
	})

	t.Run("a revoked key is refused by the other process at once", func(t *testing.T) {
		key, token := w.key(member.ScopeOrdersRead)
		_, err := other.UseAPIKey(w.ctx, token)
		w.ok(err)
		_, err = w.RevokeAPIKey(w.ctx, w.admin, key.ID)
		w.ok(err)
		testenv.Eventually(t, "it is refused", func() bool {
			_, err := other.UseAPIKey(w.ctx, token)
			return fault.Is(err, fault.SignedOut)
		})
	})
	t.Run("a consent and its end are known there at once", func(t *testing.T) {
		none, err := other.Sharing(w.ctx, w.sun.ID)
		if err != nil || len(none.Shares) != 0 {
			t.Fatalf("%+v, %v", none, err)
		}
		_, err = w.Share(w.ctx, boss, w.sun.ID, []member.Share{{Member: boss.ID, Percent: 100}}, "consent")
		w.ok(err)
		testenv.Eventually(t, "the consent", func() bool {
			s, err := other.Sharing(w.ctx, w.sun.ID)
			return err == nil && len(s.Shares) == 1
		})
		w.ok(w.Dismiss(w.ctx, w.admin, boss.ID))
		testenv.Eventually(t, "the dismissal", func() bool {
			s, err := other.Sharing(w.ctx, w.sun.ID)
			return err == nil && len(s.Shares) == 0
		})
	})
	t.Run("who changed is told, and not told back", func(t *testing.T) {
		if elsewhere.Load() != boss.ID || changed.Load() != nil {
			t.Errorf("elsewhere %v, here %v", elsewhere.Load(), changed.Load())
		}
	})
}
