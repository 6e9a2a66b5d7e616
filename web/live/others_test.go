package live_test

import (
	"fmt"
	"testing"
	"time"

	client "github.com/fasthttp/websocket"

	"firebrand/internal/fault"
	"firebrand/internal/store"
	"firebrand/internal/testenv"
	"firebrand/web/live"
)

// joined is a hub as another process would have it: joined to the others through Redis alone.
func joined(t *testing.T, url string, b *board, r *roles) (*live.Hub, *store.Redis) {
	t.Helper()
	redis, err := store.OpenRedis(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	notices := store.OpenNotices(redis, func(err error) { t.Log(err) })
	h := live.New(live.Options{
		Now: time.Now, Notices: notices, Person: func(identity any) string { return identity.(string) },
		Authorise: r.authorise, Failed: func(err error) { t.Error(err) },
	})
	h.Open("*", live.Room{Snapshot: b.snapshot, Refresh: time.Hour})
	t.Cleanup(func() {
		_ = notices.Close()
		_ = redis.Close()
	})
	return h, redis
}

// joinedRoom joins a room and returns the snapshot.
func joinedRoom(t *testing.T, conn *client.Conn, room string) said {
	t.Helper()
	join(t, conn, room)
	return read(t, conn)
}

func TestTwoProcesses(t *testing.T) {
	t.Parallel()
	url := testenv.RedisURL(t)
	b, r := &board{value: "first"}, &roles{barred: map[string]error{}}
	one, redis := joined(t, url, b, r)
	two, _ := joined(t, url, b, r)
	urlTwo := serve(t, two)
	here, there := dial(t, serve(t, one)+"?as=olena"), dial(t, urlTwo+"?as=olena")
	testenv.Eventually(t, "both listen", func() bool {
		n, err := redis.PubSubNumSub(t.Context(), "fb:{notices}").Result()
		return err == nil && n["fb:{notices}"] == 2
	})
	for _, conn := range []said{joinedRoom(t, here, "board:all"), joinedRoom(t, there, "board:all")} {
		if string(conn.Data) != `"first"` {
			t.Fatal(conn.raw)
		}
	}
	t.Run("a change told to one is shown by both", func(t *testing.T) {
		for i := range 5 {
			b.set(i)
			one.Changed("board:all")
			for _, m := range []said{read(t, here), read(t, there)} {
				if string(m.Data) != fmt.Sprint(i) {
					t.Errorf("state %d: %s", i, m.raw)
				}
			}
		}
	})
	t.Run("an event reaches a person in both, twice the same words twice", func(t *testing.T) {
		two.Tell("olena", "outbid")
		two.Tell("olena", "outbid")
		for range 2 {
			for _, m := range []said{read(t, here), read(t, there)} {
				if m.Type != "event" || string(m.Data) != `"outbid"` {
					t.Error(m.raw)
				}
			}
		}
	})
	t.Run("a role that changed in one is felt in both", func(t *testing.T) {
		r.bar("board:all", fault.New(fault.Forbidden, "board.secret"))
		one.Recheck("olena")
		for _, m := range []said{read(t, here), read(t, there)} {
			if m.Type != "error" || m.Room != "board:all" {
				t.Error(m.raw)
			}
		}
		r.bar("board:all", nil)
	})
	t.Run("each knows roughly how many watch in the other", func(t *testing.T) {
		joinedRoom(t, here, "board:all")
		joinedRoom(t, there, "board:all")
		testenv.Eventually(t, "both know of both", func() bool { return one.Watching("board:all") == 2 && two.Watching("board:all") == 2 })
		if n := one.WatchersByProcess("board:all"); len(n) != 2 {
			t.Errorf("%v", n)
		}
	})
	t.Run("what was missed while Redis had lost the connection is made up for", func(t *testing.T) {
		b.set("meanwhile") // and no notice gets through
		if err := redis.ClientKillByFilter(t.Context(), "TYPE", "pubsub").Err(); err != nil {
			t.Fatal(err)
		}
		for _, m := range []said{read(t, here), read(t, there)} {
			if string(m.Data) != `"meanwhile"` {
				t.Error(m.raw)
			}
		}
	})
	t.Run("a socket that is lost resumes at the other process with a snapshot of its own epoch", func(t *testing.T) {
		_ = here.NetConn().Close()
		again := dial(t, urlTwo+"?as=olena")
		if m := joinedRoom(t, again, "board:all"); m.Type != "snapshot" || string(m.Data) != `"meanwhile"` {
			t.Error(m.raw)
		}
	})
}
