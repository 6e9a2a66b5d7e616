package member

import (
	"context"
	"strings"

	"firebrand/internal/fault"
)

// SignIn signs a device in by phone or e-mail and password. A wrong password, an unknown login and a person without a
// password are one fault, Invalid "member.wrong_sign_in", and cost the same time.
// Faults besides: TooMany "member.guessing" (arg n: minutes) with RetryAfter, TooMany "member.busy"; Forbidden
// "member.dismissed" for a dismissed person whose password is right, "member.merged" where the account was merged into
// another one of theirs.
func (s *Service) SignIn(ctx context.Context, login, password string, from Device) (Member, string, error) {
	phone, email := normalLogin(login)
	a, _, err := s.byLogin(ctx, phone, email)
	if err != nil {
		return Member{}, "", err
	}
	name := phone + email
	if name == "" {
		name = fold(login)
	}
	err = s.prove(ctx, guessers(name, from.Address), &a, password)
	if err != nil {
		return Member{}, "", err
	}
	if a.Member.MergedInto != "" {
		return Member{}, "", fault.New(fault.Forbidden, "member.merged")
	}
	if !a.Member.Active() {
		return Member{}, "", fault.New(fault.Forbidden, "member.dismissed")
	}
	token, err := s.openSession(ctx, a, from)
	if err != nil {
		return Member{}, "", err
	}
	seen := s.now()
	if _, err := s.update(ctx, a.Member.ID, func(a *account) error { a.Seen = seen; return nil }); err != nil {
		return Member{}, "", err
	}
	return a.Member, token, nil
}

// SetPassword replaces a person's own password and ends their other sessions; sessionID is the one that stays.
// A crash at the worst moment ends that one too, and the new password signs in.
// Faults: Invalid "member.wrong_password" on the field current; what is wrong with the new one; those of SignIn.
func (s *Service) SetPassword(ctx context.Context, memberID, sessionID, current, next string) error {
	a, err := s.account(ctx, memberID)
	if err != nil {
		return err
	}
	if err := checkPassword(next, a.Member.Phone); err != nil {
		return err
	}
	err = s.prove(ctx, []guesser{{guesserID("login", memberID), loginGuesses}}, &a, current)
	if isWrongSignIn(err) {
		return fault.New(fault.Invalid, "member.wrong_password").On("current")
	}
	if err != nil {
		return err
	}
	hash, err := s.hash(ctx, next)
	if err != nil {
		return err
	}
	proved := a.Password
	a, err = s.update(ctx, memberID, func(a *account) error {
		if a.Password != proved {
			return fault.New(fault.Invalid, "member.wrong_password").On("current")
		}
		a.Password, a.Open = hash, open{}
		a.Epoch++
		return nil
	})
	if err != nil {
		return err
	}
	defer s.drop(tellSessions)
	_, err = s.sessions.Update(ctx, sessionID, func(d *sessionDoc) error {
		if d.Member == memberID {
			d.Epoch = a.Epoch
		}
		return nil
	})
	if gone(err) != nil {
		return err
	}
	return s.forget(ctx, memberID, sessionID)
}

// prove checks a password, counts it where it is wrong, and gives the account a hash of today's cost where it is right.
// Guesses are checked, verified and counted within one turn of the hashers, so that a burst sent at once gets no more
// of them than one sent in a row.
func (s *Service) prove(ctx context.Context, list []guesser, a *account, password string) error {
	if err := s.mayGuess(ctx, list); err != nil {
		return err
	}
	return s.turn(ctx, func() error {
		if err := s.mayGuess(ctx, list); err != nil {
			return err
		}
		known := a.Password
		if known == "" {
			known = s.Cost.decoy()
		}
		right, err := verify(known, password)
		if err != nil {
			return err
		}
		if !right || a.Password == "" {
			if err := s.guessedWrong(ctx, list); err != nil {
				return err
			}
			return fault.New(fault.Invalid, "member.wrong_sign_in")
		}
		if err := s.guessedRight(ctx, list[0]); err != nil {
			return err
		}
		return s.renew(ctx, a, password)
	})
}

// renew hashes a password that was just proved again, where its hash is of another cost than today's.
func (s *Service) renew(ctx context.Context, a *account, password string) error {
	if s.Cost.made(a.Password) {
		return nil
	}
	hash, old := s.Cost.encode(password), a.Password
	now, err := s.update(ctx, a.Member.ID, func(a *account) error {
		if a.Password == old {
			a.Password = hash
		}
		return nil
	})
	if err == nil {
		a.Password = now.Password
	}
	return err
}

func (s *Service) byLogin(ctx context.Context, phone, email string) (account, bool, error) {
	if email != "" {
		return s.by(ctx, "email", email)
	}
	return s.by(ctx, "phone", phone)
}

// normalLogin reads what a person signs in with; both are empty where it is neither.
func normalLogin(login string) (phone, email string) {
	if strings.Contains(login, "@") {
		email, _ = NormalEmail(login)
		return "", email
	}
	phone, _ = NormalPhone(login)
	return phone, ""
}

func isWrongSignIn(err error) bool {
	f := fault.As(err)
	return f != nil && f.Key == "member.wrong_sign_in"
}
