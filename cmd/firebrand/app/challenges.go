package app

import (
	"context"

	"firebrand/catalog/purchase/cases"
	"firebrand/catalog/purchase/challenge"
	"firebrand/internal/journal"
)

// openChallenges opens the rooms that look at what was bought, played and read.
func (a *App) openChallenges(ctx context.Context) (err error) {
	a.Challenges, err = challenge.Open(ctx, a.Engine, &challenge.Service{
		Journal: a.Journal, Points: a.Points, People: challenge.Folk{Members: a.Members},
		Purchases: challenge.Orders{Purchases: a.Orders}, Plays: challenge.Games{Content: a.Content, Journal: a.Journal},
		Reads: challenge.Articles{Content: a.Content}, Zone: a.Zone, Now: a.Now, Failed: a.failed("challenges"),
	})
	if err != nil {
		return err
	}
	a.Cases, err = cases.Open(ctx, a.Engine, &cases.Service{
		Journal: a.Journal, Orders: cases.Ledger{Purchases: a.Orders, Rules: a.Rules, Points: a.Points, Zone: a.Zone},
		Steps: cases.Challenges{}, Zone: a.Zone, Now: a.Now, Failed: a.failed("cases"),
	})
	return err
}

// challengeFollowers listen to orders, games and challenges.
func (a *App) challengeFollowers() []journal.Follower {
	return append(a.Challenges.Followers(), a.Cases.Followers()...)
}

// challenge checks one account in one challenge, and that the account of points tells the same.
func (v *audit) challenge(ctx context.Context) func(string, []journal.Record) error {
	return func(stream string, recs []journal.Record) error {
		if err := challenge.CheckStream(stream, recs); err != nil {
			return err
		}
		last := recs[len(recs)-1]
		open, err := challenge.Unfinished(last)
		if err != nil {
			return err
		}
		if open != "" {
			v.unpaid = append(v.unpaid, open)
		}
		return v.app.Challenges.Agree(ctx, last)
	}
}
