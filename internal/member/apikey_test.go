package member_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"firebrand/internal/fault"
	"firebrand/internal/member"
	"firebrand/internal/store"
)

// tallied counts the replaces of one collection, tried and done.
type tallied struct {
	store.Engine
	collection  string
	tried, done *atomic.Int64
	// failing makes a replace fail before it is tried.
	failing *atomic.Bool
}

var errFailing = errors.New("it fails as it was told to")

func (e tallied) Open(ctx context.Context, spec store.Spec) (store.Table, error) {
	table, err := e.Engine.Open(ctx, spec)
	if spec.Name != e.collection {
		return table, err
	}
	return talliedTable{table, e}, err
}

type talliedTable struct {
	store.Table
	of tallied
}

func (t talliedTable) Replace(ctx context.Context, id string, doc any, version int64) error {
	t.of.tried.Add(1)
	if t.of.failing.Load() {
		return errFailing
	}
	err := t.Table.Replace(ctx, id, doc, version)
	if err == nil {
		t.of.done.Add(1)
	}
	return err
}

// talliedWorld is a world that counts the replaces of a collection.
func talliedWorld(t *testing.T, collection string) (*world, tallied) {
	tally := tallied{collection: collection, tried: new(atomic.Int64), done: new(atomic.Int64), failing: new(atomic.Bool)}
	w := newWorldOn(t, func(e store.Engine) store.Engine {
		tally.Engine = e
		return tally
	})
	return w, tally
}

// together runs do n times at once and waits for all.
func together(n int, do func(i int)) {
	var running sync.WaitGroup
	for i := range n {
		running.Go(func() { do(i) })
	}
	running.Wait()
}

func (w *world) key(scopes ...string) (member.APIKey, string) {
	w.Helper()
	k, token, err := w.MakeAPIKey(w.ctx, w.admin, member.APIKey{Name: "ERP", Scopes: scopes})
	w.ok(err)
	return k, token
}

func TestAPIKeys(t *testing.T) {
	t.Run("only an administrator makes, sees and revokes keys", func(t *testing.T) {
		w := newWorld(t)
		k, _ := w.key(member.ScopeOrdersWrite)
		for _, role := range []member.Role{member.RoleMarketer, member.RoleDesk, member.RolePrincipal, member.RoleMember} {
			actor := member.Member{ID: "x", Role: role, Company: w.sun.ID}
			_, _, err := w.MakeAPIKey(w.ctx, actor, member.APIKey{Name: "Mine", Scopes: member.Scopes})
			w.fails(err, fault.Forbidden, "member.not_allowed")
			_, err = w.RevokeAPIKey(w.ctx, actor, k.ID)
			w.fails(err, fault.Forbidden, "member.not_allowed")
			_, err = w.APIKeys(w.ctx, actor)
			w.fails(err, fault.Forbidden, "member.not_allowed")
			_, err = w.APIKeyByID(w.ctx, actor, k.ID)
			w.fails(err, fault.Forbidden, "member.not_allowed")
		}
	})
	t.Run("a key opens its scopes and nothing else", func(t *testing.T) {
		w := newWorld(t)
		made, token := w.key(member.ScopeReportsRead, member.ScopeOrdersWrite, member.ScopeOrdersWrite)
		k, err := w.UseAPIKey(w.ctx, token)
		w.ok(err)
		if k.ID != made.ID || k.Actor() != "key:"+made.ID || !slices.Equal(k.Scopes, []string{"orders:write", "reports:read"}) {
			t.Errorf("got %+v", k)
		}
		if !k.Allows(member.ScopeOrdersWrite) || k.Allows(member.ScopeOrdersRead) {
			t.Errorf("its scopes allow something else: %v", k.Scopes)
		}
	})
	t.Run("a key needs a name and scopes that exist, and is made once an ID", func(t *testing.T) {
		w := newWorld(t)
		for key, bad := range map[string]member.APIKey{
			"member.key_name_needed":   {Name: " \u200b ", Scopes: member.Scopes},
			"member.key_scope_needed":  {Name: "ERP"},
			"member.key_scope_unknown": {Name: "ERP", Scopes: []string{"orders:write", "everything"}},
			"member.text_long":         {Name: strings.Repeat("x", 200), Scopes: member.Scopes},
		} {
			_, _, err := w.MakeAPIKey(w.ctx, w.admin, bad)
			w.fails(err, fault.Invalid, key)
		}
		_, _, err := w.MakeAPIKey(w.ctx, w.admin, member.APIKey{ID: "form", Name: "ERP", Scopes: member.Scopes})
		w.ok(err)
		_, _, err = w.MakeAPIKey(w.ctx, w.admin, member.APIKey{ID: "form", Name: "ERP", Scopes: member.Scopes})
		w.fails(err, fault.Conflict, "member.key_exists")
	})
	t.Run("what was given in is not believed", func(t *testing.T) {
		w := newWorld(t)
		past := time.Unix(0, 0)
		k, token, err := w.MakeAPIKey(w.ctx, w.admin, member.APIKey{Name: "ERP", Scopes: member.Scopes, By: "me", LastUsed: past, Revoked: past})
		w.ok(err)
		if !k.Active() || k.By != w.admin.ID || !k.LastUsed.IsZero() || !k.Created.Equal(w.now) {
			t.Errorf("got %+v", k)
		}
		_, err = w.UseAPIKey(w.ctx, token)
		w.ok(err)
	})
	t.Run("a token that is none is told from no other, and costs no look-up where it cannot be one", func(t *testing.T) {
		w := newWorld(t)
		_, token := w.key(member.ScopeOrdersRead)
		for _, bad := range []string{"", "fbk_", token[:len(token)-1], token + "x", strings.ToUpper(token), "fbk_" + strings.Repeat("A", 43), strings.Repeat("\xff", 47)} {
			_, err := w.UseAPIKey(w.ctx, bad)
			w.fails(err, fault.SignedOut, "member.key_unknown")
		}
	})
	t.Run("a revoked key is refused at once, though it was remembered", func(t *testing.T) {
		w := newWorld(t)
		k, token := w.key(member.ScopeOrdersWrite)
		_, err := w.UseAPIKey(w.ctx, token)
		w.ok(err)
		gone, err := w.RevokeAPIKey(w.ctx, w.admin, k.ID)
		w.ok(err)
		if gone.RevokedBy != w.admin.ID || !gone.Revoked.Equal(w.now) {
			t.Errorf("got %+v", gone)
		}
		_, err = w.UseAPIKey(w.ctx, token)
		w.fails(err, fault.SignedOut, "member.key_revoked")
		_, err = w.RevokeAPIKey(w.ctx, w.admin, "nothing")
		w.fails(err, fault.NotFound, "member.key_gone")
	})
	t.Run("keys are listed, the newest first, with their last use", func(t *testing.T) {
		w := newWorld(t)
		old, token := w.key(member.ScopeOrdersWrite)
		w.now = w.now.Add(time.Hour)
		young, _ := w.key(member.ScopeOrdersRead)
		_, err := w.UseAPIKey(w.ctx, token)
		w.ok(err)
		keys, err := w.APIKeys(w.ctx, w.admin)
		w.ok(err)
		if len(keys) != 2 || keys[0].ID != young.ID || keys[1].ID != old.ID || !keys[1].LastUsed.Equal(w.now) || !keys[0].LastUsed.IsZero() {
			t.Errorf("got %+v", keys)
		}
	})
}

func TestAPIKeyRaces(t *testing.T) {
	t.Run("a key that is used 64 times at once writes its last use once", func(t *testing.T) {
		w, writes := talliedWorld(t, "api_keys")
		_, token := w.key(member.ScopeOrdersWrite)
		use := func() {
			together(64, func(int) {
				if _, err := w.UseAPIKey(w.ctx, token); err != nil {
					t.Error(err)
				}
			})
		}
		use()
		if n := writes.done.Load(); n != 1 {
			t.Errorf("written %d times", n)
		}
		w.now = w.now.Add(59 * time.Second)
		use()
		if n := writes.done.Load(); n != 1 {
			t.Errorf("within a minute written %d times", n)
		}
		w.now = w.now.Add(10 * time.Second)
		use()
		if n := writes.done.Load(); n != 2 {
			t.Errorf("a minute later written %d times", n)
		}
	})
	t.Run("a last use that cannot be written refuses nobody", func(t *testing.T) {
		w, writes := talliedWorld(t, "api_keys")
		_, token := w.key(member.ScopeOrdersWrite)
		writes.failing.Store(true)
		_, err := w.UseAPIKey(w.ctx, token)
		w.ok(err)
	})
	t.Run("of two administrators who revoke at once one stands on record", func(t *testing.T) {
		w, writes := talliedWorld(t, "api_keys")
		for range 20 {
			k, _ := w.key(member.ScopeOrdersWrite)
			var by [2]member.APIKey
			together(2, func(i int) {
				var err error
				actor := member.Member{ID: []string{"ada", "bea"}[i], Role: member.RoleAdmin}
				if by[i], err = w.RevokeAPIKey(w.ctx, actor, k.ID); err != nil {
					t.Error(err)
				}
			})
			stored, err := w.APIKeyByID(w.ctx, w.admin, k.ID)
			w.ok(err)
			if stored.RevokedBy == "" || by[0].RevokedBy != stored.RevokedBy || by[1].RevokedBy != stored.RevokedBy {
				t.Fatalf("one says %s, the other %s, stored is %s", by[0].RevokedBy, by[1].RevokedBy, stored.RevokedBy)
			}
		}
		if writes.done.Load() == 0 {
			t.Error("nothing was written")
		}
	})
	t.Run("a key that is used while it is revoked stays revoked", func(t *testing.T) {
		w := newWorld(t)
		for range 20 {
			k, token := w.key(member.ScopeOrdersWrite)
			together(8, func(i int) {
				if i == 4 {
					if _, err := w.RevokeAPIKey(w.ctx, w.admin, k.ID); err != nil {
						t.Error(err)
					}
					return
				}
				_, _ = w.UseAPIKey(w.ctx, token)
			})
			_, err := w.UseAPIKey(w.ctx, token)
			w.fails(err, fault.SignedOut, "member.key_revoked")
		}
	})
}

func BenchmarkUseAPIKey(b *testing.B) {
	s := benchmarkService(b)
	_, token, err := s.MakeAPIKey(b.Context(), member.Member{ID: "ada", Role: member.RoleAdmin}, member.APIKey{Name: "ERP", Scopes: member.Scopes})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := s.UseAPIKey(b.Context(), token); err != nil {
			b.Fatal(err)
		}
	}
}
