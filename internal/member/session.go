package member

import (
	"context"
	"time"

	"firebrand/internal/fault"
	"firebrand/internal/store"
)

const (
	// SessionLife is how long a device stays signed in without being used.
	SessionLife = 90 * 24 * time.Hour
	// seenEvery is how far apart two writes of "last seen" are.
	seenEvery = 10 * time.Minute
	// invitationMemory is how long it is kept who invited whom.
	invitationMemory = 365 * 24 * time.Hour
)

// openSession signs a device in under the account's epoch and returns the token, which is kept nowhere.
func (s *Service) openSession(ctx context.Context, a account, from Device) (string, error) {
	token, now := newToken(), s.now()
	err := s.sessions.Insert(ctx, tokenID(token), sessionDoc{
		Member: a.Member.ID, Epoch: a.Epoch, Device: deviceName(from.Agent), Created: now, Seen: now,
	})
	if err != nil {
		return "", err
	}
	return token, nil
}

// Session tells who is signed in with a token, and slides the 90 days on. It is the one check of every request.
// Faults: SignedOut "member.signed_out", and "member.dismissed" for who was dismissed.
func (s *Service) Session(ctx context.Context, token string) (Member, Session, error) {
	id, now := tokenID(token), s.now()
	c, found, changes := s.recentSessions.get(id, now)
	if found {
		return c.member, c.session, nil
	}
	c, err := s.checkSession(ctx, id, now)
	if err == nil {
		s.recentSessions.put(id, c, now, changes)
	}
	return c.member, c.session, err
}

// checkSession looks a session up.
func (s *Service) checkSession(ctx context.Context, id string, now time.Time) (checkedSession, error) {
	e, err := s.sessions.Get(ctx, id)
	if fault.Is(err, fault.NotFound) {
		return checkedSession{}, signedOut()
	}
	if err != nil {
		return checkedSession{}, err
	}
	a, err := s.account(ctx, e.Value.Member)
	if fault.Is(err, fault.NotFound) {
		return checkedSession{}, signedOut()
	}
	if err != nil {
		return checkedSession{}, err
	}
	switch {
	case !a.Member.Active():
		return checkedSession{}, fault.New(fault.SignedOut, "member.dismissed")
	case !e.Value.alive(a, now):
		return checkedSession{}, signedOut()
	}
	if now.Sub(e.Value.Seen) >= seenEvery {
		if err := s.touch(ctx, &e, now); err != nil {
			return checkedSession{}, err
		}
	}
	return checkedSession{a.Member, e.Value.session(id)}, nil
}

// checkedSession is a session that holds, and whose it is.
type checkedSession struct {
	member  Member
	session Session
}

// touch writes that the session was seen. A lost race means that another request just wrote the same, or that the
// session was ended, which the next request will see; it is never put back.
func (s *Service) touch(ctx context.Context, e *store.Entry[sessionDoc], now time.Time) error {
	e.Value.Seen = now
	err := s.sessions.Replace(ctx, e.ID, e.Value, e.Version)
	if fault.Is(err, fault.Conflict) {
		return nil
	}
	if err != nil {
		return err
	}
	_, err = s.update(ctx, e.Value.Member, func(a *account) error {
		if now.After(a.Seen) {
			a.Seen = now
		}
		return nil
	})
	return err
}

// alive reports whether the session still holds for its account at now.
func (d sessionDoc) alive(a account, now time.Time) bool {
	return d.Epoch == a.Epoch && now.Before(d.Seen.Add(SessionLife))
}

func (d sessionDoc) session(id string) Session {
	return Session{ID: id, Member: d.Member, Device: d.Device, Created: d.Created, Seen: d.Seen}
}

// SignOut ends the session of a token; one that has ended already is no fault.
func (s *Service) SignOut(ctx context.Context, token string) error {
	return gone(s.endSession(ctx, tokenID(token)))
}

// Devices lists a person's live sessions, the last used first.
func (s *Service) Devices(ctx context.Context, memberID string) ([]Session, error) {
	a, err := s.account(ctx, memberID)
	if err != nil {
		return nil, err
	}
	entries, err := s.sessionsOf(ctx, memberID)
	if err != nil {
		return nil, err
	}
	var devices []Session
	for _, e := range entries {
		if a.Member.Active() && e.Value.alive(a, s.now()) {
			devices = append(devices, e.Value.session(e.ID))
		}
	}
	return devices, nil
}

// SignOutDevice ends one session of a person. Allowed to the person, to the principal of a member's company and to
// administrators. Repeating it is fault.NotFound "member.device_gone".
func (s *Service) SignOutDevice(ctx context.Context, actor Member, memberID, sessionID string) error {
	m, err := s.ByID(ctx, memberID)
	if err != nil {
		return err
	}
	if actor.ID != memberID && !AnswersFor(actor, m) {
		return notAllowed()
	}
	e, err := s.sessions.Get(ctx, sessionID)
	if err == nil && e.Value.Member != memberID {
		return deviceGone()
	}
	if err == nil {
		err = s.endSession(ctx, sessionID)
	}
	if fault.Is(err, fault.NotFound) {
		return deviceGone()
	}
	return err
}

// forget removes the documents of a person's sessions but keep. They are over already, by their epoch.
func (s *Service) forget(ctx context.Context, memberID, keep string) error {
	entries, err := s.sessionsOf(ctx, memberID)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if e.ID == keep {
			continue
		}
		if err := gone(s.endSession(ctx, e.ID)); err != nil {
			return err
		}
	}
	return nil
}

// Sweep removes what has ended by the clock: sessions of 90 idle days, invitations a year after they ended, counts of
// wrong passwords that are forgotten. Nothing is decided by it; it may run as seldom as one likes, in any process.
func (s *Service) Sweep(ctx context.Context) (removed int, err error) {
	now := s.now()
	n, err := sweep(ctx, s.sessions, "seen", now.Add(-SessionLife))
	removed += n
	if err != nil {
		return removed, err
	}
	n, err = sweep(ctx, s.invitations, "expires", now.Add(-invitationMemory))
	removed += n
	if err != nil {
		return removed, err
	}
	n, err = sweep(ctx, s.guesses, "last", now.Add(-guessMemory))
	return removed + n, err
}

// sweep deletes the documents whose time, the one field of index, is before the given one.
func sweep[T any](ctx context.Context, c *store.Collection[T], index string, before time.Time) (removed int, err error) {
	for {
		entries, err := c.Find(ctx, store.Query{Index: index, To: before, Limit: page})
		if err != nil {
			return removed, err
		}
		for _, e := range entries {
			if err := gone(c.Delete(ctx, e.ID)); err != nil {
				return removed, err
			}
			removed++
		}
		if len(entries) < page {
			return removed, nil
		}
	}
}

// gone forgives a document that is not there any more.
func gone(err error) error {
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	return err
}

func signedOut() error  { return fault.New(fault.SignedOut, "member.signed_out") }
func deviceGone() error { return fault.New(fault.NotFound, "member.device_gone") }
