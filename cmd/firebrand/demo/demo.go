// Package demo fills a data folder with a programme that a visitor believes: a brand of building materials, three
// editions around today, its dealers' people, two months of their games, three of their orders, the month before with its
// prizes, and auctions in every state. All of it goes through the services.
package demo

import (
	"context"
	"math/rand/v2"
	"time"

	"firebrand/cmd/firebrand/app"
	"firebrand/internal/member"
)

// Password is that of every printed sign-in. The demo listens on this machine alone, so it need not be a secret.
const Password = "velmar-demo-1"

// SignIn is somebody to sign in as.
type SignIn struct {
	Role  member.Role `json:"role"`
	Name  string      `json:"name"`
	Login string      `json:"login"`
}

// Loaded is what a loaded demo leaves behind for the next start.
type Loaded struct {
	// Month is the month it was made in: in another one it is made anew.
	Month   string   `json:"month"`
	SignIns []SignIn `json:"sign_ins"`
	// Newcomer is the id of who has never come in.
	Newcomer string `json:"newcomer"`
}

// Load fills an empty folder. Progress hears of how many of the whole are done.
func Load(ctx context.Context, a *app.App, progress func(done, of int)) (Loaded, error) {
	progress(0, staff)
	p, err := publish(ctx, a)
	if err != nil {
		return Loaded{}, err
	}
	r := rand.New(rand.NewPCG(2026, 7))
	f, err := settle(ctx, a, p.people, r)
	if err != nil {
		return Loaded{}, err
	}
	// The history begins with the month before last; rules and consents are a little older.
	begin := a.Zone.StartOfMonth(p.month.Add(-2))
	rules, err := publishRules(ctx, a, p.people, begin)
	if err != nil {
		return Loaded{}, err
	}
	if err := consent(ctx, a, f, begin); err != nil {
		return Loaded{}, err
	}
	if err := counted(len(f.players), progress, func(half func()) error { return live(ctx, a, p, rules, f, half) }); err != nil {
		return Loaded{}, err
	}
	if err := hold(ctx, a, p, f); err != nil {
		return Loaded{}, err
	}
	if err := govern(ctx, a, p, f); err != nil {
		return Loaded{}, err
	}
	loaded := Loaded{Month: p.month.String(), Newcomer: f.newcomer.ID}
	for _, m := range []member.Member{f.players[0], f.principal, f.marketer, f.admin, f.desk} {
		in, err := letIn(ctx, a, m)
		if err != nil {
			return Loaded{}, err
		}
		loaded.SignIns = append(loaded.SignIns, in)
	}
	return loaded, nil
}

// counted tells progress of lives of which each half is counted: up to the month's closing, and to this day.
func counted(of int, progress func(done, of int), live func(half func()) error) error {
	halves := make(chan struct{}, of)
	told := make(chan struct{})
	go func() {
		defer close(told)
		n := 0
		for range halves {
			n++
			progress(n/2, of)
		}
	}()
	err := live(func() { halves <- struct{}{} })
	close(halves)
	<-told
	return err
}

// letIn gives somebody the demo's password, the way they would set it themselves, and on the day on which they joined:
// whoever comes in for the first time joins then, and would be a newcomer.
func letIn(ctx context.Context, a *app.App, m member.Member) (SignIn, error) {
	members, err := member.Open(ctx, a.Engine, func() time.Time { return m.Joined })
	if err != nil {
		return SignIn{}, err
	}
	members.Cost = a.Members.Cost
	token, _, err := members.Invite(ctx, admin, m.ID)
	if err != nil {
		return SignIn{}, err
	}
	_, session, err := members.Accept(ctx, token, member.Acceptance{Password: Password}, member.Device{})
	if err != nil {
		return SignIn{}, err
	}
	// The demo's own session is no device of theirs.
	if err := members.SignOut(ctx, session); err != nil {
		return SignIn{}, err
	}
	login := m.Phone
	if login == "" {
		login = m.Email
	}
	return SignIn{Role: m.Role, Name: m.Name, Login: login}, nil
}

// Invite makes a new one-time link's token for somebody who has never come in: the newcomer of last time or, once they
// have come in, another one, whom l then names.
func Invite(ctx context.Context, a *app.App, l *Loaded) (string, error) {
	m, err := a.Members.ByID(ctx, l.Newcomer)
	if err != nil {
		return "", err
	}
	people, err := a.Members.People(ctx, admin, m.Company)
	if err != nil {
		return "", err
	}
	for _, p := range people {
		if p.ID != m.ID || p.Standing != member.StandingActive {
			continue
		}
		next := newcomer(m.Company)
		next.Phone = phone(9000 + rand.IntN(900))
		if m, err = a.Members.Create(ctx, admin, next); err != nil {
			return "", err
		}
		l.Newcomer = m.ID
	}
	token, _, err := a.Members.Invite(ctx, admin, m.ID)
	return token, err
}
