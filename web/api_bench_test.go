package web_test

import (
	"fmt"
	"net/http"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/uuid"

	"firebrand/game"
	"firebrand/internal/member"
)

// cpu is what this process has used of the processors.
func cpu(t testing.TB) time.Duration {
	t.Helper()
	var used syscall.Rusage
	must(t, syscall.Getrusage(syscall.RUSAGE_SELF, &used))
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

// BenchmarkAPIAnswer measures an answer over HTTP in games of ten questions: the process's own time, the store's writer
// included, less what the same client costs against a path that does nothing. Every other question is answered at the
// room itself, which is the part of the time that is not the API's.
func BenchmarkAPIAnswer(b *testing.B) {
	for _, players := range []int{1, 32} {
		b.Run(strconv.Itoa(players)+" at once", func(b *testing.B) { benchmarkAPIAnswer(b, players) })
	}
}

func benchmarkAPIAnswer(b *testing.B, players int) {
	const questions = 10
	s := newSite(b)
	s.publishMonth(b, "2026-11", questions)
	dealer := s.company("Stroymarket", "Kyiv")
	crowd := make([]*program, players)
	for i := range crowd {
		crowd[i] = s.program(b)
		crowd[i].client.Transport = &http.Transport{MaxIdleConnsPerHost: 1}
	}
	together := func(call func(i int)) time.Duration {
		before := cpu(b)
		var all sync.WaitGroup
		for i := range crowd {
			all.Go(func() { call(i) })
		}
		all.Wait()
		return cpu(b) - before
	}
	var api, room, idle time.Duration
	rounds, n := 0, questions
	views := make([]map[string]any, players)
	members := make([]member.Member, players)
	overHTTP := func(i int) {
		body := fmt.Sprintf(`{"n":%d,"choice":[%q]}`, n, pickOption(b, views[i], "right"))
		if a := crowd[i].post("/quizzes/seams/answers", body); a.Status != http.StatusOK {
			b.Error(a.Raw)
		}
	}
	atRoom := func(i int) {
		p := game.Player{ID: members[i].ID, Lang: "en", Pace: 100}
		_, err := s.Game.Answer(b.Context(), p, "seams", n, []string{pickOption(b, views[i], "right")}, false, uuid.NewString())
		must(b, err)
	}
	for b.Loop() {
		if n == questions {
			n = 0
			for i, p := range crowd {
				members[i] = s.person(member.RoleMember, dealer.ID, "Olena Koval", fmt.Sprintf("olena%d-%d@example.com", rounds, i), "en")
				p.post("/session", map[string]any{"login": members[i].Email, "password": password}).is(b, http.StatusOK)
				p.post("/quizzes/seams/start", nil).is(b, http.StatusOK)
			}
		}
		for range 2 {
			n++
			together(func(i int) { views[i] = crowd[i].post("/quizzes/seams/next", nil).is(b, http.StatusOK) })
			if (n+rounds/(questions/2))%2 == 0 { // which of them finish games changes from game to game
				api += together(overHTTP)
			} else {
				room += together(atRoom)
			}
		}
		idle += together(func(i int) { crowd[i].call("GET", "/../../healthz", "", nil) })
		rounds++
	}
	for name, used := range map[string]time.Duration{"api": api - idle, "room": room, "client": idle} {
		b.ReportMetric(float64(used.Microseconds())/float64(rounds*players), "cpu-µs/"+name)
	}
}
