package member

import (
	"context"
	"crypto/rand"
	"io"
	"strings"
	"time"

	"firebrand/internal/calendar"
	"firebrand/internal/fault"
	"firebrand/internal/journal"
	"firebrand/internal/store"
)

// Service is the room's door. Open makes it; its exported fields may be set before the first call, not later.
// Every actor is a person as Session returned them: the room believes the role that stands in it.
type Service struct {
	// Now is the clock.
	Now func() time.Time
	// Random draws the aliases; crypto/rand unless set. It must be safe for concurrent use. Secrets never come from it.
	Random io.Reader
	// Cost is what a new password hash costs; DefaultCost unless set. A hash of another cost is replaced at sign-in.
	Cost Cost
	// Changed hears of everybody who is seen otherwise from now on: another name, company or role, dismissed or back.
	// It must return at once, and may hear of somebody who has not changed. Nil hears nothing.
	Changed func(memberID string)
	// Journal keeps the principals' consents, with the family ConsentFamily. Without it nobody can consent.
	Journal *journal.Journal

	collections
	// hashing bounds how many passwords are hashed at once: each takes a processor and Cost.Memory.
	hashing chan struct{}
}

// Open opens the room's collections.
func Open(ctx context.Context, e store.Engine, now func() time.Time) (*Service, error) {
	c, err := openCollections(ctx, e)
	if err != nil {
		return nil, err
	}
	return &Service{
		Now: now, Random: rand.Reader, Cost: DefaultCost,
		collections: c, hashing: make(chan struct{}, hashers),
	}, nil
}

func (s *Service) now() time.Time { return calendar.Milli(s.Now()) }

// newID draws an id of 128 bits.
func newID() string { return strings.ToLower(rand.Text()) }

// Create enters a person, who cannot come in before Invite. An ID is drawn where m has none; an alias is drawn where
// m has none; Display.Mode, Pace and Joined have defaults. Phone and e-mail are normalised, one of them is needed.
//
// Allowed to administrators; to marketers and to the principal of the company for plain members.
// Faults: Invalid with the field; Conflict "member.phone_taken", "member.email_taken" or "member.exists".
func (s *Service) Create(ctx context.Context, actor, m Member) (Member, error) {
	m, err := checked(m)
	if err != nil {
		return Member{}, err
	}
	if m.Phone == "" && m.Email == "" {
		return Member{}, fault.New(fault.Invalid, "member.contact_needed").On("phone")
	}
	if !Manages(actor, m) {
		return Member{}, notAllowed()
	}
	if m.Company != "" {
		if _, err := s.CompanyByID(ctx, m.Company); err != nil {
			return Member{}, err
		}
	}
	if m.Display.Alias == "" {
		if m.Display.Alias, err = s.alias(ctx, m.Lang); err != nil {
			return Member{}, err
		}
	}
	return s.enter(ctx, m)
}

// enter inserts a checked person with an alias.
func (s *Service) enter(ctx context.Context, m Member) (Member, error) {
	if m.ID == "" {
		m.ID = newID()
	}
	if m.Joined.IsZero() {
		m.Joined = s.now()
	}
	m.Joined, m.Dismissed = calendar.Milli(m.Joined), time.Time{}
	err := s.accounts.Insert(ctx, m.ID, account{Member: m})
	if isDuplicate(err) {
		return Member{}, s.taken(ctx, m)
	}
	s.forgetPeople()
	return m, err
}

// Update changes a person's name, phone, e-mail, role, company and language to what m says; the rest of m is not read.
// It is allowed where the actor may create both what the person was and what they become. Nobody changes their own
// role ("member.own_role"), so that the last administrator cannot lose theirs.
func (s *Service) Update(ctx context.Context, actor, m Member) (Member, error) {
	m, err := checked(m)
	if err != nil {
		return Member{}, err
	}
	if m.Company != "" {
		if _, err := s.CompanyByID(ctx, m.Company); err != nil {
			return Member{}, err
		}
	}
	a, err := s.update(ctx, m.ID, func(a *account) error {
		if err := mayChange(actor, a.Member, m); err != nil {
			return err
		}
		a.Member = merged(a.Member, m)
		return nil
	})
	if isDuplicate(err) {
		return Member{}, s.taken(ctx, m)
	}
	return a.Member, s.told(m.ID, err)
}

// Dismiss ends a person's access for good: sessions end, the open invitation is void, the record and the points stay.
// Allowed to administrators and to the principal of a member's company, never on oneself. Repeating it changes nothing.
func (s *Service) Dismiss(ctx context.Context, actor Member, memberID string) error {
	_, err := s.update(ctx, memberID, func(a *account) error {
		if actor.ID == memberID {
			return fault.New(fault.Forbidden, "member.dismiss_self")
		}
		if !AnswersFor(actor, a.Member) {
			return notAllowed()
		}
		if a.Member.Active() {
			a.Member.Dismissed = s.now()
		}
		a.Open = open{}
		a.Epoch++
		return nil
	})
	if s.told(memberID, err) != nil {
		return err
	}
	return s.forget(ctx, memberID, "")
}

// Restore takes a dismissal back: the person signs in with the password they had, or is invited again. Allowed to
// whom Dismiss is allowed. Conflict "member.merged_cannot" for an account that was merged into another.
func (s *Service) Restore(ctx context.Context, actor Member, memberID string) error {
	_, err := s.update(ctx, memberID, func(a *account) error {
		if !AnswersFor(actor, a.Member) {
			return notAllowed()
		}
		if a.Member.MergedInto != "" {
			return fault.New(fault.Conflict, "member.merged_cannot")
		}
		a.Member.Dismissed = time.Time{}
		return nil
	})
	return s.told(memberID, err)
}

// SetDisplay chooses how the person is named on boards.
func (s *Service) SetDisplay(ctx context.Context, memberID string, mode Mode) (Member, error) {
	if err := checkMode(mode); err != nil {
		return Member{}, err
	}
	m, err := s.set(ctx, memberID, func(m *Member) { m.Display.Mode = mode })
	return m, s.told(memberID, err)
}

// SetLang chooses the person's language: "en", "ru" or "uk".
func (s *Service) SetLang(ctx context.Context, memberID, lang string) (Member, error) {
	if err := checkLang(lang); err != nil || lang == "" {
		return Member{}, fault.New(fault.Invalid, "member.lang_unknown", "lang", lang).On("lang")
	}
	return s.set(ctx, memberID, func(m *Member) { m.Lang = lang })
}

// SetPace chooses how much of a question's time the person gets: 100, 150 or 200 percent. No proof is asked.
func (s *Service) SetPace(ctx context.Context, memberID string, percent int) (Member, error) {
	if err := checkPace(percent); err != nil {
		return Member{}, err
	}
	return s.set(ctx, memberID, func(m *Member) { m.Pace = percent })
}

func (s *Service) set(ctx context.Context, id string, change func(*Member)) (Member, error) {
	a, err := s.update(ctx, id, func(a *account) error {
		change(&a.Member)
		return nil
	})
	return a.Member, err
}

// told lets Changed hear of somebody whom a write without an error has changed, and returns the error.
func (s *Service) told(memberID string, err error) error {
	if err == nil {
		s.seen(memberID)
	}
	return err
}

// seen lets Changed and the other processes hear of somebody who is seen otherwise.
func (s *Service) seen(memberID string) {
	if s.Changed != nil {
		s.Changed(memberID)
	}
	s.notices.Tell(topic, tellChanged+memberID)
}

func notAllowed() error { return fault.New(fault.Forbidden, "member.not_allowed") }
