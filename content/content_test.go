package content_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"firebrand/content"
	"firebrand/internal/calendar"
	"firebrand/internal/fault"
	"firebrand/internal/store/sqlite"
)

// desk is a marketer's desk: a service over a store of its own, with a clock set by hand.
type desk struct {
	*content.Service
	mu  sync.Mutex
	now time.Time
}

func (d *desk) set(at string) {
	t, err := time.Parse(time.RFC3339Nano, at)
	if err != nil {
		panic(err)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.now = t
}

func open(t testing.TB, zone string) *desk {
	t.Helper()
	engine, err := sqlite.Open(t.Context(), t.TempDir(), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = engine.Close() })
	z, err := calendar.Load(zone)
	if err != nil {
		t.Fatal(err)
	}
	d := &desk{}
	d.set("2026-10-20T09:00:00Z")
	d.Service, err = content.Open(t.Context(), engine, z, func() time.Time {
		d.mu.Lock()
		defer d.mu.Unlock()
		return d.now
	})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func month(t testing.TB, s string) calendar.Month {
	t.Helper()
	m, err := calendar.ParseMonth(s)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func must[T any](t testing.TB) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// wants checks the kind and the key of a fault.
func wants(t testing.TB, err error, kind fault.Kind, key string) {
	t.Helper()
	if f := fault.As(err); f == nil || f.Kind != kind || f.Key != key {
		t.Fatalf("error %v, want %v %s", err, kind, key)
	}
}

func article() content.Article {
	return content.Article{
		Title: content.Text{"ru": "Дрели", "uk": "Дрилі"},
		Body:  content.Text{"ru": "Первое.\n\nВторое.", "uk": "Перше.\n\nДруге."},
	}
}

func quiz() content.Quiz {
	return content.Quiz{
		Title: content.Text{"ru": "Дрели", "uk": "Дрилі"}, SpeedShare: content.DefaultSpeedShare,
		Questions: []content.Question{{
			Kind: content.Single, Text: content.Text{"ru": "Сколько?", "uk": "Скільки?"}, Seconds: 30, Weight: 10,
			Options: []content.Option{
				{Text: content.Text{"ru": "Две", "uk": "Дві"}, Right: true}, {Text: content.Text{"ru": "Три", "uk": "Три"}},
			},
		}},
	}
}

// edition makes the month's edition with one article and one quiz in it.
func (d *desk) edition(t testing.TB, m string) content.Edition {
	t.Helper()
	ctx := t.Context()
	a := must[content.Article](t)(d.SaveArticle(ctx, "olena", article()))
	q := quiz()
	q.Article = a.ID
	q = must[content.Quiz](t)(d.SaveQuiz(ctx, "olena", q))
	e := must[content.Edition](t)(d.EnsureEdition(ctx, "olena", month(t, m)))
	e.Title = content.Text{"ru": "Месяц"}
	e.Articles, e.Quizzes = []string{a.ID}, []string{q.ID}
	return must[content.Edition](t)(d.SaveEdition(ctx, "olena", e, e.Version))
}

// schedule brings an edition through review to scheduled.
func (d *desk) schedule(t testing.TB, e content.Edition) content.Edition {
	t.Helper()
	for _, to := range []content.State{content.Review, content.Scheduled} {
		next, report, err := d.SetState(t.Context(), "olena", e.Month, to, e.Version)
		if err != nil {
			t.Fatalf("%s: %v %+v", to, err, report.Problems)
		}
		e = next
	}
	return e
}

func TestAnEditionGoesLiveByTheClock(t *testing.T) {
	for _, c := range []struct{ why, zone, month, before, first, last, over string }{
		{"in Kyiv, at its midnight", "Europe/Kyiv", "2026-11",
			"2026-10-31T21:59:59.999Z", "2026-10-31T22:00:00Z", "2026-11-30T21:59:59.999Z", "2026-11-30T22:00:00Z"},
		{"in Kyiv, in the month that loses an hour", "Europe/Kyiv", "2027-03",
			"2027-02-28T21:59:59.999Z", "2027-02-28T22:00:00Z", "2027-03-31T20:59:59.999Z", "2027-03-31T21:00:00Z"},
		{"in Beirut, whose last day of March 2024 had no midnight", "Asia/Beirut", "2024-04",
			"2024-03-31T20:59:59.999Z", "2024-03-31T21:00:00Z", "2024-04-30T20:59:59.999Z", "2024-04-30T21:00:00Z"},
	} {
		t.Run(c.why, func(t *testing.T) {
			d := open(t, c.zone)
			d.set(c.before)
			d.schedule(t, d.edition(t, c.month))
			for _, at := range []struct {
				when  string
				phase content.Phase
			}{{c.before, content.PhaseScheduled}, {c.first, content.PhaseLive}, {c.last, content.PhaseLive}, {c.over, content.PhaseArchived}} {
				d.set(at.when)
				e := must[content.Edition](t)(d.Edition(t.Context(), month(t, c.month)))
				if got := e.Phase(d.Now(), d.Zone); got != at.phase {
					t.Errorf("at %s it is %s, want %s", at.when, got, at.phase)
				}
				_, live, err := d.Live(t.Context())
				if err != nil || live != (at.phase == content.PhaseLive) {
					t.Errorf("at %s live is %v, %v", at.when, live, err)
				}
			}
		})
	}
	t.Run("scheduled in its own month it is live at once, and stays", func(t *testing.T) {
		d := open(t, "Europe/Kyiv")
		d.set("2026-11-15T12:00:00Z")
		e := d.schedule(t, d.edition(t, "2026-11"))
		if live, found, err := d.Live(t.Context()); err != nil || !found || live.Month != e.Month {
			t.Fatalf("not live: %v %v", found, err)
		}
		_, _, err := d.SetState(t.Context(), "olena", e.Month, content.Review, e.Version)
		wants(t, err, fault.Conflict, "content.live")
	})
	t.Run("a draft whose month comes is not live", func(t *testing.T) {
		d := open(t, "Europe/Kyiv")
		d.edition(t, "2026-11")
		d.set("2026-11-15T12:00:00Z")
		if _, found, err := d.Live(t.Context()); found || err != nil {
			t.Fatalf("live: %v %v", found, err)
		}
		if _, found, err := d.EditionAt(t.Context(), d.Now()); !found || err != nil {
			t.Fatalf("a preview does not see it: %v %v", found, err)
		}
	})
	t.Run("what is archived is read-only", func(t *testing.T) {
		d := open(t, "Europe/Kyiv")
		e := d.schedule(t, d.edition(t, "2026-09"))
		_, err := d.SaveEdition(t.Context(), "olena", e, e.Version)
		wants(t, err, fault.Conflict, "content.archived")
	})
}

func TestScheduling(t *testing.T) {
	ctx := context.Background()
	t.Run("an empty edition is not scheduled, and its report says why", func(t *testing.T) {
		d := open(t, "UTC")
		e := must[content.Edition](t)(d.EnsureEdition(ctx, "olena", month(t, "2026-11")))
		e, _, err := d.SetState(ctx, "olena", e.Month, content.Review, e.Version)
		if err != nil {
			t.Fatal(err)
		}
		_, report, err := d.SetState(ctx, "olena", e.Month, content.Scheduled, e.Version)
		wants(t, err, fault.Invalid, "content.not_ready")
		if len(report.Problems) != 1 || report.Problems[0].Key != "content.edition_empty" {
			t.Fatalf("report %+v", report)
		}
	})
	t.Run("everything that is missing is named", func(t *testing.T) {
		d := open(t, "UTC")
		a := article()
		a.Picture, a.Alt = "00000000000000000000000000000000", content.Text{"ru": "Дрель"}
		a = must[content.Article](t)(d.SaveArticle(ctx, "olena", a))
		q := quiz()
		q.Article, q.Questions[0].Paragraph, q.Draw = a.ID, 3, 5
		q = must[content.Quiz](t)(d.SaveQuiz(ctx, "olena", q))
		e := must[content.Edition](t)(d.EnsureEdition(ctx, "olena", month(t, "2026-11")))
		e.Articles, e.Quizzes, e.Rewards = []string{a.ID, "gone"}, []string{q.ID, "lost"}, []string{"kettle"}
		must[content.Edition](t)(d.SaveEdition(ctx, "olena", e, e.Version))
		report := must[content.Report](t)(d.Check(ctx, e.Month))
		got := map[string]string{}
		for _, p := range report.Problems {
			got[p.Field] = p.Key
		}
		for field, key := range map[string]string{
			"/articles/" + a.ID + "/picture":              "content.media_missing",
			"/articles/gone":                              "content.article_missing",
			"/quizzes/" + q.ID + "/draw":                  "content.draw_large",
			"/quizzes/" + q.ID + "/questions/0/paragraph": "content.paragraph_missing",
			"/quizzes/lost":                               "content.quiz_missing",
			"/rewards/kettle":                             "content.reward_missing",
		} {
			if got[field] != key {
				t.Errorf("%s: %q, want %q", field, got[field], key)
			}
		}
		if len(got) != 6 {
			t.Errorf("problems %+v", report.Problems)
		}
	})
	t.Run("a reward that the catalogue knows is no problem", func(t *testing.T) {
		d := open(t, "UTC")
		d.Rewards = shelfOf{"kettle"}
		e := d.edition(t, "2026-11")
		e.Rewards = []string{"kettle"}
		d.schedule(t, must[content.Edition](t)(d.SaveEdition(ctx, "olena", e, e.Version)))
	})
	t.Run("the report counts each language", func(t *testing.T) {
		d := open(t, "UTC")
		e := d.edition(t, "2026-11")
		got := must[content.Report](t)(d.Check(ctx, e.Month)).Languages
		// The edition's title (ru), the article's title and body, the quiz's title, question and two options.
		want := map[string]content.Share{"ru": {Have: 7, Of: 7}, "uk": {Have: 6, Of: 7}, "en": {Have: 0, Of: 7}}
		for lang, share := range want {
			if got[lang] != share {
				t.Errorf("%s: %+v, want %+v", lang, got[lang], share)
			}
		}
		if got["uk"].Percent() != 85 || got["ru"].Percent() != 100 {
			t.Errorf("percent %d and %d", got["uk"].Percent(), got["ru"].Percent())
		}
	})
	t.Run("no step is skipped", func(t *testing.T) {
		d := open(t, "UTC")
		e := d.edition(t, "2026-11")
		_, _, err := d.SetState(ctx, "olena", e.Month, content.Scheduled, e.Version)
		wants(t, err, fault.Conflict, "content.step")
		_, _, err = d.SetState(ctx, "olena", e.Month, "published", e.Version)
		wants(t, err, fault.Conflict, "content.step")
	})
	t.Run("a scheduled edition can be taken back before its month", func(t *testing.T) {
		d := open(t, "UTC")
		e := d.schedule(t, d.edition(t, "2026-11"))
		e, _, err := d.SetState(ctx, "olena", e.Month, content.Review, e.Version)
		if err != nil || e.State != content.Review {
			t.Fatalf("%s %v", e.State, err)
		}
	})
	t.Run("what is scheduled cannot be spoilt", func(t *testing.T) {
		d := open(t, "UTC")
		e := d.schedule(t, d.edition(t, "2026-11"))
		q := must[content.Quiz](t)(d.Quiz(ctx, e.Quizzes[0]))
		q.Questions[0].Options = q.Questions[0].Options[:1]
		_, err := d.SaveQuiz(ctx, "olena", q)
		wants(t, err, fault.Invalid, "content.options_few")
		a := must[content.Article](t)(d.Article(ctx, e.Articles[0]))
		a.Body = nil
		_, err = d.SaveArticle(ctx, "olena", a)
		wants(t, err, fault.Invalid, "content.body_missing")
		e.Quizzes = append(e.Quizzes, "lost")
		_, err = d.SaveEdition(ctx, "olena", e, e.Version)
		wants(t, err, fault.Invalid, "content.quiz_missing")
	})
}

type shelfOf []string

func (s shelfOf) RewardExists(_ context.Context, id string) (bool, error) {
	for _, known := range s {
		if known == id {
			return true, nil
		}
	}
	return false, nil
}

func TestEditions(t *testing.T) {
	ctx := context.Background()
	t.Run("two marketers save the same edition, one is told", func(t *testing.T) {
		d := open(t, "UTC")
		e := d.edition(t, "2026-11")
		must[content.Edition](t)(d.SaveEdition(ctx, "olena", e, e.Version))
		_, err := d.SaveEdition(ctx, "ivan", e, e.Version)
		wants(t, err, fault.Conflict, "content.changed")
	})
	t.Run("a month is made once, and the latest is listed first", func(t *testing.T) {
		d := open(t, "UTC")
		for _, m := range []string{"2026-11", "2027-01", "2026-11", "2026-12"} {
			must[content.Edition](t)(d.EnsureEdition(ctx, "olena", month(t, m)))
		}
		list := must[[]content.Edition](t)(d.Editions(ctx))
		if len(list) != 3 || list[0].Month.String() != "2027-01" || list[2].Month.String() != "2026-11" {
			t.Fatalf("editions %v", list)
		}
	})
	t.Run("a clone has articles and quizzes of its own that point at each other", func(t *testing.T) {
		d := open(t, "UTC")
		from := d.schedule(t, d.edition(t, "2026-11"))
		to := must[content.Edition](t)(d.CloneEdition(ctx, "olena", from.Month, month(t, "2026-12")))
		if to.State != content.Draft || len(to.Articles) != 1 || to.Articles[0] == from.Articles[0] || to.Quizzes[0] == from.Quizzes[0] {
			t.Fatalf("clone %+v", to)
		}
		q := must[content.Quiz](t)(d.Quiz(ctx, to.Quizzes[0]))
		if q.Article != to.Articles[0] || q.Revision != 1 || len(q.Questions) != 1 {
			t.Fatalf("cloned quiz %+v", q)
		}
		_, err := d.CloneEdition(ctx, "olena", from.Month, to.Month)
		wants(t, err, fault.Conflict, "content.edition_taken")
	})
}

func TestReading(t *testing.T) {
	ctx := context.Background()
	d := open(t, "UTC")
	a := must[content.Article](t)(d.SaveArticle(ctx, "olena", article()))
	b := must[content.Article](t)(d.SaveArticle(ctx, "olena", article()))
	t.Run("an article is read once, however often it is opened", func(t *testing.T) {
		for range 2 {
			if err := d.MarkRead(ctx, "taras", a.ID); err != nil {
				t.Fatal(err)
			}
		}
		got, err := d.ReadBy(ctx, "taras", []string{a.ID, b.ID, a.ID})
		if err != nil || len(got) != 2 || !got[a.ID] || got[b.ID] {
			t.Fatalf("read %v, %v", got, err)
		}
	})
	t.Run("another member has not read it", func(t *testing.T) {
		got, err := d.ReadBy(ctx, "taras2", []string{a.ID})
		if err != nil || got[a.ID] {
			t.Fatalf("read %v, %v", got, err)
		}
	})
	t.Run("nothing asked, nothing answered", func(t *testing.T) {
		if got, err := d.ReadBy(ctx, "taras", nil); err != nil || len(got) != 0 {
			t.Fatalf("read %v, %v", got, err)
		}
	})
	t.Run("what is not there cannot be read", func(t *testing.T) {
		wants(t, d.MarkRead(ctx, "taras", "gone"), fault.NotFound, "content.missing")
	})
}
