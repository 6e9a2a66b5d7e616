package content_test

import (
	"fmt"
	"sync"
	"testing"

	"firebrand/content"
	"firebrand/internal/calendar"
	"firebrand/internal/fault"
	"firebrand/internal/store"
	"firebrand/internal/store/sqlite"
	"time"
)

func TestRevisions(t *testing.T) {
	t.Run("a published quiz is edited: a new revision, and the old one stays readable", func(t *testing.T) {
		d := open(t, "UTC")
		ctx := t.Context()
		e := d.schedule(t, d.edition(t, "2026-11"))
		d.set("2026-11-05T10:00:00Z")
		q := must[content.Quiz](t)(d.Quiz(ctx, e.Quizzes[0]))
		first := must[content.Quiz](t)(d.QuizAt(ctx, q.ID, q.Revision))
		question := q.Questions[0].ID
		q.Questions[0].Text = content.Text{"ru": "Сколько же?"}
		q.Questions[0].Weight = 20
		saved := must[content.Quiz](t)(d.SaveQuiz(ctx, "ivan", q))
		if saved.Revision != 2 || saved.By != "ivan" || saved.Questions[0].ID != question {
			t.Fatalf("saved %+v", saved)
		}
		for range 2 { // once from the store, once from memory
			old := must[content.Quiz](t)(d.QuizAt(ctx, q.ID, 1))
			if old.Questions[0].Weight != 10 || old.Questions[0].Text["ru"] != first.Questions[0].Text["ru"] || old.By != "olena" {
				t.Fatalf("the old revision changed: %+v", old)
			}
		}
		if head := must[content.Quiz](t)(d.Quiz(ctx, q.ID)); head.Revision != 2 || head.Questions[0].Weight != 20 {
			t.Fatalf("head %+v", head)
		}
	})
	t.Run("two marketers save the same article at once, one is told", func(t *testing.T) {
		d := open(t, "UTC")
		a := must[content.Article](t)(d.SaveArticle(t.Context(), "olena", article()))
		errs := make([]error, 8)
		var all sync.WaitGroup
		for i := range errs {
			all.Go(func() {
				mine := a
				mine.Body = content.Text{"ru": fmt.Sprintf("Версия %d", i)}
				_, errs[i] = d.SaveArticle(t.Context(), "ivan", mine)
			})
		}
		all.Wait()
		won := 0
		for _, err := range errs {
			if err == nil {
				won++
				continue
			}
			wants(t, err, fault.Conflict, "content.changed")
		}
		if head := must[content.Article](t)(d.Article(t.Context(), a.ID)); won != 1 || head.Revision != 2 {
			t.Fatalf("%d won, head at %d", won, head.Revision)
		}
	})
	t.Run("the very same save sent twice is one revision", func(t *testing.T) {
		d := open(t, "UTC")
		a := must[content.Article](t)(d.SaveArticle(t.Context(), "olena", article()))
		a.Body = content.Text{"ru": "Новое"}
		first := must[content.Article](t)(d.SaveArticle(t.Context(), "olena", a))
		d.set("2026-10-20T09:00:05Z")
		again := must[content.Article](t)(d.SaveArticle(t.Context(), "olena", a))
		if again.Revision != 2 || !again.Saved.Equal(first.Saved) {
			t.Fatalf("again %+v", again)
		}
	})
	t.Run("a revision that is still to come cannot be edited", func(t *testing.T) {
		d := open(t, "UTC")
		a := article()
		a.ID, a.Revision = "drills", 3
		_, err := d.SaveArticle(t.Context(), "olena", a)
		wants(t, err, fault.Conflict, "content.changed")
	})
	t.Run("more quizzes than are kept in memory are all readable", func(t *testing.T) {
		d := open(t, "UTC")
		const many = 300
		for range 2 {
			for i := range many {
				q := quiz()
				q.ID, q.Draw = fmt.Sprintf("quiz-%d", i), i%60
				if _, err := d.Quiz(t.Context(), q.ID); err != nil {
					must[content.Quiz](t)(d.SaveQuiz(t.Context(), "olena", q))
				}
				if got := must[content.Quiz](t)(d.QuizAt(t.Context(), q.ID, 1)); got.ID != q.ID || got.Draw != i%60 {
					t.Fatalf("%s gave %+v", q.ID, got)
				}
			}
		}
	})
	t.Run("what does not exist is not found", func(t *testing.T) {
		d := open(t, "UTC")
		_, err := d.QuizAt(t.Context(), "drills", 1)
		wants(t, err, fault.NotFound, "content.missing")
		_, err = d.Article(t.Context(), "drills")
		wants(t, err, fault.NotFound, "content.missing")
	})
}

// A process that dies between the two writes of a save leaves a revision that no head shows. The test brings that about
// by taking the head back, as if it had never been moved.
func TestASaveThatDiedHalfWay(t *testing.T) {
	ctx := t.Context()
	engine := must[*sqlite.Engine](t)(sqlite.Open(ctx, t.TempDir(), sqlite.Options{}))
	t.Cleanup(func() { _ = engine.Close() })
	at := time.Date(2026, 11, 1, 9, 0, 0, 0, time.UTC)
	svc := must[*content.Service](t)(content.Open(ctx, engine, calendar.Zone{}, func() time.Time { return at }))
	heads := must[*store.Collection[content.Article]](t)(
		store.OpenCollection[content.Article](ctx, engine, store.Spec{Name: "content_articles"}))
	first := must[content.Article](t)(svc.SaveArticle(ctx, "olena", article()))
	died := first
	died.Body = content.Text{"ru": "Почти сохранено"}
	must[content.Article](t)(svc.SaveArticle(ctx, "olena", died))
	e := must[store.Entry[content.Article]](t)(heads.Get(ctx, first.ID))
	if err := heads.Replace(ctx, first.ID, first, e.Version); err != nil {
		t.Fatal(err)
	}

	t.Run("readers see the revision before", func(t *testing.T) {
		if head := must[content.Article](t)(svc.Article(ctx, first.ID)); head.Revision != 1 {
			t.Fatalf("head %+v", head)
		}
	})
	t.Run("the next author is told, and finds what was nearly saved", func(t *testing.T) {
		mine := first
		mine.Body = content.Text{"ru": "Моё"}
		_, err := svc.SaveArticle(ctx, "ivan", mine)
		wants(t, err, fault.Conflict, "content.changed")
		if head := must[content.Article](t)(svc.Article(ctx, first.ID)); head.Revision != 2 || head.Body["ru"] != "Почти сохранено" {
			t.Fatalf("head %+v", head)
		}
	})
	t.Run("then saving goes on", func(t *testing.T) {
		head := must[content.Article](t)(svc.Article(ctx, first.ID))
		head.Body = content.Text{"ru": "Моё"}
		if saved := must[content.Article](t)(svc.SaveArticle(ctx, "ivan", head)); saved.Revision != 3 {
			t.Fatalf("saved %+v", saved)
		}
	})
}
