package member

import (
	"context"
	"slices"
	"strings"
	"time"

	"firebrand/internal/fault"
	"firebrand/internal/store"
)

// What a key may be used for. A key has one of these or several, and none of a person's rights.
const (
	// ScopeOrdersWrite reports orders.
	ScopeOrdersWrite = "orders:write"
	// ScopeOrdersRead reads orders and what they brought.
	ScopeOrdersRead = "orders:read"
	// ScopeReportsRead reads the programme's figures.
	ScopeReportsRead = "reports:read"
)

// Scopes are all scopes, in the order in which people read them.
var Scopes = []string{ScopeOrdersWrite, ScopeOrdersRead, ScopeReportsRead}

const (
	// keyPrefix begins every key, so that people and searches for leaked secrets know one when they see it.
	keyPrefix = "fbk_"
	// keyLength is that of a whole key: the prefix and 32 bytes in base64.
	keyLength = len(keyPrefix) + 43
	// usedEvery is how far apart two writes of a key's last use are.
	usedEvery = time.Minute
)

// APIKey is what another system, such as an ERP, asks by in place of a person. It belongs to the programme: it outlives
// the access of the administrator who made it, until one revokes it. The token is kept nowhere, only its SHA-256.
type APIKey struct {
	// ID is no secret; "key:" and it are the actor of what is done by the key.
	ID   string `json:"id"`
	Name string `json:"name"`
	// Scopes are sorted as Scopes is.
	Scopes  []string  `json:"scopes"`
	Created time.Time `json:"created"`
	// By is the id of the administrator who made the key.
	By string `json:"by"`
	// LastUsed is right to about a minute, zero for a key that was never used.
	LastUsed time.Time `json:"last_used"`
	// Revoked is zero for a key that can be used; RevokedBy is the id of who was the first to revoke it.
	Revoked   time.Time `json:"revoked"`
	RevokedBy string    `json:"revoked_by"`
}

// Active reports whether the key can be used.
func (k APIKey) Active() bool { return k.Revoked.IsZero() }

// Allows reports whether the key may be used for a scope.
func (k APIKey) Allows(scope string) bool { return k.Active() && slices.Contains(k.Scopes, scope) }

// Actor is how the key is named in records.
func (k APIKey) Actor() string { return "key:" + k.ID }

// MakeAPIKey makes a key from the Name, the Scopes and, where given, the ID of k, and returns its token this once.
// Allowed to administrators. Faults: Invalid "member.key_name_needed", "member.key_scope_needed",
// "member.key_scope_unknown"; Conflict "member.key_exists" where the ID is taken: a form that was sent twice.
func (s *Service) MakeAPIKey(ctx context.Context, actor Member, k APIKey) (APIKey, string, error) {
	if !runsProgramme(actor) {
		return APIKey{}, "", notAllowed()
	}
	k, err := checkedKey(k)
	if err != nil {
		return APIKey{}, "", err
	}
	if k.ID == "" {
		k.ID = newID()
	}
	k.Created, k.By = s.now(), actor.ID
	token := keyPrefix + newToken()
	err = s.keys.Insert(ctx, k.ID, keyDoc{Key: k, Hash: tokenID(token)})
	if isDuplicate(err) {
		return APIKey{}, "", fault.New(fault.Conflict, "member.key_exists")
	}
	if err != nil {
		return APIKey{}, "", err
	}
	return k, token, nil
}

// checkedKey is a key as it is made: what was asked for, tidied, and nothing else.
func checkedKey(k APIKey) (APIKey, error) {
	name, err := textField(k.Name, "name")
	if err != nil {
		return APIKey{}, err
	}
	if name == "" {
		return APIKey{}, fault.New(fault.Invalid, "member.key_name_needed").On("name")
	}
	for _, scope := range k.Scopes {
		if !slices.Contains(Scopes, scope) {
			return APIKey{}, fault.New(fault.Invalid, "member.key_scope_unknown", "scope", tidy(scope)).On("scopes")
		}
	}
	scopes := slices.DeleteFunc(slices.Clone(Scopes), func(s string) bool { return !slices.Contains(k.Scopes, s) })
	if len(scopes) == 0 {
		return APIKey{}, fault.New(fault.Invalid, "member.key_scope_needed").On("scopes")
	}
	return APIKey{ID: k.ID, Name: name, Scopes: scopes}, nil
}

// RevokeAPIKey ends a key for good: in this process at once, in others as soon as they are told, or within five seconds. Allowed to administrators.
// Of two who revoke it the first stands on record, and both are told that it is done. NotFound "member.key_gone".
func (s *Service) RevokeAPIKey(ctx context.Context, actor Member, id string) (APIKey, error) {
	if !runsProgramme(actor) {
		return APIKey{}, notAllowed()
	}
	defer s.drop(tellKeys)
	e, err := s.keys.Update(ctx, id, func(d *keyDoc) error {
		if d.Key.Active() {
			d.Key.Revoked, d.Key.RevokedBy = s.now(), actor.ID
		}
		return nil
	})
	return e.Value.Key, keyGone(err)
}

// APIKeys lists all keys, the newest first, revoked ones too. Allowed to administrators.
func (s *Service) APIKeys(ctx context.Context, actor Member) ([]APIKey, error) {
	if !runsProgramme(actor) {
		return nil, notAllowed()
	}
	var keys []APIKey
	q := store.Query{Index: "created", Desc: true, Limit: page}
	for {
		entries, err := s.keys.Find(ctx, q)
		if err != nil {
			return nil, err
		}
		for _, e := range entries {
			keys = append(keys, e.Value.Key)
		}
		if len(entries) < page {
			return keys, nil
		}
		last := entries[len(entries)-1]
		q.After = &store.Position{Values: []any{last.Value.Key.Created}, ID: last.ID}
	}
}

// APIKeyByID returns one key, or NotFound "member.key_gone". Allowed to administrators.
func (s *Service) APIKeyByID(ctx context.Context, actor Member, id string) (APIKey, error) {
	if !runsProgramme(actor) {
		return APIKey{}, notAllowed()
	}
	e, err := s.keys.Get(ctx, id)
	return e.Value.Key, keyGone(err)
}

// UseAPIKey tells which key a token is, and notes its use at most once a minute. It is the one check of every request
// that bears a key. Faults: SignedOut "member.key_unknown", "member.key_revoked".
func (s *Service) UseAPIKey(ctx context.Context, token string) (APIKey, error) {
	if len(token) != keyLength || !strings.HasPrefix(token, keyPrefix) {
		return APIKey{}, keyUnknown()
	}
	hash, now := tokenID(token), s.now()
	k, found, changes := s.recentKeys.get(hash, now)
	if found {
		return k, nil
	}
	k, err := s.lookUpKey(ctx, hash, now)
	if err == nil {
		s.recentKeys.put(hash, k, now, changes)
	}
	return k, err
}

func (s *Service) lookUpKey(ctx context.Context, hash string, now time.Time) (APIKey, error) {
	entries, err := s.keys.Find(ctx, store.Query{Index: "hash", Equal: []any{hash}, Limit: 1})
	switch {
	case err != nil:
		return APIKey{}, err
	case len(entries) == 0:
		return APIKey{}, keyUnknown()
	case !entries[0].Value.Key.Active():
		return APIKey{}, fault.New(fault.SignedOut, "member.key_revoked")
	}
	e := entries[0]
	if now.Sub(e.Value.Key.LastUsed) >= usedEvery {
		e.Value.Key.LastUsed = now
		// What is lost here is a minute of "last used". Another request just wrote the same, or the key was revoked
		// meanwhile, which must not be taken back; and a store that takes no writes is told by what is written next.
		_ = s.keys.Replace(ctx, e.ID, e.Value, e.Version)
	}
	return e.Value.Key, nil
}

// runsProgramme reports whether actor is an administrator.
func runsProgramme(actor Member) bool { return actor.Active() && actor.Role == RoleAdmin }

func keyUnknown() error { return fault.New(fault.SignedOut, "member.key_unknown") }

func keyGone(err error) error {
	if fault.Is(err, fault.NotFound) {
		return fault.New(fault.NotFound, "member.key_gone")
	}
	return err
}
