package member

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"time"

	"firebrand/internal/fault"
	"firebrand/internal/store"
)

// purpose is what an invitation is for.
type purpose string

// An invite brings a person in for the first time, a reset lets one who has a password choose another.
const (
	purposeInvite purpose = "invite"
	purposeReset  purpose = "reset"
)

// How long a link can be used: an invite must survive a holiday, a reset opens an account that is in use.
const (
	InviteLife = 14 * 24 * time.Hour
	ResetLife  = 24 * time.Hour
)

// firstAdminID is the id of the administrator that FirstAdmin makes.
const firstAdminID = "administrator"

// usable reports whether the invitation can be used at now.
func (o open) usable(now time.Time) bool { return o.ID != "" && now.Before(o.Expires) }

// newToken draws a secret of 256 bits; only its hash is kept.
func newToken() string {
	var secret [32]byte
	_, _ = rand.Read(secret[:]) // it never fails: crypto/rand ends the program instead
	return base64.RawURLEncoding.EncodeToString(secret[:])
}

// tokenID is the id under which a token's session or invitation is kept.
func tokenID(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

// Invite makes a one-time link for a person and ends the older one that was not used. It is an invite for 14 days
// where the person has no password yet, else a reset for 24 hours. The token is returned this once and kept nowhere.
//
// Allowed to administrators, to the principal of a member's company and to marketers for plain members.
// Faults: Forbidden "member.not_allowed", Conflict "member.dismissed_cannot".
func (s *Service) Invite(ctx context.Context, actor Member, memberID string) (token string, expires time.Time, err error) {
	return s.invite(ctx, actor.ID, memberID, func(a account) error {
		if !Manages(actor, a.Member) {
			return notAllowed()
		}
		return nil
	})
}

// invite writes the document that the token leads to first and opens it in the account last: a crash between leaves a
// document that no account names, of which nobody has the token.
func (s *Service) invite(ctx context.Context, by, memberID string, may func(account) error) (string, time.Time, error) {
	a, err := s.account(ctx, memberID)
	if err != nil {
		return "", time.Time{}, err
	}
	check := func(a account) error {
		if err := may(a); err != nil {
			return err
		}
		if !a.Member.Active() {
			return fault.New(fault.Conflict, "member.dismissed_cannot")
		}
		return nil
	}
	if err := check(a); err != nil {
		return "", time.Time{}, err
	}
	now, token := s.now(), newToken()
	id := tokenID(token)
	o := a.opening(id, now)
	doc := invitationDoc{Member: memberID, Purpose: o.Purpose, By: by, Created: now, Expires: o.Expires}
	if err := s.invitations.Insert(ctx, id, doc); err != nil {
		return "", time.Time{}, err
	}
	a, err = s.update(ctx, memberID, func(a *account) error {
		if err := check(*a); err != nil {
			return err
		}
		a.Open = a.opening(id, now)
		return nil
	})
	if err != nil {
		return "", time.Time{}, err
	}
	return token, a.Open.Expires, nil
}

// opening is the invitation that this account can be given at now.
func (a account) opening(id string, now time.Time) open {
	if a.Password != "" {
		return open{id, purposeReset, now.Add(ResetLife)}
	}
	return open{id, purposeInvite, now.Add(InviteLife)}
}

// Invitation tells whose a link is, without using it. A link that is unknown, used, replaced or expired, or whose
// person was dismissed, is fault.NotFound "member.invitation_ended".
func (s *Service) Invitation(ctx context.Context, token string) (Member, error) {
	a, err := s.invited(ctx, tokenID(token))
	return a.Member, err
}

func (s *Service) invited(ctx context.Context, id string) (account, error) {
	e, err := s.invitations.Get(ctx, id)
	if fault.Is(err, fault.NotFound) {
		return account{}, invitationEnded()
	}
	if err != nil {
		return account{}, err
	}
	a, err := s.account(ctx, e.Value.Member)
	if err == nil && !a.opens(id, s.now()) {
		return account{}, invitationEnded()
	}
	return a, err
}

// opens reports whether the invitation id lets the person in at now.
func (a account) opens(id string, now time.Time) bool {
	return a.Open.ID == id && a.Open.usable(now) && a.Member.Active()
}

// Accept uses a link: it sets the password and the choices and signs the device in. A reset ends all other sessions.
//
// The order is one decision and what follows from it. The decision is one replace of the account: it takes the open
// invitation away and sets the password and the new epoch together, so of two requests one finds the invitation gone
// ("member.invitation_ended"), and a crash is either before it, and the link can be used again, or after it, and the
// password is set and signs in. What follows may be lost without harm: the mark on the invitation's document, which
// nothing decides by; the old sessions' documents, which their epoch has ended already; and the new session.
func (s *Service) Accept(ctx context.Context, token string, with Acceptance, from Device) (Member, string, error) {
	id := tokenID(token)
	before, err := s.invited(ctx, id)
	if err != nil {
		return Member{}, "", err
	}
	accepted, err := checkedAcceptance(before.Member, with)
	if err != nil {
		return Member{}, "", err
	}
	hash, err := s.hash(ctx, with.Password)
	if err != nil {
		return Member{}, "", err
	}
	var used open
	a, err := s.update(ctx, before.Member.ID, func(a *account) error {
		now := s.now()
		if !a.opens(id, now) {
			return invitationEnded()
		}
		used = a.Open
		a.accept(hash, accepted, now)
		return nil
	})
	if isDuplicate(err) {
		return Member{}, "", s.taken(ctx, accepted)
	}
	if s.told(before.Member.ID, err) != nil {
		return Member{}, "", err
	}
	// From here on the person is in; a mark or a clean-up that fails must not tell them otherwise.
	_, _ = s.invitations.Update(ctx, id, func(doc *invitationDoc) error {
		doc.Used = s.now()
		return nil
	})
	if used.Purpose == purposeReset {
		_ = s.forget(ctx, a.Member.ID, "")
		s.forgive(ctx, a.Member)
	}
	session, err := s.openSession(ctx, a, from)
	return a.Member, session, err
}

// accept is the account after its invitation was used.
func (a *account) accept(hash string, accepted Member, now time.Time) {
	if a.Password == "" {
		a.Member.Joined = now
	}
	a.Password, a.Open, a.Seen = hash, open{}, now
	a.Epoch++
	a.Member.Lang, a.Member.Display.Mode = accepted.Lang, accepted.Display.Mode
	if a.Member.Phone == "" && a.Member.Email == "" {
		a.Member.Phone, a.Member.Email = accepted.Phone, accepted.Email
	}
}

// checkedAcceptance is the person with what they chose.
func checkedAcceptance(m Member, with Acceptance) (Member, error) {
	if with.Display != "" {
		m.Display.Mode = with.Display
	}
	if with.Lang != "" {
		m.Lang = with.Lang
	}
	if m.Phone == "" && m.Email == "" {
		phone, email := normalLogin(with.Login)
		if phone == "" && email == "" {
			return m, fault.New(fault.Invalid, "member.login_needed").On("login")
		}
		m.Phone, m.Email = phone, email
	}
	if err := checkPassword(with.Password, m.Phone); err != nil {
		return m, err
	}
	if err := checkMode(m.Display.Mode); err != nil {
		return m, err
	}
	return m, checkLang(m.Lang)
}

// FirstAdmin lets a bare installation begin: where there is no administrator at all it makes one, named
// "Administrator", with a one-time invitation, and made is true. Where the only one is that one and has never come in
// they get a new one at every start, since the last may have been lost. It ends the one before: of processes that start
// together each makes one, and the last that was made can be used. The person gives their phone or e-mail when they accept.
func (s *Service) FirstAdmin(ctx context.Context) (token string, made bool, err error) {
	waiting, err := s.onlyFirstAdmin(ctx)
	if err != nil || !waiting {
		return "", false, err
	}
	first := Member{ID: firstAdminID, Role: RoleAdmin, Name: "Administrator"}
	if first, err = checked(first); err != nil {
		return "", false, err
	}
	if first.Display.Alias, err = s.alias(ctx, first.Lang); err != nil {
		return "", false, err
	}
	if _, err := s.enter(ctx, first); err != nil && !fault.Is(err, fault.Conflict) {
		return "", false, err
	}
	accepted := errors.New("somebody came in meanwhile")
	token, _, err = s.invite(ctx, "", firstAdminID, func(a account) error {
		if a.Password != "" {
			return accepted
		}
		return nil
	})
	if errors.Is(err, accepted) {
		return "", false, nil
	}
	return token, err == nil, err
}

// onlyFirstAdmin reports whether nobody but FirstAdmin's own administrator is one, and a link is wanted.
func (s *Service) onlyFirstAdmin(ctx context.Context) (bool, error) {
	admins, err := s.accounts.Find(ctx, store.Query{Index: "role", Equal: []any{RoleAdmin}})
	if err != nil {
		return false, err
	}
	for _, e := range admins {
		a := e.Value
		if a.Member.ID != firstAdminID || a.Password != "" || !a.Member.Active() {
			return false, nil
		}
	}
	return true, nil
}

func invitationEnded() error { return fault.New(fault.NotFound, "member.invitation_ended") }
