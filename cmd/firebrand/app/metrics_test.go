package app_test

import (
	"bufio"
	"context"
	"errors"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"firebrand/catalog/auction"
	"firebrand/cmd/firebrand/app"
	"firebrand/internal/journal"
	"firebrand/internal/points"
)

// served serves a programme until the test ends and returns where.
func served(t *testing.T, a *app.App) string {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	at, ended := make(chan string, 1), make(chan error, 1)
	go func() {
		ended <- a.ServeAt(ctx, app.Door{Listen: "127.0.0.1:0"}, func(url string) error { at <- url; return nil })
	}()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	select {
	case url := <-at:
		return url
	case err := <-ended:
		ended <- nil
		t.Fatal(err)
	}
	return ""
}

// scraped reads /metrics as Prometheus does: each series with its value.
func scraped(t *testing.T, at string) map[string]float64 {
	t.Helper()
	answer, err := http.Get(at + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		t.Fatalf("/metrics answers %s", answer.Status)
	}
	series := map[string]float64{}
	for lines := bufio.NewScanner(answer.Body); lines.Scan(); {
		line := lines.Text()
		if at := strings.LastIndexByte(line, ' '); at > 0 && line[0] != '#' {
			value, err := strconv.ParseFloat(line[at+1:], 64)
			if err != nil {
				t.Fatalf("%s: %v", line, err)
			}
			series[line[:at]] = value
		}
	}
	return series
}

// becomes scrapes, for a minute at the most, until the figures are as wanted.
func becomes(t *testing.T, at, what string, wanted func(map[string]float64) bool) {
	t.Helper()
	var series map[string]float64
	for range 600 {
		if series = scraped(t, at); wanted(series) {
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	for _, name := range slices.Sorted(maps.Keys(series)) {
		if strings.HasPrefix(name, "firebrand_") && !strings.Contains(name, "_bucket") {
			t.Logf("%s %v", name, series[name])
		}
	}
	t.Errorf("%s: not within a minute", what)
}

func TestMetrics(t *testing.T) {
	a := open(t, app.Settings{})
	at := served(t, a)
	award := func(key string) {
		t.Helper()
		_, err := a.Points.Award(t.Context(), points.Award{Key: key, Account: "somebody", Amount: 5, Source: points.SourceGame, Played: true, Ref: "play/x"})
		if err != nil {
			t.Fatal(err)
		}
	}
	t.Run("the journal counts what was written and what was asked twice", func(t *testing.T) {
		before := scraped(t, at)
		award("once")
		award("once")
		award("another")
		after := scraped(t, at)
		for name, more := range map[string]float64{"firebrand_journal_appends_total": 2, "firebrand_journal_replays_total": 1, "firebrand_journal_conflicts_total": 0} {
			if was, there := before[name]; !there || after[name] != was+more {
				t.Errorf("%s was %v and is %v, there %v", name, was, after[name], there)
			}
		}
	})
	t.Run("each follower tells how far it is", func(t *testing.T) {
		becomes(t, at, "followers that have read", func(s map[string]float64) bool {
			behind, read := 0, 0
			for name, value := range s {
				if strings.HasPrefix(name, "firebrand_follower_behind_seconds{") && value < 30 {
					behind++
				}
				if strings.HasPrefix(name, "firebrand_follower_read_age_seconds{") && value < 60 {
					read++
				}
			}
			return behind >= 3 && read == behind
		})
	})
	t.Run("each sweep tells how long ago it went well", func(t *testing.T) {
		becomes(t, at, "sweeps that ran", func(s map[string]float64) bool {
			age, there := s[`firebrand_sweep_age_seconds{sweep="flows"}`]
			_, lag := s["firebrand_points_sweep_lag_seconds"]
			return there && age < 120 && lag && s[`firebrand_sweep_seconds_count{sweep="flows"}`] >= 1
		})
	})
	t.Run("the store and Redis tell how long they take", func(t *testing.T) {
		before := scraped(t, at)
		award("a third")
		becomes(t, at, "measured operations", func(s map[string]float64) bool {
			insert, commands := `firebrand_store_seconds_count{operation="insert"}`, 0
			for name, n := range s {
				if strings.HasPrefix(name, "firebrand_redis_seconds_count{") && n > 0 {
					commands++
				}
			}
			return s[insert] > before[insert] && commands > 0 && s[`firebrand_store_errors_total{operation="insert"}`] == 0
		})
	})
	t.Run("no auction is overdue where there is none", func(t *testing.T) {
		if n, there := scraped(t, at)["firebrand_auctions_overdue"]; !there || n != 0 {
			t.Errorf("%v overdue, there %v", n, there)
		}
	})
	t.Run("the rooms tell who is there", func(t *testing.T) {
		s := scraped(t, at)
		for _, name := range []string{"firebrand_rooms", "firebrand_room_connections", "firebrand_room_pushes_total", "firebrand_room_dropped_total", "firebrand_room_kicked_total", "firebrand_room_snapshots_total", "firebrand_room_snapshot_seconds_total"} {
			if n, there := s[name]; !there || n != 0 {
				t.Errorf("%s is %v, there %v", name, n, there)
			}
		}
	})
}

// saleroom is a room of auctions that says what it is told to.
type saleroom struct {
	all  []auction.Auction
	ends map[string]time.Time
	over map[string]auction.Phase
	err  error
}

func (s *saleroom) List(context.Context) ([]auction.Auction, error) { return s.all, s.err }

func (s *saleroom) Snapshot(_ context.Context, id string) (auction.Public, error) {
	return auction.Public{ID: id, Phase: s.over[id], ClosesAt: s.ends[id]}, s.err
}

func TestMetricsOfAuctions(t *testing.T) {
	now := time.Now()
	of := func(id string, stage auction.Stage, closes time.Duration) auction.Auction {
		return auction.Auction{ID: id, Stage: stage, Opens: now.Add(-time.Hour), Closes: now.Add(closes)}
	}
	room := &saleroom{
		all: []auction.Auction{
			of("running", auction.Active, time.Hour), of("extended", auction.Active, -time.Minute), of("forgotten", auction.Active, -2*time.Minute),
			of("sold", auction.Done, -time.Minute), of("draft", auction.Draft, -time.Minute),
		},
		ends: map[string]time.Time{"extended": now.Add(time.Minute), "forgotten": now.Add(-90 * time.Second)},
		over: map[string]auction.Phase{"extended": auction.PhaseOpen, "forgotten": auction.PhaseClosing},
	}
	a := open(t, app.Settings{})
	clock := now
	a.WatchAuctions(room, func() time.Time { return clock })
	at := served(t, a)
	s := scraped(t, at)
	if s["firebrand_auctions_open"] != 2 || s["firebrand_auctions_overdue"] != 1 || s["firebrand_auction_overdue_seconds"] != 90 {
		t.Errorf("open %v, overdue %v for %v s", s["firebrand_auctions_open"], s["firebrand_auctions_overdue"], s["firebrand_auction_overdue_seconds"])
	}
	t.Run("nothing is told while the store does not answer", func(t *testing.T) {
		room.err, clock = errors.New("down"), now.Add(time.Minute)
		if _, there := scraped(t, at)["firebrand_auctions_overdue"]; there {
			t.Error("an old figure stands for a new one")
		}
	})
}

func TestFollowersOfOneName(t *testing.T) {
	now := time.Now()
	got := app.Worst([]journal.Lag{
		{Follower: "play", Family: "play", Behind: time.Second, Read: now, Held: true, Failed: 1},
		{Follower: "play", Family: "play", Behind: time.Minute, Read: now.Add(-time.Hour), Failed: 2},
		{Follower: "stock", Family: "stock"},
	})
	if len(got) != 2 || got[0].Behind != time.Minute || got[0].Failed != 3 || !got[0].Held || !got[0].Read.Equal(now.Add(-time.Hour)) {
		t.Errorf("%+v", got)
	}
}
