package demo

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"firebrand/cmd/firebrand/app"
	"firebrand/internal/member"
)

const (
	// staff is how many members play.
	staff = 400
	// newcomers is how many of them joined this month.
	newcomers = 48
)

// The sizes of companies: how the data name them, and the brand's own words, which are the league's classes.
const (
	large  = "великий"
	medium = "середній"
	small  = "малий"
	trader = "trader"
)

var sizes = map[string]string{"large": large, "medium": medium, "small": small, trader: small}

// heads is by how many a company of a size hires in one round.
var heads = map[string]int{"large": 3, "medium": 2, "small": 1}

// places says which company each of the staff works for: the first for the first, by turns, and at last those of the
// single traders, who are two each.
func (p people) places() []int {
	var places, traders []int
	for i, c := range p.Companies {
		if c.Size == trader {
			traders = append(traders, i, i)
		}
	}
	for len(places) < staff-len(traders) {
		for i, c := range p.Companies {
			for range heads[c.Size] {
				places = append(places, i)
			}
		}
	}
	return append(places[:staff-len(traders)], traders...)
}

// admin is who enters the demo's people.
var admin = member.Member{ID: actor, Role: member.RoleAdmin}

// folk are the people of the demo.
type folk struct {
	// players are who plays: the dealers' staff, the first being the one that visitors sign in as, and the principal.
	players   []member.Member
	principal member.Member
	marketer  member.Member
	desk      member.Member
	admin     member.Member
	companies []member.Company
	// newcomer has an invitation and has never come in.
	newcomer member.Member
}

// settle enters companies, principals, staff and the brand's own people.
func settle(ctx context.Context, a *app.App, p people, r *rand.Rand) (folk, error) {
	var f folk
	companies := make([]member.Company, len(p.Companies))
	for i, c := range p.Companies {
		made, err := a.Members.CreateCompany(ctx, admin, member.Company{
			Name: c.Name, Region: p.region(c.Region), Size: sizes[c.Size], Industry: c.Industry, Code: fmt.Sprintf("V-%04d", 1001+i),
		})
		if err != nil {
			return f, fmt.Errorf("company %s: %w", c.Name, err)
		}
		companies[i] = made
	}
	wanted := make([]member.Member, 0, staff+len(companies)+4)
	for i, company := range p.places() {
		wanted = append(wanted, p.person(r, a.Now(), i, member.RoleMember, companies[company].ID))
	}
	for i, c := range companies {
		wanted = append(wanted, p.person(r, a.Now(), staff+i, member.RolePrincipal, c.ID))
	}
	wanted = append(wanted,
		member.Member{Role: member.RoleMarketer, Name: "Марта Левченко", Email: "marketer@velmar.example", Lang: "uk"},
		member.Member{Role: member.RoleAdmin, Name: "Олег Дорошенко", Email: "admin@velmar.example", Lang: "uk"},
		member.Member{Role: member.RoleDesk, Name: "Склад Velmar", Email: "desk@velmar.example", Lang: "uk"},
		newcomer(companies[0].ID))
	if err := enter(ctx, a, wanted); err != nil {
		return f, err
	}
	n := len(wanted)
	f.companies, f.players, f.principal = companies, slices.Clone(wanted[:staff]), wanted[staff]
	f.players = append(f.players, f.principal)
	f.marketer, f.admin, f.desk, f.newcomer = wanted[n-4], wanted[n-3], wanted[n-2], wanted[n-1]
	return f, nil
}

// enter creates people, several at once since each is a durable write, and puts them back as they were stored.
func enter(ctx context.Context, a *app.App, people []member.Member) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(workers)
	for i := range people {
		g.Go(func() error {
			made, err := a.Members.Create(ctx, admin, people[i])
			if err != nil {
				return fmt.Errorf("%s: %w", people[i].Name, err)
			}
			people[i] = made
			return nil
		})
	}
	return g.Wait()
}

// person draws somebody: a name, how they are named on boards, and when they joined.
func (p people) person(r *rand.Rand, now time.Time, i int, role member.Role, company string) member.Member {
	first, last := p.FirstM, p.LastM
	if r.IntN(2) == 0 {
		first, last = p.FirstF, p.LastF
	}
	m := member.Member{
		Role: role, Company: company, Name: first[r.IntN(len(first))] + " " + last[r.IntN(len(last))], Phone: phone(i),
		Lang: []string{"uk", "uk", "ru", "uk", "en"}[r.IntN(5)], Joined: now.AddDate(0, 0, -70-r.IntN(400)),
		Display: member.Display{Mode: []member.Mode{member.ModeAlias, member.ModeShort, member.ModeShort, member.ModeFull}[r.IntN(4)]},
	}
	if i == 0 || role == member.RolePrincipal {
		m.Lang = "uk" // whom visitors sign in as
	}
	if i > 0 && i <= newcomers {
		m.Joined = now.Add(-time.Duration(r.Int64N(int64(max(1, now.Day()-1))*24)+1) * time.Hour)
	}
	return m
}

// newcomer is somebody with an invitation in their hand.
func newcomer(company string) member.Member {
	return member.Member{Role: member.RoleMember, Name: "Юлія Новак", Phone: phone(9999), Company: company}
}

// phone is a number of the range that the demo's country keeps for fiction.
func phone(i int) string { return fmt.Sprintf("+38039%07d", 1000000+i) }
