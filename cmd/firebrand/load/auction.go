package load

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	mrand "math/rand/v2"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"firebrand/catalog"
	"firebrand/catalog/auction"
	"firebrand/content"
	"firebrand/internal/calendar"
	"firebrand/internal/fault"
	"firebrand/internal/journal"
	"firebrand/internal/member"
	"firebrand/internal/points"
	"firebrand/internal/store"
	"firebrand/internal/store/sqlite"
)

const (
	// auctionBidders bid for one auction at once.
	auctionBidders = 64
	// bidsLimit is how many durable accepted bids a second one hot auction must take at least.
	bidsLimit = 300
	// refusedLimit is the most that a refused bid may cost, in µs.
	refusedLimit = 80
	// jump bounds by how much people bid above the least that they see: some take the next step, some mean to end it.
	jump = 100
	// auctionPurse is how many points each bidder has.
	auctionPurse = 9_000_000
)

// saleroom is one auction that everybody wants.
type saleroom struct {
	*auction.Service
	journal *journal.Journal
	clock   *saleClock
	done    func() error
	// calls counts bids, so that no key comes twice; next is the least bid as the bidders' pages show it.
	calls, next atomic.Int64
}

// saleClock is the machine's, put forward to end the auction.
type saleClock struct{ ahead atomic.Int64 }

func (c *saleClock) Now() time.Time { return time.Now().Add(time.Duration(c.ahead.Load())) }

// driveAuction lets many people bid for one auction, on the embedded store alone and with a redis-server beside it.
func driveAuction(ctx context.Context, r run) error {
	if err := auctionOn(ctx, r, "embedded", nil); err != nil {
		return err
	}
	server, err := startRedis(ctx, r.dir)
	if err != nil {
		return err
	}
	if server == nil {
		fmt.Fprintln(os.Stderr, "No redis-server is installed: only the embedded store alone is measured.")
		return nil
	}
	redis, err := store.OpenRedis(ctx, server.url)
	if err == nil {
		err = errors.Join(auctionOn(ctx, r, "redis", redis), redis.Close())
	}
	return errors.Join(err, server.stop())
}

// auctionOn measures accepted bids, beside bare inserts of the size of their records, then refused ones; at the end the
// auction is closed and verified.
func auctionOn(ctx context.Context, r run, kind string, redis *store.Redis) (err error) {
	room, err := openSaleroom(ctx, filepath.Join(r.dir, "auction-"+kind), redis)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, room.done()) }()
	var accepted atomic.Int64
	bids, err := during(ctx, r.lasts*2/5, auctionBidders, room.bidding(&accepted))
	if err != nil {
		return err
	}
	bids.ops = accepted.Load()
	last, err := room.journal.Last(ctx, auction.Stream("hot"))
	if err != nil {
		return err
	}
	base, err := openBare(ctx, filepath.Join(r.dir, "auction-"+kind), len(last.Body))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, base.close()) }()
	inserts, err := base.inserting(ctx, r.lasts/20, 1, 1)
	if err != nil {
		return err
	}
	r.report(figure("auction."+kind+"_bids", bids.perSecond(), "1/s").beside(inserts.perSecond()).atLeast(bidsLimit))
	r.report(figure("auction."+kind+"_bid_cpu", bids.each(), "µs").beside(inserts.each()))
	refused, err := during(ctx, r.lasts/20, auctionBidders, room.tooLow(ctx))
	if err != nil {
		return err
	}
	r.report(figure("auction."+kind+"_refused_cpu", refused.each(), "µs").atMost(refusedLimit))
	held, err := room.end(ctx)
	r.report(figure("auction."+kind+"_held_after", float64(held), "points").exactly(0))
	return err
}

// sharedEngine is a store as one of several processes sees it.
type sharedEngine struct {
	store.Engine
	clock *saleClock
}

// Alone says that others may write: with Redis a process believes nothing that it remembers.
func (sharedEngine) Alone() bool { return false }

// Now is the clock that the rooms go by.
func (e sharedEngine) Now(context.Context) (time.Time, error) { return e.clock.Now(), nil }

// openSaleroom opens the rooms that an auction stands on and lets everybody in.
func openSaleroom(ctx context.Context, dir string, redis *store.Redis) (s *saleroom, err error) {
	zone, err := calendar.Load(homeZone)
	if err != nil {
		return nil, err
	}
	embedded, err := sqlite.Open(ctx, dir, sqlite.Options{})
	if err != nil {
		return nil, err
	}
	s = &saleroom{clock: &saleClock{}, done: embedded.Close}
	var engine store.Engine = embedded
	if redis != nil {
		engine = sharedEngine{embedded, s.clock}
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, engine.Close())
		}
	}()
	s.journal, err = journal.Open(ctx, engine, s.clock.Now, points.Family, catalog.StockFamily, catalog.RedemptionFamily, auction.Family)
	if err != nil {
		return nil, err
	}
	bank := &points.Service{Journal: s.journal, Zone: zone, Policy: points.DefaultPolicy(), Now: s.clock.Now}
	shop, err := catalog.New(ctx, engine, s.journal, bank, s.clock.Now, rand.Reader)
	if err != nil {
		return nil, err
	}
	members, err := member.Open(ctx, engine, s.clock.Now)
	if err != nil {
		return nil, err
	}
	s.Service, err = auction.Open(ctx, engine, auction.Service{
		Journal: s.journal, Points: bank, Catalog: shop, Members: members, Redis: redis, Zone: zone, Now: s.clock.Now,
	})
	if err != nil {
		return nil, err
	}
	return s, s.furnish(ctx, bank, shop, members)
}

// furnish enters the bidders, each from a company of their own, and schedules the auction.
func (s *saleroom) furnish(ctx context.Context, bank *points.Service, shop *catalog.Service, members *member.Service) error {
	admin := member.Member{ID: "admin", Role: member.RoleAdmin}
	for i := range auctionBidders {
		who := bidder(i)
		if _, err := members.CreateCompany(ctx, admin, member.Company{ID: who, Name: "Dealer " + who}); err != nil {
			return err
		}
		_, err := members.Create(ctx, admin, member.Member{
			ID: who, Role: member.RoleMember, Company: who, Name: "Bidder " + who, Email: who + "@example.com",
		})
		if err != nil {
			return err
		}
		_, err = bank.Award(ctx, points.Award{Key: "purse", Account: who, Amount: auctionPurse, Source: points.SourceGrant, Ref: "load"})
		if err != nil {
			return err
		}
	}
	_, err := shop.SaveReward(ctx, "load", catalog.Reward{
		ID: "prize", Name: content.Text{"en": "A prize"}, Price: 1, State: catalog.Published,
	}, 0)
	if err != nil {
		return err
	}
	if _, err := shop.AddStock(ctx, "load", "prize", 1, "stock"); err != nil {
		return err
	}
	now := s.clock.Now()
	_, err = s.Save(ctx, "load", auction.Auction{
		ID: "hot", Title: content.Text{"en": "Everybody wants it"}, Reward: "prize", Units: 1, Start: 10, Step: 1,
		Opens: now, Closes: now.Add(24 * time.Hour), AnyPoints: true,
	}, 0)
	if err != nil {
		return err
	}
	_, err = s.Schedule(ctx, "load", "hot")
	return err
}

func bidder(i int) string { return fmt.Sprint("bidder-", i) }

// bidding lets each worker bid a little more than what leads; being too late for the price that they saw counts for
// nothing.
func (s *saleroom) bidding(accepted *atomic.Int64) work {
	s.next.Store(10)
	return func(ctx context.Context, w, _ int) error {
		v, err := s.Bid(ctx, auction.Bid{
			Key: fmt.Sprint(s.calls.Add(1)), Member: bidder(w), Auction: "hot", Amount: s.next.Load() + mrand.Int64N(jump),
		})
		if err == nil {
			accepted.Add(1)
			s.seen(v.Next)
		}
		if f := fault.As(err); f != nil && f.Kind == fault.Conflict {
			next, _ := f.Args["next"].(int64)
			s.seen(next)
			return nil
		}
		return err
	}
}

// seen is what everybody sees of the least bid, which only rises.
func (s *saleroom) seen(next int64) {
	for was := s.next.Load(); next > was && !s.next.CompareAndSwap(was, next); was = s.next.Load() {
	}
}

// tooLow lets each worker bid what was enough long ago.
func (s *saleroom) tooLow(ctx context.Context) work {
	now, err := s.Snapshot(ctx, "hot")
	return func(ctx context.Context, w, _ int) error {
		if err != nil {
			return err
		}
		who := bidder(w)
		if now.Leads[0].Who == member.Who(who) {
			who = bidder((w + 1) % auctionBidders) // whoever leads would be told so
		}
		_, err := s.Bid(ctx, auction.Bid{Key: fmt.Sprint(s.calls.Add(1)), Member: who, Auction: "hot", Amount: 11})
		if f := fault.As(err); f == nil || f.Key != "auction.too_low" {
			return fmt.Errorf("a bid that is too low was answered with %v", err)
		}
		return nil
	}
}

// end closes the auction, verifies it and says how many points are held for it still.
func (s *saleroom) end(ctx context.Context) (held int64, err error) {
	s.clock.ahead.Store(int64(25 * time.Hour))
	for range 2 {
		if err := s.Sweep(ctx); err != nil {
			return 0, err
		}
		s.clock.ahead.Add(int64(time.Minute))
	}
	report, err := s.VerifyAuction(ctx, "hot")
	if err == nil && report.Winners != 1 {
		err = fmt.Errorf("the auction has %d winners", report.Winners)
	}
	return report.Held, err
}
