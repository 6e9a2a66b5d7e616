package app

import (
	"context"
	"strings"

	"firebrand/catalog/auction"
	"firebrand/internal/member"
	"firebrand/internal/notify"
	"firebrand/leaderboard"
	"firebrand/web/live"
)

// openLive opens what people watch: the rooms, the messages, the boards and the auctions.
func (a *App) openLive(ctx context.Context) (err error) {
	a.Live = live.New(live.Options{Now: a.Now, Person: personOf, Notices: a.Notices, Failed: a.failed("live")})
	if a.Messages, err = notify.Open(ctx, a.Engine, a.Now); err != nil {
		return err
	}
	a.Messages.Changed = a.personal
	if err = a.openBoards(ctx); err != nil {
		return err
	}
	a.Auctions, err = auction.Open(ctx, a.Engine, auction.Service{
		Journal: a.Journal, Points: a.Points, Catalog: a.Catalog, Game: auction.Played{Journal: a.Journal, Content: a.Content},
		Members: a.Members, Notify: a.Messages, Redis: a.Redis, Hub: a.Live, Leases: a.Journal.Leases,
		Changed: a.personal, Failed: a.failed("auctions"), Zone: a.Zone, Now: a.Now,
	})
	if err != nil {
		return err
	}
	a.Live.Open(auction.Room("*"), live.Room{Snapshot: a.Auctions.RoomSnapshot, Authorise: a.mayWatchAuction})
	a.Members.Changed = func(id string) {
		a.Boards.Doubt(id)
		a.Live.Recheck(id)
	}
	a.connect()
	return nil
}

func (a *App) openBoards(ctx context.Context) error {
	tables, err := leaderboard.OpenTables(ctx, a.Engine)
	if err != nil {
		return err
	}
	a.Boards = leaderboard.Open(leaderboard.Config{
		Journal: a.Journal, Redis: a.Redis, People: a.Members, Tables: tables, Points: a.Points, Editions: a.Content,
		Messages: a.Messages, Hub: a.Live, Zone: a.Zone, Now: a.Now, Failed: a.failed("leaderboard"),
	})
	return nil
}

// connect lets the processes of one programme tell each other what they changed. Sockets hear of it through the hub.
func (a *App) connect() {
	a.deaf = append(a.deaf,
		a.Members.Connect(a.Notices, a.Boards.Doubt),
		a.Budgets.Connect(a.Notices, a.failed("budgets")),
	)
}

// personal says that a person's own room may show something else now.
func (a *App) personal(member string) { a.Live.Changed(live.Personal + member) }

// mayWatchAuction lets people into an auction's room by who they are now, not by who opened the line.
func (a *App) mayWatchAuction(identity any, room string) error {
	ctx, cancel := context.WithTimeout(context.Background(), live.SnapshotWait)
	defer cancel()
	return a.Auctions.MayWatch(ctx, strings.TrimPrefix(room, auction.Room("")), personOf(identity))
}

// personOf is whose connection it is: pages open theirs with the person who is signed in.
func personOf(identity any) string {
	m, _ := identity.(member.Member)
	return m.ID
}
