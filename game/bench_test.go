package game_test

import (
	"strconv"
	"syscall"
	"testing"
	"time"

	"firebrand/content"
	"firebrand/game"
)

// BenchmarkAnswer is an answer on the embedded store, without HTTP: load, decide, append, show. The figure to read is
// the process's own time an answer, its writer's included; a game has ten questions, and the last answer finishes it
// and awards its points.
func BenchmarkAnswer(b *testing.B) {
	for _, players := range []int{1, 64} {
		b.Run(strconv.Itoa(players)+" at once", func(b *testing.B) { benchmarkAnswer(b, players) })
	}
}

func benchmarkAnswer(b *testing.B, players int) {
	const questions = 10
	w := newWorld(b, noon)
	q := content.Quiz{ID: "long", Title: said("Long"), SpeedShare: 250, Participation: 5}
	for i := range questions {
		q.Questions = append(q.Questions, single("l"+strconv.Itoa(i), "topic", 20, 100))
	}
	w.add(q)
	var spent time.Duration
	answers, asked := 0, questions
	var crowd []game.Player
	for b.Loop() {
		if asked == questions {
			crowd, asked = nil, 0
			for range players {
				crowd = append(crowd, game.Player{ID: "p" + w.key(), Lang: "en"})
				w.start(crowd[len(crowd)-1], "long")
			}
		}
		asked++
		w.each(b, players, func(i int) (game.View, error) {
			return w.game.Next(b.Context(), crowd[i], "long", w.key())
		})
		before := cpu(b)
		w.each(b, players, func(i int) (game.View, error) {
			return w.game.Answer(b.Context(), crowd[i], "long", asked, []string{"1"}, false, w.key())
		})
		spent += cpu(b) - before
		answers += players
	}
	b.ReportMetric(float64(spent.Microseconds())/float64(answers), "cpu-µs/answer")
}

// each runs n calls at once, all of which must succeed.
func (w *world) each(b *testing.B, n int, call func(i int) (game.View, error)) {
	for _, o := range together(n, call) {
		if o.err != nil {
			b.Fatal(o.err)
		}
	}
}

func cpu(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
