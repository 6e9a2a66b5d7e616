package challenge

import (
	"context"
	"time"

	"firebrand/content"
	"firebrand/game"
	"firebrand/internal/calendar"
	"firebrand/internal/fault"
	"firebrand/internal/journal"
	"firebrand/internal/member"
)

// Games are the Plays of the real rooms.
type Games struct {
	Content *content.Service
	Journal *journal.Journal
}

// Finished asks the attempts of the quizzes of every edition that the period touches, and of the month before, whose
// last games may end after midnight.
func (g Games) Finished(ctx context.Context, member string, from, to time.Time) (int64, error) {
	var n int64
	last := g.Content.Zone.Month(to.Add(-time.Millisecond))
	for m := g.Content.Zone.Month(from).Prev(); !last.Before(m); m = m.Next() {
		edition, err := g.Content.Edition(ctx, m)
		if fault.Is(err, fault.NotFound) {
			continue
		}
		if err != nil {
			return 0, err
		}
		for _, quiz := range edition.Quizzes {
			rec, err := g.Journal.Last(ctx, game.Stream(quiz, m, member))
			if err != nil {
				return 0, err
			}
			if game.Kind(rec.Kind) == game.KindFinished && !rec.At.Before(from) && rec.At.Before(to) {
				n++
			}
		}
	}
	return n, nil
}

// Told is the member of a finished scored game.
func (g Games) Told(rec journal.Record) (string, error) {
	if !game.Scored(rec.Stream) || game.Kind(rec.Kind) != game.KindFinished {
		return "", nil
	}
	a, err := game.AttemptOf(rec)
	return a.Member, err
}

// Articles are the Reads of the real rooms.
type Articles struct{ Content *content.Service }

// Read asks the edition of the month as it stands now.
func (a Articles) Read(ctx context.Context, member string, month calendar.Month, to time.Time) (have, of int64, err error) {
	edition, err := a.Content.Edition(ctx, month)
	if fault.Is(err, fault.NotFound) {
		return 0, 0, nil
	}
	if err != nil {
		return 0, 0, err
	}
	if phase := edition.Phase(a.Content.Now(), a.Content.Zone); phase != content.PhaseLive && phase != content.PhaseArchived {
		return 0, 0, nil
	}
	when, err := a.Content.ReadTimes(ctx, member, edition.Articles)
	for _, at := range when {
		if at.Before(to) {
			have++
		}
	}
	return have, int64(len(edition.Articles)), err
}

// Folk are the People of the real rooms.
type Folk struct{ Members *member.Service }

// Person is a member with what their company says of them, or a company.
func (f Folk) Person(ctx context.Context, account string) (Person, bool, error) {
	m, err := f.Members.ByID(ctx, account)
	switch {
	case err == nil && !m.Role.OfCompany():
		return Person{}, false, nil
	case err == nil:
		c, err := f.Members.CompanyByID(ctx, m.Company)
		if err != nil && !fault.Is(err, fault.NotFound) {
			return Person{}, false, err
		}
		return personOf(m, c), true, nil
	case !fault.Is(err, fault.NotFound):
		return Person{}, false, err
	}
	c, err := f.Members.CompanyByID(ctx, account)
	if fault.Is(err, fault.NotFound) {
		return Person{}, false, nil
	}
	return companyOf(c), err == nil, err
}

// Each reads all members or all companies.
func (f Folk) Each(ctx context.Context, companies bool, each func(Person) error) error {
	all, err := f.Members.Companies(ctx)
	if err != nil {
		return err
	}
	if companies {
		for _, c := range all {
			if err := each(companyOf(c)); err != nil {
				return err
			}
		}
		return nil
	}
	byID := make(map[string]member.Company, len(all))
	for _, c := range all {
		byID[c.ID] = c
	}
	return f.Members.All(ctx, func(m member.Member) error {
		if !m.Role.OfCompany() {
			return nil
		}
		return each(personOf(m, byID[m.Company]))
	})
}

// Staff are a company's people, dismissed ones too: what they did in the period was done.
func (f Folk) Staff(ctx context.Context, company string) ([]string, error) {
	// The programme itself asks.
	people, err := f.Members.People(ctx, member.Member{Role: member.RoleAdmin}, company)
	ids := make([]string, len(people))
	for i, p := range people {
		ids[i] = p.ID
	}
	return ids, err
}

func personOf(m member.Member, c member.Company) Person {
	return Person{
		Account: m.ID, CompanyID: m.Company, Region: c.Region, Size: c.Size, Industry: c.Industry, Joined: m.Joined, Active: m.Active(),
	}
}

func companyOf(c member.Company) Person {
	return Person{Account: c.ID, Company: true, CompanyID: c.ID, Region: c.Region, Size: c.Size, Industry: c.Industry, Active: true}
}
