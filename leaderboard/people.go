package leaderboard

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"firebrand/internal/fault"
	"firebrand/internal/member"
)

const (
	// knownFor is how long a name is shown before it is asked again.
	knownFor = 30 * time.Second
	// knownMost bounds how many people are remembered.
	knownMost = 150_000
)

// person is somebody with their company, which is empty for the brand's own people, and as a board shows them. It is
// never changed; nil is nobody.
type person struct {
	member.Member
	company   member.Company
	who, name string
	region    string // the name of the region's board, empty for none
	asked     time.Time
	// shown is what stands between rank and points in the person's rows as JSON: boards are encoded all the time, and
	// people seldom change.
	shown []byte
}

func newPerson(m member.Member, c member.Company, asked time.Time) *person {
	p := &person{Member: m, company: c, who: member.Who(m.ID), name: m.BoardName(), asked: asked}
	if region := RegionBoard(c.Region); validRegion(region) {
		p.region = region
	}
	p.shown = shownOf(p)
	return p
}

// stands reports whether the person stands on boards at all: active dealer staff do.
func (p *person) stands() bool { return p != nil && p.Role == member.RoleMember && p.Active() }

// names remembers people for a while, so that a board that is drawn five times a second does not ask for them as often.
type names struct {
	people People
	now    func() time.Time
	mu     sync.Mutex
	known  map[string]*person
	// changes counts what was forgotten, so that what was made of names is made anew.
	changes atomic.Int64
}

// of returns the people of these ids; who does not exist is left out. Where the store does not answer, people who were
// known before are returned as they were.
func (n *names) of(ctx context.Context, ids ...string) (map[string]*person, error) {
	found := make(map[string]*person, len(ids))
	var ask []string
	now := n.now()
	n.mu.Lock()
	for _, id := range ids {
		p, known := n.known[id]
		if known {
			found[id] = p
		}
		if !known || now.Sub(p.asked) >= knownFor {
			ask = append(ask, id)
		}
	}
	n.mu.Unlock()
	if len(ask) == 0 {
		return found, nil
	}
	fresh, err := n.ask(ctx, ask, now)
	if err != nil {
		if len(found) == len(ids) {
			return found, nil
		}
		return nil, err
	}
	for _, id := range ask {
		delete(found, id)
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if len(n.known)+len(fresh) > knownMost {
		clear(n.known)
	}
	for id, p := range fresh {
		found[id], n.known[id] = p, p
	}
	return found, nil
}

// inOrder returns the people of some rows, nil for who does not exist. Otherwise it is of.
func (n *names) inOrder(ctx context.Context, rows []placed) ([]*person, error) {
	people := make([]*person, len(rows))
	if n.remembered(rows, people) {
		return people, nil
	}
	accounts := make([]string, len(rows))
	for i, p := range rows {
		accounts[i] = p.account
	}
	found, err := n.of(ctx, accounts...)
	if err != nil {
		return nil, err
	}
	for i, id := range accounts {
		people[i] = found[id]
	}
	return people, nil
}

// remembered finds the people of these rows, and is false where one of them must be asked for.
func (n *names) remembered(rows []placed, people []*person) bool {
	now := n.now()
	n.mu.Lock()
	defer n.mu.Unlock()
	for i, row := range rows {
		p, known := n.known[row.account]
		if !known || now.Sub(p.asked) >= knownFor {
			return false
		}
		people[i] = p
	}
	return true
}

// ask reads people and their companies from the store.
func (n *names) ask(ctx context.Context, ids []string, now time.Time) (map[string]*person, error) {
	members, err := n.people.Many(ctx, ids)
	if err != nil {
		return nil, err
	}
	companies := map[string]member.Company{}
	fresh := make(map[string]*person, len(members))
	for id, m := range members {
		c, known := companies[m.Company]
		if !known && m.Company != "" {
			if c, err = n.people.CompanyByID(ctx, m.Company); err != nil && !fault.Is(err, fault.NotFound) {
				return nil, err
			}
			companies[m.Company] = c
		}
		fresh[id] = newPerson(m, c, now)
	}
	return fresh, nil
}

// forget makes the next question about these people go to the store.
func (n *names) forget(ids ...string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, id := range ids {
		delete(n.known, id)
	}
	n.changes.Add(1)
}
