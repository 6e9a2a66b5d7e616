package demo

import (
	"context"
	"crypto/rand"
	"fmt"
	mathrand "math/rand/v2"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"firebrand/catalog"
	"firebrand/catalog/purchase"
	"firebrand/catalog/purchase/rule"
	"firebrand/cmd/firebrand/app"
	"firebrand/content"
	"firebrand/game"
	"firebrand/internal/calendar"
	"firebrand/internal/fault"
	"firebrand/internal/journal"
	"firebrand/internal/member"
	"firebrand/internal/points"
)

// workers is how many lives are lived at once; the store writes what they do in groups.
const workers = 100

// life lives the past of some members through the services, on a clock of its own. It is used by one goroutine.
type life struct {
	programme
	zone    calendar.Zone
	end     time.Time
	at      time.Time
	r       *mathrand.Rand
	points  *points.Service
	game    *game.Service
	catalog *catalog.Service
	content *content.Service
	orders  *purchase.Service
	// counter is where all lives queue for their prizes.
	counter *sync.Mutex
	stories []*story
}

// now is the clock of the life's services.
func (l *life) now() time.Time { return l.at }

// newLife opens rooms over the app's store that go by the life's own clock.
func newLife(ctx context.Context, a *app.App, p programme, rules *rule.Versions, counter *sync.Mutex, seed uint64) (*life, error) {
	l := &life{
		programme: p, zone: a.Zone, end: a.Now(), at: a.Now(), r: mathrand.New(mathrand.NewPCG(seed, 11)), counter: counter,
	}
	j, err := journal.Open(ctx, a.Engine, l.now, app.Families...)
	if err != nil {
		return nil, err
	}
	l.points = &points.Service{Journal: j, Zone: a.Zone, Policy: a.Points.Policy, Now: l.now}
	if l.content, err = content.Open(ctx, a.Engine, a.Zone, l.now); err != nil {
		return nil, err
	}
	l.game, err = game.Open(ctx, a.Engine, game.Service{
		Journal: j, Content: l.content, Points: l.points, Zone: a.Zone, Now: l.now, Random: rand.Reader, Policy: a.Game.Policy,
	})
	if err != nil {
		return nil, err
	}
	l.orders, err = purchase.Open(ctx, a.Engine, purchase.Service{
		Journal: j, Points: l.points, Buyers: a.Members, Rules: rules, Zone: a.Zone, Now: l.now,
	})
	if err != nil {
		return nil, err
	}
	l.catalog, err = catalog.New(ctx, a.Engine, j, l.points, l.now, rand.Reader)
	return l, err
}

// live lives the past of all dealers and members, up to where the month before is final; then its boards are closed, and
// life goes on. The first dealer's is told within the life of its member whom visitors sign in as, since it shares with
// them.
func live(ctx context.Context, a *app.App, p programme, rules *rule.Versions, f folk, half func()) error {
	lives := make([]*life, workers)
	var counter sync.Mutex
	err := atOnce(ctx, lives, func(ctx context.Context, w int) error {
		l, err := newLife(ctx, a, p, rules, &counter, uint64(w))
		if err != nil {
			return err
		}
		lives[w] = l
		for i := w; i < len(f.players); i += workers {
			l.stories = append(l.stories, l.story(i, f))
		}
		if w > 0 && w < len(f.companies) {
			return l.dealer(ctx, w, f.companies[w])
		}
		return nil
	})
	if err != nil {
		return err
	}
	final, to := finalAt(a.Zone, p.month), a.Now()
	if final.Before(to) {
		to = final
	}
	err = atOnce(ctx, lives, func(ctx context.Context, w int) error {
		l := lives[w]
		return l.goOn(ctx, to, func(*story) error { half(); return nil })
	})
	if err != nil {
		return err
	}
	if to.Equal(final) {
		if err := closeMonths(ctx, a, final); err != nil {
			return err
		}
	}
	return atOnce(ctx, lives, func(ctx context.Context, w int) error {
		l := lives[w]
		return l.goOn(ctx, l.end, func(s *story) error {
			defer half()
			return l.today(ctx, s, f.desk)
		})
	})
}

// atOnce does something for each life, all at once.
func atOnce(ctx context.Context, lives []*life, do func(ctx context.Context, w int) error) error {
	g, ctx := errgroup.WithContext(ctx)
	for w := range lives {
		g.Go(func() error { return do(ctx, w) })
	}
	return g.Wait()
}

// goOn tells a life's stories up to the instant t, and what follows each.
func (l *life) goOn(ctx context.Context, t time.Time, then func(*story) error) error {
	for _, s := range l.stories {
		err := l.until(ctx, s, t)
		if err == nil {
			err = then(s)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", s.who.ID, err)
		}
	}
	return nil
}

// story is what somebody did and has still to live.
type story struct {
	who member.Member
	// guest is whom visitors sign in as; calm are they and their principal, who leave no game and buy no prize.
	guest, calm bool
	skill       float64
	visits      []visit
	bought      []told
}

// story draws the past of a player.
func (l *life) story(i int, f folk) *story {
	m := f.players[i]
	s := &story{who: m, guest: i == 0, skill: 0.4 + 0.58*l.r.Float64()}
	s.calm = s.guest || m.ID == f.principal.ID
	if s.calm {
		s.skill = 0.85
	}
	s.visits = l.visits(m, s.calm)
	switch {
	case s.guest:
		s.bought = l.bought(0, f.companies[0])
	case m.Role == member.RoleMember:
		s.bought = l.personal(i, m)
	}
	return s
}

// until lives games and purchases up to the instant t.
func (l *life) until(ctx context.Context, s *story, t time.Time) (err error) {
	for len(s.visits) > 0 && s.visits[0].at.Before(t) {
		visit := s.visits[0]
		s.visits = s.visits[1:]
		if s.bought, err = l.take(ctx, s.bought, visit.at); err != nil {
			return err
		}
		if err := l.idle(ctx, s.who, visit.at); err != nil {
			return err
		}
		l.at = visit.at
		// The guest was among the best of the month before, so that its prizes tell them something.
		skill, spread := s.skill, 0.6
		if s.guest && visit.quiz.Offset < 0 {
			skill, spread = 1, 0.1
		}
		if err := l.play(ctx, s.who, visit.quiz, skill, spread, !s.calm && l.r.IntN(25) == 0); err != nil {
			return err
		}
	}
	if s.bought, err = l.take(ctx, s.bought, t); err != nil {
		return err
	}
	return l.idle(ctx, s.who, t)
}

// today is the last of it: some take a prize.
func (l *life) today(ctx context.Context, s *story, desk member.Member) error {
	l.at = l.end.Add(-time.Duration(1+l.r.IntN(12*60)) * time.Minute)
	if s.calm || l.r.IntN(6) > 0 {
		return nil
	}
	return l.redeem(ctx, s.who, desk)
}

// visit is one quiz played at one time.
type visit struct {
	at   time.Time
	quiz quiz
}

// visits draws when a member played what, in order. The guest has played one game of this month, so that one is left
// to save their points with.
func (l *life) visits(m member.Member, guest bool) []visit {
	var all []visit
	seen := 0
	for _, q := range l.quizzes {
		from, to := l.zone.StartOfMonth(l.month.Add(q.Offset)), l.zone.EndOfMonth(l.month.Add(q.Offset))
		if q.Offset > 0 || m.Joined.After(to) {
			continue
		}
		if to.After(l.end.Add(-time.Hour)) {
			to = l.end.Add(-time.Hour)
		}
		if m.Joined.After(from) {
			from = m.Joined
		}
		if !to.After(from) {
			continue
		}
		at := from.Add(time.Duration(l.r.Int64N(int64(to.Sub(from)))))
		if guest {
			if q.Offset == 0 {
				seen++
			}
			if seen > 1 {
				continue
			}
			at = to.Add(-time.Duration(min(int64(to.Sub(from)), int64(5*24*time.Hour))))
		} else if l.r.Float64() > 0.72 {
			continue
		}
		all = append(all, visit{at, q})
	}
	slices.SortFunc(all, func(a, b visit) int { return a.at.Compare(b.at) })
	return all
}

// idle lets the warning be written that a running program would have written on the way to the instant t.
func (l *life) idle(ctx context.Context, m member.Member, t time.Time) error {
	view, err := l.points.Balance(ctx, m.ID)
	if err != nil || view.WarnsAt.IsZero() || view.WarnsAt.After(t) {
		return err
	}
	l.at = view.WarnsAt
	return l.game.WarnIdle(ctx, func(_ context.Context, each func(string) error) error { return each(m.ID) })
}

// play plays one quiz to its end, or leaves it in the middle. Spread is by how much of the time the answers differ.
func (l *life) play(ctx context.Context, m member.Member, q quiz, skill, spread float64, leaves bool) error {
	p := game.Player{ID: m.ID, Lang: m.Lang, Pace: m.Pace}
	view, err := l.game.Start(ctx, p, q.Slug, m.Lang, "demo-start-"+q.Slug)
	if err != nil {
		return err
	}
	for n := 1; view.State == game.StateOpen; n++ {
		if leaves && n == 5 {
			_, err = l.game.Leave(ctx, p, q.Slug, "demo-leave")
			return err
		}
		l.at = l.at.Add(time.Duration(1500+l.r.IntN(4000)) * time.Millisecond)
		if view, err = l.game.Next(ctx, p, q.Slug, fmt.Sprintf("demo-next-%d", n)); err != nil {
			return err
		}
		if view.Open == nil {
			continue
		}
		think := 0.12 + spread*l.r.Float64()
		l.at = l.at.Add(time.Duration(think * float64(view.Open.LimitMS) * float64(time.Millisecond)))
		choice := q.choose(*view.Open, l.r, skill)
		if view, err = l.game.Answer(ctx, p, q.Slug, view.Open.N, choice, l.r.IntN(3) == 0, fmt.Sprintf("demo-answer-%d", n)); err != nil {
			return err
		}
	}
	return nil
}

// choose answers a question, rightly as often as the skill says. A player is shown no ids of the content, so options
// are told apart by their texts.
func (q quiz) choose(open game.Question, r *mathrand.Rand, skill float64) []string {
	right := map[string]bool{}
	for _, question := range q.Questions {
		if question.ID != open.ID {
			continue
		}
		for _, o := range question.Options {
			for _, text := range o.Text {
				right[text] = o.Right
			}
		}
	}
	var choice []string
	knows := r.Float64() < skill
	for _, o := range open.Options {
		if right[o.Text] == knows {
			choice = append(choice, o.ID)
		}
	}
	if !knows && len(choice) > 1 {
		choice = choice[:1]
	}
	return choice
}

// redeem takes the dearest prize the member can pay, and mostly the desk has handed it out since.
func (l *life) redeem(ctx context.Context, m, desk member.Member) error {
	view, err := l.points.Balance(ctx, m.ID)
	if err != nil {
		return err
	}
	best := reward{}
	for _, w := range l.rewards {
		if w.Price <= view.Alive && w.Price > best.Price {
			best = w
		}
	}
	if best.Price == 0 {
		return nil
	}
	// Lives race for the few streams of stock as so many processes would; one after another none of them has to wait long.
	l.counter.Lock()
	defer l.counter.Unlock()
	r, err := l.catalog.Redeem(ctx, catalog.Order{Key: "demo-redeem", Member: m.ID, Company: m.Company, Reward: best.Slug, Price: best.Price})
	if fault.Is(err, fault.Conflict) {
		return nil // sold out
	}
	if err != nil || l.r.IntN(3) == 0 {
		return err
	}
	l.at = l.at.Add(time.Minute)
	_, err = l.catalog.Issue(ctx, desk.ID, r.ID, "demo-issue")
	return err
}
