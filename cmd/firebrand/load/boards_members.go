package load

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"firebrand/cmd/firebrand/app"
	"firebrand/internal/journal"
	"firebrand/internal/member"
	"firebrand/internal/points"
	"firebrand/leaderboard"
)

// boardWriters are how many people are entered at once.
const boardWriters = 32

// filled is a data folder whose members all stand on this month's board.
type filled struct {
	data, redis string
	members     int
	ids         []string
	readers     []player
}

// membersOr is how many members a load of boards has: what was said, or what is usual.
func (r run) membersOr(usual int) int {
	if r.members > 0 {
		return min(r.members, usual)
	}
	return usual
}

// fillBoards makes a programme whose members have all won something this month, and draws its boards.
func fillBoards(ctx context.Context, data, redis string, members int) (b *filled, err error) {
	a, err := app.Open(ctx, app.Settings{Data: data, Redis: redis, Zone: homeZone})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	a.Members.Cost = member.Cost{Memory: 64, Passes: 1, Lanes: 1}
	admin := member.Member{ID: loader, Role: member.RoleAdmin}
	company, err := a.Members.CreateCompany(ctx, admin, member.Company{Name: "Load", Region: "kyiv", Size: "1", Industry: "retail"})
	if err != nil {
		return nil, err
	}
	b = &filled{data: data, redis: redis, members: members, ids: make([]string, members), readers: make([]player, min(boardReaders, members))}
	err = all(ctx, members, boardWriters, func(ctx context.Context, i int) (err error) {
		if i < len(b.readers) {
			b.readers[i], err = enter(ctx, a, company.ID, i)
			b.ids[i] = b.readers[i].id
		} else {
			b.ids[i], err = enroll(ctx, a, admin, company.ID, i)
		}
		if err != nil {
			return err
		}
		// Readers stand all over the board, not at its end.
		return won(ctx, a, b.ids[i], "fill", int64(1+(i*7919)%members))
	})
	if err != nil {
		return nil, err
	}
	return b, a.Boards.CatchUp(ctx)
}

// enroll makes a member who has not come in yet, and is no newcomer: of so many hardly anybody joined this month.
func enroll(ctx context.Context, a *app.App, admin member.Member, company string, i int) (string, error) {
	m, err := a.Members.Create(ctx, admin, member.Member{
		Role: member.RoleMember, Company: company, Name: fmt.Sprintf("Member %d", i), Lang: "uk", Email: fmt.Sprintf("member-%d@load.example", i),
		Joined: a.Now().AddDate(0, -2, 0),
	})
	return m.ID, err
}

// won lets a member win points in a game that has just ended.
func won(ctx context.Context, a *app.App, id, key string, amount int64) error {
	_, err := a.Points.Award(ctx, points.Award{
		Key: key, Actor: loader, Account: id, Amount: amount, Source: points.SourceGame, Funding: loader, Played: true,
		Ref: "play/load/" + a.Zone.Month(a.Now()).String() + "/" + id,
	})
	return err
}

// finishing measures what it costs to bring a finished game's points to the boards: from when the process that played it
// is told of its record, as boards are while they run. The games themselves are another load's figure. The baseline is the
// same writes by hand; see byHand.
func (b *filled) finishing(ctx context.Context, r run, server *redisServer) (err error) {
	a, err := app.Open(ctx, app.Settings{Data: b.data, Redis: b.redis, Zone: homeZone})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	if err := errors.Join(a.Boards.CatchUp(ctx), b.bareBoard(ctx, server)); err != nil {
		return err
	}
	var crowds, alone, bare, bareAlone apart
	n := finishedEach * int(r.lasts/time.Second) / rounds
	for round := range rounds {
		recs, err := b.finished(ctx, a, round, n)
		if err != nil {
			return err
		}
		few := max(n/10, 1) // which cost so much alone that they are enough
		inCrowds, err := server.beside(n-few, func() error { return reach(ctx, a, recs[few:], crowd) })
		if err != nil {
			return err
		}
		byOne, err := server.beside(few, func() error { return reach(ctx, a, recs[:few], 1) })
		if err != nil {
			return err
		}
		byHand, err := b.byHand(ctx, server, round*n, n-few, crowd)
		if err != nil {
			return err
		}
		oneByHand, err := b.byHand(ctx, server, round*n+n-few, few, 1)
		if err != nil {
			return err
		}
		crowds, alone = crowds.quieter(inCrowds), alone.quieter(byOne)
		bare, bareAlone = bare.quieter(byHand), bareAlone.quieter(oneByHand)
	}
	r.report(figure("boards.finished_cpu", crowds.server, "µs").beside(bare.server).atMost(finishedLimit))
	r.report(figure("boards.finished_redis_cpu", crowds.redis, "µs").beside(bare.redis).atMost(finishedRedisLimit))
	r.report(figure("boards.finished_alone_cpu", alone.server, "µs").beside(bareAlone.server))
	r.report(figure("boards.finished_alone_redis_cpu", alone.redis, "µs").beside(bareAlone.redis))
	return nil
}

// finished plays n games and returns what the journal told of them.
func (b *filled) finished(ctx context.Context, a *app.App, round, n int) ([]journal.Record, error) {
	var mu sync.Mutex
	var recs []journal.Record
	defer a.Journal.Listen(points.Family, func(rec journal.Record) {
		mu.Lock()
		defer mu.Unlock()
		recs = append(recs, rec)
	})()
	err := all(ctx, n, boardWriters, func(ctx context.Context, i int) error {
		return won(ctx, a, b.ids[((round*n+i)*7)%len(b.ids)], fmt.Sprintf("game-%d-%d", round, i), 10)
	})
	return recs, err
}

// reach hands records to the boards as their follower gets them, so many at once.
func reach(ctx context.Context, a *app.App, recs []journal.Record, atOnce int) error {
	f := a.Boards.Follower()
	for together := range slices.Chunk(recs, atOnce) {
		for _, rec := range together {
			if err := f.Handle(ctx, rec); err != nil {
				return err
			}
		}
		if err := f.Flush(ctx); err != nil {
			return err
		}
	}
	return nil
}

// embeddedBoards measures reads of a board in the process itself, while the board changes as often as boards are
// looked at. The baseline is what the embedded Redis takes for the same rows.
func embeddedBoards(ctx context.Context, r run) (err error) {
	data := filepath.Join(r.dir, "embedded")
	b, err := fillBoards(ctx, data, "", r.membersOr(boardMembersEmbedded))
	if err != nil {
		return err
	}
	a, err := app.Open(ctx, app.Settings{Data: data, Zone: homeZone})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	if err := a.Boards.CatchUp(ctx); err != nil {
		return err
	}
	r.report(figure("boards.embedded_members", float64(b.members), "count"))
	m := a.Zone.Month(a.Now())
	base, err := during(ctx, r.lasts/20, 1, func(ctx context.Context, _, _ int) error {
		return a.Redis.ZRevRangeWithScores(ctx, "fb:{board:"+m.String()+"}:on:"+leaderboard.All, 0, 99).Err()
	})
	if err != nil {
		return err
	}
	for _, read := range []struct {
		name  string
		limit float64
		do    work
	}{
		{"boards.embedded_top_cpu", embeddedTopLimit, func(ctx context.Context, _, _ int) error {
			_, err := a.Boards.Top(ctx, m, leaderboard.All, 100)
			return err
		}},
		{"boards.embedded_rank_cpu", embeddedRankLimit, func(ctx context.Context, w, n int) error {
			_, err := a.Boards.Mine(ctx, m, b.ids[(w*31+n*7)%len(b.ids)])
			return err
		}},
		{"boards.embedded_around_cpu", embeddedAroundLimit, func(ctx context.Context, w, n int) error {
			_, err := a.Boards.Around(ctx, m, leaderboard.All, b.ids[(w*31+n*7)%len(b.ids)], 20)
			return err
		}},
	} {
		t, err := b.whileItChanges(ctx, r.lasts/10, a, read.do)
		if err != nil {
			return err
		}
		r.report(figure(read.name, t.each(), "µs").beside(base.each()).atMost(read.limit))
	}
	return nil
}

// whileItChanges lets readers read while a game ends between any two looks at the boards. What the games cost is part of
// it, shared out among the reads.
func (b *filled) whileItChanges(ctx context.Context, lasts time.Duration, a *app.App, do work) (tally, error) {
	ctx, stop := context.WithCancel(ctx)
	followed := make(chan struct{})
	go func() { defer close(followed); a.Boards.Run(ctx) }()
	defer func() { stop(); <-followed }()
	played := make(chan error, 1)
	end := time.Now().Add(lasts)
	go func() {
		var err error
		for n := 0; time.Now().Before(end) && err == nil; n++ {
			err = won(ctx, a, b.ids[(n*13)%len(b.ids)], fmt.Sprintf("live-%d", time.Now().UnixNano()), 5)
			time.Sleep(leaderboard.Refresh)
		}
		played <- err
	}()
	t, err := during(ctx, lasts, 4, do)
	return t, errors.Join(err, <-played)
}
