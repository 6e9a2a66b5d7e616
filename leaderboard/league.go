package leaderboard

import (
	"context"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"firebrand/internal/calendar"
	"firebrand/internal/member"
)

const (
	// LeastPlayers is how many players make a team.
	LeastPlayers = 3
	// Shrink is how many members of average strength every team is counted with beside its own; see Score.
	Shrink = 5
	// PoolClass is the class of the regions' pools of single traders: companies with fewer staff than LeastPlayers.
	PoolClass = "pool"
)

// League is how companies stand in a month, in classes of size.
type League struct {
	Month   calendar.Month `json:"month"`
	Classes []Class        `json:"classes"`
	Updated time.Time      `json:"updated"`
	// Closed says that the month is over and this is its final table.
	Closed bool `json:"closed,omitempty"`
}

// Class is the companies of one size, or PoolClass.
type Class struct {
	// Name is the brand's own word for the size; empty for companies that were given none.
	Name string `json:"name"`
	// Mean is what a member of the class's ranked teams won on average, in thousandths of a point.
	Mean int64 `json:"mean"`
	// Teams are ranked, the best first; behind them come those of rank 0, which have fewer than LeastPlayers players yet.
	Teams []Team `json:"teams"`
}

// Team is a company, or a region's pool of single traders.
type Team struct {
	Rank int `json:"rank"`
	// Company is its id; empty for a pool.
	Company string `json:"company,omitempty"`
	// Name is the company's; a pool's is its region.
	Name   string `json:"name"`
	Region string `json:"region,omitempty"`
	// Staff is how many active members count, whether they play or not; Players how many of them won something.
	Staff   int `json:"staff"`
	Players int `json:"players"`
	// Sum is what they won together, in points.
	Sum int64 `json:"sum"`
	// Average is Sum a head and Score what ranks the team, both in thousandths of a point; see Score.
	Average int64 `json:"average"`
	Score   int64 `json:"score"`
}

// leaguePart marks the league in a month's versions.
const leaguePart = "league"

// staffFor is how long companies and the numbers of their staff are taken as they were read, staffLeast how long at
// least where somebody came or left.
const (
	staffFor   = 5 * time.Minute
	staffLeast = 2 * time.Second
)

// leagueRead remembers the league until a sum in it changes.
type leagueRead struct {
	mu     sync.Mutex
	staff  roll
	doubt  atomic.Bool
	state  string
	league League
}

// roll is who is in which company.
type roll struct {
	companies map[string]member.Company
	staff     map[string]int
	read      time.Time
}

// part is what a company's players won together.
type part struct {
	points  int64
	players int
}

// League returns the companies' league of a month, each class ranked by Score. Faults as in Around.
func (s *Service) League(ctx context.Context, m calendar.Month) (League, error) {
	at, err := s.mark(ctx, m)
	if err != nil {
		return League{}, err
	}
	if at.closed {
		return s.frozen.league(ctx, m)
	}
	t := &s.league
	t.mu.Lock()
	defer t.mu.Unlock()
	fresh, err := s.refreshRoll(ctx)
	if err != nil {
		return League{}, err
	}
	state := m.String() + "/" + at.of(leaguePart)
	if !fresh && state == t.state {
		return t.league, nil
	}
	sums, err := s.leagueSums(ctx, m)
	if err != nil {
		return League{}, err
	}
	t.league = League{Month: m, Classes: classesOf(t.staff, sums), Updated: s.now()}
	t.state = state
	return t.league, nil
}

// refreshRoll reads companies and their staff where that is due, and says whether it did.
func (s *Service) refreshRoll(ctx context.Context) (bool, error) {
	t := &s.league
	age := s.now().Sub(t.staff.read)
	if !t.staff.read.IsZero() && age >= 0 && (age < staffLeast || !t.doubt.Load() && age < staffFor) {
		return false, nil
	}
	t.doubt.Store(false)
	staff, err := s.readRoll(ctx)
	if err != nil {
		t.doubt.Store(true)
		return false, err
	}
	t.staff = staff
	return true, nil
}

func (s *Service) readRoll(ctx context.Context) (roll, error) {
	companies, err := s.People.Companies(ctx)
	if err != nil {
		return roll{}, err
	}
	r := roll{companies: map[string]member.Company{}, staff: map[string]int{}, read: s.now()}
	for _, c := range companies {
		r.companies[c.ID] = c
	}
	return r, s.staff(ctx, func(p member.Member) { r.staff[p.Company]++ })
}

// leagueSums reads what each company's players won together.
func (s *Service) leagueSums(ctx context.Context, m calendar.Month) (map[string]part, error) {
	fields, err := s.Redis.HGetAll(ctx, leagueKey(m)).Result()
	if err != nil {
		return nil, down(err)
	}
	sums := map[string]part{}
	for field, value := range fields {
		what, company, _ := strings.Cut(field, ":")
		n, err := strconv.ParseInt(value, 10, 64)
		if err != nil {
			return nil, err
		}
		p := sums[company]
		if what == "s" {
			p.points = n
		} else {
			p.players = int(n)
		}
		sums[company] = p
	}
	return sums, nil
}
