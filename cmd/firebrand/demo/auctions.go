package demo

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"firebrand/catalog/auction"
	"firebrand/cmd/firebrand/app"
	"firebrand/content"
	"firebrand/internal/calendar"
	"firebrand/internal/fault"
	"firebrand/internal/member"
	"firebrand/internal/notify"
)

// When an auction of the demo is, beside the present instant.
const (
	over     = "over"
	today    = "today"
	tomorrow = "tomorrow"
	sealed   = "sealed"
	soon     = "soon"
)

// lot is an auction of the demo. Its amounts are shares, in hundredths, of what the guest can bid.
type lot struct {
	Slug   string `json:"slug"`
	Kind   string `json:"kind"`
	Reward string `json:"reward"`
	Units  int    `json:"units"`
	Proxy  bool   `json:"proxy"`
	// BuyNow is 0 where it is not offered.
	BuyNow      int64        `json:"buyNow"`
	Title       content.Text `json:"title"`
	Description content.Text `json:"description"`
	Bids        []call       `json:"bids"`
}

// call is one bid: Who is "guest", "principal" or the number of one of the others, each of another company.
type call struct {
	Who   json.RawMessage `json:"who"`
	Share int64           `json:"share"`
	// Most is the highest bid that is named, 0 for none.
	Most int64 `json:"most"`
}

// sale holds the demo's auctions.
type sale struct {
	app  *app.App
	zone calendar.Zone
	now  time.Time
	// young says that the month is so new that next to nobody has won anything in it: then any points are bid.
	young     bool
	marketer  string
	principal string
	guest     string
	// others may bid, each from another company than the others and the guest; purse is what the guest can bid.
	others []string
	purse  int64
}

// hold holds the auctions: the one that is over first, then those that are under way or to come, at once.
func hold(ctx context.Context, a *app.App, p programme, f folk) error {
	lots, err := read[[]lot]("auctions.json")
	if err != nil {
		return err
	}
	s := &sale{app: a, zone: a.Zone, now: a.Now(), marketer: f.marketer.ID, principal: f.principal.ID, guest: f.players[0].ID}
	s.young = s.now.Sub(a.Zone.StartOfMonth(p.month)) < 30*time.Hour
	if err := s.gather(ctx, p.month, f); err != nil {
		return err
	}
	var counter sync.Mutex
	g, later := errgroup.WithContext(ctx)
	for _, one := range lots {
		l, err := newLife(ctx, a, p, nil, &counter, 0)
		if err != nil {
			return err
		}
		do := func(ctx context.Context) error {
			if err := s.auction(ctx, l, one); err != nil {
				return fmt.Errorf("auction %s: %w", one.Slug, err)
			}
			return nil
		}
		if one.Kind != over {
			g.Go(func() error { return do(later) })
		} else if err := do(ctx); err != nil {
			return err
		}
	}
	return g.Wait()
}

// bidder is somebody who may bid, with what they can; rested says that nothing happened to their points since the first
// auction opened, so that their bids stand in the statement on the day on which they were made.
type bidder struct {
	member.Member
	purse  int64
	rested bool
}

// gather finds who can bid: the richest of each company but the guest's.
func (s *sale) gather(ctx context.Context, month calendar.Month, f folk) error {
	opens, _ := s.times(over)
	best := map[string]bidder{}
	for i, m := range f.players {
		view, err := s.app.Points.Balance(ctx, m.ID)
		if err != nil {
			return err
		}
		b := bidder{m, view.Alive, view.At.Before(opens)}
		if !s.young {
			b.purse = 0
			for _, won := range view.Months {
				if won.Month == month {
					b.purse = min(view.Alive, won.Total())
				}
			}
		}
		if i == 0 {
			s.purse = min(b.purse, 250)
		}
		if was, found := best[m.Company]; m.Company != f.principal.Company && (!found || b.purse > was.purse) {
			best[m.Company] = b
		}
	}
	s.others = s.ordered(slices.Collect(maps.Values(best)))
	return nil
}

// ordered puts bidders in order: of those who can bid as much as the guest the rested first, then by their purses.
func (s *sale) ordered(all []bidder) (ids []string) {
	slices.SortFunc(all, func(a, b bidder) int {
		if a.rested != b.rested && min(a.purse, b.purse) >= s.purse {
			if a.rested {
				return -1
			}
			return 1
		}
		return cmp.Or(cmp.Compare(b.purse, a.purse), cmp.Compare(a.ID, b.ID))
	})
	for _, b := range all {
		ids = append(ids, b.ID)
	}
	return ids
}

// times are when an auction of a kind opens and closes: ends lie between 10 and 20 o'clock.
func (s *sale) times(kind string) (opens, closes time.Time) {
	local := s.now.In(s.zone.Location())
	clock := func(days, hour int) time.Time {
		y, m, d := local.Date()
		return time.Date(y, m, d+days, hour, 0, 0, 0, s.zone.Location())
	}
	ago := func(hours int) time.Time { return s.now.Add(-time.Duration(hours) * time.Hour).Truncate(time.Minute) }
	start := s.zone.StartOfMonth(s.zone.Month(s.now))
	switch kind {
	case over:
		opens, closes = clock(-3, 10), clock(-1, 18)
		if s.young {
			opens, closes = ago(20), ago(1)
		}
	case today:
		opens, closes = ago(22), clock(0, 19)
		if closes.Sub(s.now) < 90*time.Minute {
			closes = clock(1, 12)
		}
	case tomorrow:
		opens, closes = ago(30), clock(1, 15)
	case sealed:
		opens, closes = ago(26), clock(2, 17)
	case soon:
		return s.now.Add(70 * time.Minute).Truncate(30 * time.Minute), clock(3, 18)
	}
	if !s.young && opens.Before(start) {
		opens = start
	}
	return opens, closes
}

// auction announces one, lets people bid and, where it is over, ends it.
func (s *sale) auction(ctx context.Context, l *life, one lot) error {
	messages, err := notify.Open(ctx, s.app.Engine, l.now)
	if err != nil {
		return err
	}
	room, err := auction.Open(ctx, s.app.Engine, auction.Service{
		Journal: l.points.Journal, Points: l.points, Catalog: l.catalog, Members: s.app.Members, Notify: messages,
		Game: auction.Played{Journal: l.points.Journal, Content: l.content}, Zone: s.zone, Now: l.now,
	})
	if err != nil {
		return err
	}
	opens, closes := s.times(one.Kind)
	form := auction.Ascending
	if one.Kind == sealed {
		form = auction.Sealed
	}
	l.at = opens.Add(-2 * time.Hour)
	if l.at.After(s.now) {
		l.at = s.now
	}
	_, err = room.Save(ctx, s.marketer, auction.Auction{
		ID: one.Slug, Title: one.Title, Description: one.Description, Reward: one.Reward, Units: one.Units, Form: form,
		Start: s.share(10), Step: 2, BuyNow: s.share(one.BuyNow), Proxy: one.Proxy, Opens: opens, Closes: closes,
		AnyPoints: s.young, NoGameNeeded: s.young,
	}, 0)
	if err != nil {
		return err
	}
	if _, err := room.Schedule(ctx, s.marketer, one.Slug); err != nil {
		return err
	}
	if err := s.bids(ctx, l, room, one); err != nil || one.Kind != over {
		return err
	}
	// A running program sweeps every second: at the end, and when nothing can come late any more.
	for _, after := range []time.Duration{time.Second, time.Minute} {
		l.at = closes.Add(after)
		if err := room.Sweep(ctx); err != nil {
			return err
		}
	}
	return nil
}

// bids lets the bids come, spread over the time since the opening.
func (s *sale) bids(ctx context.Context, l *life, room *auction.Service, one lot) error {
	opens, until := s.times(one.Kind)
	if until.After(s.now) {
		until = s.now
	}
	for n, c := range one.Bids {
		who, err := s.who(c.Who)
		if err != nil {
			return err
		}
		if who == "" {
			continue // fewer can bid than the story asks for
		}
		l.at = opens.Add(until.Sub(opens) * time.Duration(n+1) / time.Duration(len(one.Bids)+1)).Truncate(time.Second)
		bid := auction.Bid{Key: fmt.Sprintf("demo-bid-%d", n), Member: who, Auction: one.Slug, Amount: s.share(c.Share)}
		if c.Most > 0 {
			bid.Max = s.share(c.Most)
		}
		_, err = room.Bid(ctx, bid)
		if fault.Is(err, fault.Conflict) {
			continue // a purse too small, or a price that rose above it: as people find it
		}
		if err != nil {
			return fmt.Errorf("bid %d of %s: %w", n, who, err)
		}
	}
	return nil
}

// who is the id of somebody who bids, empty where nobody is left.
func (s *sale) who(raw json.RawMessage) (string, error) {
	switch string(raw) {
	case `"guest"`:
		return s.guest, nil
	case `"principal"`:
		return s.principal, nil
	}
	var n int
	if err := json.Unmarshal(raw, &n); err != nil {
		return "", err
	}
	if n >= len(s.others) {
		return "", nil
	}
	return s.others[n], nil
}

// share is a part of what the guest can bid, in points; none of nothing.
func (s *sale) share(hundredths int64) int64 { return max(s.purse*hundredths/100, min(hundredths, 1)) }
