package member

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"firebrand/internal/fault"
	"firebrand/internal/journal"
)

// ConsentFamily is the journal's collection of principals' consents, one stream a company: "consent/<company>".
const ConsentFamily = "consent"

// The kinds of its records.
const (
	kindShared    = "shared"
	kindWithdrawn = "withdrawn"
)

// Share is a part of what a company's purchases bring.
type Share struct {
	// Member is whose account it goes to: a member's id, or the company's own id for what stays with the company.
	Member string `json:"member"`
	// Percent is 1 to 100.
	Percent int `json:"percent"`
}

// Sharing says whom the points of a company's purchases go to. No one is paid personally for them without it.
type Sharing struct {
	Company string
	// Shares add up to 100, or there are none and all goes to the company's own account. From Service.Sharing they are
	// those that hold now: what was meant for somebody who was dismissed or left the company is the company's (a share
	// of the company's own id), and what was meant for an account that was merged is its survivor's.
	Shares []Share
	// Given are the shares as the principal gave them.
	Given []Share
	// By is the id of the principal who gave or withdrew the consent, empty where there never was one; At is when.
	By string
	At time.Time
	// Version counts the company's consents, zero where there never was one.
	Version int64
}

// consentBody is a consent's record; people are named by their ids.
type consentBody struct {
	Shares []Share `json:"shares"`
}

// Share records a principal's consent: from now on the points of the company's purchases go to these accounts, which
// must be the company's active people or the company itself; no shares withdraw it. Orders that were reported before
// are not touched. Allowed to the company's principals only. The same key acts once.
//
// Faults: Forbidden "member.not_allowed"; Invalid "member.share_percent", "member.share_total" (arg total),
// "member.share_twice", "member.share_person".
func (s *Service) Share(ctx context.Context, actor Member, company string, shares []Share, key string) (Sharing, error) {
	return s.share(ctx, actor, company, shares, key, func(journal.Record) error { return nil })
}

// ShareAfter is Share where the newest consent still is the one with this version, else Conflict
// "member.sharing_changed": of two principals who decide at once, the second sees first what the other decided.
func (s *Service) ShareAfter(ctx context.Context, actor Member, company string, version int64, shares []Share, key string) (Sharing, error) {
	return s.share(ctx, actor, company, shares, key, func(last journal.Record) error {
		if last.Seq != version {
			return fault.New(fault.Conflict, "member.sharing_changed")
		}
		return nil
	})
}

func (s *Service) share(
	ctx context.Context, actor Member, company string, shares []Share, key string, may func(journal.Record) error,
) (Sharing, error) {
	if !actor.Active() || actor.Role != RolePrincipal || company == "" || actor.Company != company {
		return Sharing{}, notAllowed()
	}
	if s.Journal == nil {
		return Sharing{}, errNoJournal
	}
	shares, err := s.checkedShares(ctx, company, shares)
	if err != nil {
		return Sharing{}, err
	}
	defer s.drop(tellSharings)
	rec, err := s.Journal.Decide(ctx, consentStream(company), journal.Request{Key: key, Actor: actor.ID, What: shares},
		func(last journal.Record, _ time.Time) (string, any, error) {
			kind := kindShared
			if len(shares) == 0 {
				kind = kindWithdrawn
			}
			return kind, consentBody{shares}, may(last)
		})
	if err != nil {
		return Sharing{}, err
	}
	return sharingOf(rec)
}

// Sharing returns whom the points of a company's purchases go to now. It is believed for some seconds, like Buyer.
func (s *Service) Sharing(ctx context.Context, company string) (Sharing, error) {
	now := s.now()
	sharing, found, changes := s.recentSharings.get(company, now)
	if found {
		return sharing, nil
	}
	sharing, err := s.readSharing(ctx, company)
	if err == nil {
		s.recentSharings.put(company, sharing, now, changes)
	}
	return sharing, err
}

func (s *Service) readSharing(ctx context.Context, company string) (Sharing, error) {
	none := Sharing{Company: company}
	if s.Journal == nil {
		return none, nil // nobody can have consented to anything
	}
	last, err := s.Journal.Last(ctx, consentStream(company))
	if err != nil || last.Seq == 0 {
		return none, err
	}
	sharing, err := sharingOf(last)
	if err != nil {
		return none, err
	}
	sharing.Shares, err = s.holding(ctx, company, sharing.Given)
	return sharing, err
}

// Sharings returns up to limit consents of a company as they were given, the newest first. Allowed to the company's
// principals, to marketers and administrators.
func (s *Service) Sharings(ctx context.Context, actor Member, company string, limit int) ([]Sharing, error) {
	if !seesCompany(actor, company) {
		return nil, notAllowed()
	}
	if s.Journal == nil {
		return nil, nil
	}
	recs, err := s.Journal.ReadBack(ctx, consentStream(company), 0, limit)
	if err != nil {
		return nil, err
	}
	history := make([]Sharing, len(recs))
	for i, rec := range recs {
		if history[i], err = sharingOf(rec); err != nil {
			return nil, err
		}
	}
	return history, nil
}

// checkedShares are shares that may be consented to; those of the company alone are none.
func (s *Service) checkedShares(ctx context.Context, company string, shares []Share) ([]Share, error) {
	if err := checkShares(shares); err != nil || len(shares) == 0 {
		return nil, err
	}
	for _, share := range shares {
		if share.Member == company {
			continue
		}
		m, err := s.ByID(ctx, share.Member)
		if err != nil && !fault.Is(err, fault.NotFound) {
			return nil, err
		}
		if err != nil || !m.Active() || m.Company != company {
			return nil, fault.New(fault.Invalid, "member.share_person").On("shares")
		}
	}
	if len(shares) == 1 && shares[0].Member == company {
		return nil, nil
	}
	return shares, nil
}

// checkShares checks the numbers: each share is one of somebody else, and together they are the whole.
func checkShares(shares []Share) error {
	total, seen := 0, map[string]bool{}
	for _, share := range shares {
		switch {
		case share.Percent < 1 || share.Percent > 100:
			return fault.New(fault.Invalid, "member.share_percent").On("shares")
		case share.Member == "" || seen[share.Member]:
			return fault.New(fault.Invalid, "member.share_twice").On("shares")
		}
		seen[share.Member] = true
		total += share.Percent
	}
	if len(shares) > 0 && total != 100 {
		return fault.New(fault.Invalid, "member.share_total", "total", total).On("shares")
	}
	return nil
}

// holding are given shares as they hold now.
func (s *Service) holding(ctx context.Context, company string, given []Share) ([]Share, error) {
	var now []Share
	for _, share := range given {
		to, err := s.receiver(ctx, company, share.Member)
		if err != nil {
			return nil, err
		}
		now = add(now, Share{to, share.Percent})
	}
	if len(now) == 1 && now[0].Member == company {
		return nil, nil
	}
	return now, nil
}

// receiver is who gets what was meant for id: the person, the account that theirs was merged into, or the company.
func (s *Service) receiver(ctx context.Context, company, id string) (string, error) {
	if id == company {
		return company, nil
	}
	m, err := s.ByID(ctx, id)
	if err == nil {
		m, err = s.survivor(ctx, m)
	}
	if fault.Is(err, fault.NotFound) {
		return company, nil
	}
	if err != nil {
		return "", err
	}
	if !m.Active() || m.Company != company {
		return company, nil
	}
	return m.ID, nil
}

// add puts a share to those of the same receiver.
func add(shares []Share, more Share) []Share {
	for i := range shares {
		if shares[i].Member == more.Member {
			shares[i].Percent += more.Percent
			return shares
		}
	}
	return append(shares, more)
}

// CheckConsent checks what the records of one company's consents say, for an audit: a principal's id, shares that are
// the whole or none, and a kind that agrees.
func CheckConsent(_ string, recs []journal.Record) error {
	for _, rec := range recs {
		sharing, err := sharingOf(rec)
		if err == nil {
			err = checkShares(sharing.Given)
		}
		switch withdrawn := len(sharing.Given) == 0; {
		case err != nil:
		case rec.Actor == "":
			err = errors.New("nobody consented")
		case rec.Kind != kindShared && rec.Kind != kindWithdrawn || withdrawn != (rec.Kind == kindWithdrawn):
			err = errors.New("its kind does not agree with its shares")
		}
		if err != nil {
			return &journal.Broken{ID: rec.ID(), Why: err.Error()}
		}
	}
	return nil
}

// sharingOf reads a record.
func sharingOf(rec journal.Record) (Sharing, error) {
	var body consentBody
	if err := json.Unmarshal(rec.Body, &body); err != nil {
		return Sharing{}, err
	}
	_, company, _ := strings.Cut(rec.Stream, "/")
	return Sharing{
		Company: company, Shares: body.Shares, Given: body.Shares, By: rec.Actor, At: rec.At, Version: rec.Seq,
	}, nil
}

func consentStream(company string) string { return ConsentFamily + "/" + company }

var errNoJournal = errors.New("member: a consent needs a journal")
