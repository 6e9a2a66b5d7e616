package web_test

import (
	"bytes"
	"context"
	"html"
	"image"
	"image/color"
	"image/png"
	"net/http"
	"net/url"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	nethtml "golang.org/x/net/html"

	"firebrand/catalog"
	"firebrand/content"
	"firebrand/internal/calendar"
	"firebrand/internal/member"
)

// december is the month after that of tests.
const december = "/studio/2026-12"

// fields are what the form that is sent to action holds, as a browser would send it.
func fields(t *testing.T, a answer, action string) url.Values {
	t.Helper()
	page, err := nethtml.Parse(strings.NewReader(a.Body))
	must(t, err)
	values := url.Values{}
	found := false
	for n := range page.Descendants() {
		if n.Type == nethtml.ElementNode && n.Data == "form" && attribute(n, "action") == action {
			found = true
			for field := range n.Descendants() {
				addField(values, field)
			}
		}
	}
	if !found {
		t.Fatalf("no form to %s\n%s", action, a.Body)
	}
	return values
}

func addField(values url.Values, n *nethtml.Node) {
	name := attribute(n, "name")
	if n.Type != nethtml.ElementNode || name == "" {
		return
	}
	switch n.Data {
	case "input":
		kind := attribute(n, "type")
		if kind != "file" && (kind != "checkbox" && kind != "radio" || has(n, "checked")) {
			values.Add(name, attribute(n, "value"))
		}
	case "textarea":
		text := ""
		if n.FirstChild != nil {
			text = n.FirstChild.Data
		}
		values.Add(name, text)
	case "select":
		values.Add(name, selected(n))
	}
}

func selected(n *nethtml.Node) string {
	first, seen := "", false
	for o := range n.Descendants() {
		if o.Type == nethtml.ElementNode && o.Data == "option" {
			if has(o, "selected") {
				return attribute(o, "value")
			}
			if !seen {
				first, seen = attribute(o, "value"), true
			}
		}
	}
	return first
}

func attribute(n *nethtml.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func has(n *nethtml.Node, name string) bool {
	for _, a := range n.Attr {
		if a.Key == name {
			return true
		}
	}
	return false
}

// drawing is a small PNG.
func drawing(t *testing.T) []byte {
	t.Helper()
	m := image.NewRGBA(image.Rect(0, 0, 8, 6))
	for x := range 8 {
		m.Set(x, 3, color.RGBA{200, 80, 20, 255})
	}
	var out bytes.Buffer
	must(t, png.Encode(&out, m))
	return out.Bytes()
}

// with is a form with more in it.
func with(values url.Values, pairs ...string) url.Values {
	for i := 0; i < len(pairs); i += 2 {
		values.Set(pairs[i], pairs[i+1])
	}
	return values
}

// newStudio is a site with a marketer who has come in.
func newStudio(t *testing.T) (*site, *browser) {
	s := newSite(t)
	s.Content.Rewards = s.Catalog
	return s, s.as(s.person(member.RoleMarketer, "", "Maryna Lysenko", "maryna@example.com", "en"))
}

// written makes an article through its form and gives its address.
func written(t *testing.T, b *browser, month, title string) string {
	t.Helper()
	form := fields(t, b.get("/studio/articles/new?month="+month), "/studio/articles/new")
	a := b.upload("/studio/articles/new", with(form, "op", "save", "/title/en", title, "/body/en", "First paragraph.\n\nSecond paragraph."), "", nil)
	return addressOf(t, a)
}

// addressOf is where a save led to, without its notice.
func addressOf(t *testing.T, a answer) string {
	t.Helper()
	path, query, _ := strings.Cut(a.Location, "?")
	if a.Status != http.StatusSeeOther || !strings.Contains(query, "said=said.studio_saved") {
		t.Fatalf("not saved: %d %q\n%s", a.Status, a.Location, a.Body)
	}
	return path
}

func TestAMonthIsPublished(t *testing.T) {
	s, maryna := newStudio(t)
	ctx := context.Background()
	_, err := s.Catalog.SaveReward(ctx, s.Admin.ID, catalog.Reward{
		ID: "mug", Name: content.Text{"en": "Thermal mug", "ru": "Термокружка", "uk": "Термокухоль"}, Price: 300, State: catalog.Published,
	}, 0)
	must(t, err)
	dealer := s.company("Stroymarket", "Kyiv")
	olena := s.as(s.person(member.RoleMember, dealer.ID, "Olena Koval", "olena@example.com", "en"))
	var article, quiz string

	t.Run("dealer staff have no studio", func(t *testing.T) {
		for _, path := range []string{"/studio", december, december + "/preview", december + "/preview/frame", "/studio/articles/new", "/studio/quizzes/new"} {
			shows(t, olena.get(path), http.StatusForbidden)
		}
		shows(t, olena.post(december+"/make", nil), http.StatusForbidden)
		shows(t, olena.post("/studio/preview", url.Values{"md": {"x"}}), http.StatusForbidden)
	})
	t.Run("the desk says what to do next, and an empty month is made with one form", func(t *testing.T) {
		shows(t, maryna.get("/studio"), http.StatusOK, "Next step", "has no edition yet", `href="/studio/2026-11"`)
		shows(t, maryna.get(december), http.StatusOK, "An empty edition", december+"/make")
		leadsTo(t, maryna.post(december+"/make", url.Values{"from": {""}}), december+"?said=said.studio_made")
		leadsTo(t, maryna.post(december+"/make", url.Values{"from": {""}}), december+"?said=said.studio_made")
		shows(t, maryna.get("/studio/2026-13"), http.StatusNotFound)
		shows(t, maryna.get("/studio/soon"), http.StatusNotFound)
	})
	t.Run("title, summary and prizes are kept, in every language", func(t *testing.T) {
		form := fields(t, maryna.get(december), december)
		form = with(form, "op", "save", "/title/en", "December", "/title/uk", "Грудень", "/summary/en", "Warm homes.", "/rewards", "mug")
		leadsTo(t, maryna.post(december, form), december+"?said=said.studio_saved")
		e, err := s.Content.Edition(ctx, month(t, "2026-12"))
		must(t, err)
		if e.Title["uk"] != "Грудень" || len(e.Rewards) != 1 {
			t.Fatalf("kept %+v", e)
		}
		shows(t, maryna.get(december), http.StatusOK, "Thermal mug", "checked", s.texts().Say("en", "content.edition_empty", nil))
	})
	t.Run("a picture needs words for it; without them nothing typed is lost", func(t *testing.T) {
		leadsTo(t, maryna.post(december, with(fields(t, maryna.get(december), december), "op", "new:articles")), "/studio/articles/new?month=2026-12")
		form := fields(t, maryna.get("/studio/articles/new?month=2026-12"), "/studio/articles/new")
		form = with(form, "op", "save", "/title/en", "Insulation", "/body/en", "Wool keeps warm.\n\nFoam keeps dry.")
		a := maryna.upload("/studio/articles/new", form, "wool.png", drawing(t))
		shows(t, a, http.StatusUnprocessableEntity, "Wool keeps warm.", s.texts().Say("en", "content.alt_missing", nil))
		article = addressOf(t, maryna.upload("/studio/articles/new", with(form, "/alt/en", "A roll of wool"), "wool.png", drawing(t)))
		shows(t, maryna.get(article), http.StatusOK, "Version 1", "Maryna Lysenko", `alt="A roll of wool"`, "<p id=\"p2\">Foam keeps dry.</p>")
		shows(t, maryna.get(december), http.StatusOK, article)
	})
	t.Run("another picture of the library brings its own words", func(t *testing.T) {
		other, err := s.Content.AddMedia(ctx, s.Admin.ID, "foam.svg", []byte(`<svg xmlns="http://www.w3.org/2000/svg" width="8" height="6"><rect width="8" height="6"/></svg>`), content.Text{"en": "A board of foam"})
		must(t, err)
		form := with(fields(t, maryna.get(article), article), "op", "save")
		addressOf(t, maryna.upload(article, with(form, "/picture", other.ID), "", nil))
		form = fields(t, maryna.get(article), article)
		same(t, "A board of foam", form.Get("/alt/en"))
	})
	t.Run("what is no picture is refused in words", func(t *testing.T) {
		form := with(fields(t, maryna.get(article), article), "op", "save")
		a := maryna.upload(article, form, "wool.png", []byte("no picture"))
		shows(t, a, http.StatusUnprocessableEntity, s.texts().Say("en", "content.picture_unreadable", nil))
	})
	t.Run("the preview's button shows the text and keeps nothing", func(t *testing.T) {
		form := with(fields(t, maryna.get(article), article), "op", "preview", "/body/en", "**Bold** <script>alert(1)</script>")
		a := maryna.upload(article, form, "", nil)
		shows(t, a, http.StatusOK, "<strong>Bold</strong>")
		if strings.Contains(a.Body, "<script>alert") {
			t.Error("the author's script came through")
		}
		shows(t, maryna.get(article), http.StatusOK, "Version 2", "Wool keeps warm.")
		shows(t, maryna.post("/studio/preview", url.Values{"md": {"## Heading"}}), http.StatusOK, `<h2 id="p1">Heading</h2>`)
	})
	t.Run("a quiz is written question by question, and nothing is kept before it is saved", func(t *testing.T) {
		form := fields(t, maryna.get("/studio/quizzes/new?month=2026-12&article="+strings.TrimPrefix(article, "/studio/articles/")), "/studio/quizzes/new")
		a := maryna.post("/studio/quizzes/new", with(form, "op", "add:single", "/title/en", "What do you know about wool?"))
		shows(t, a, http.StatusOK, "What do you know about wool?", "1. Wool keeps warm.", "2. Foam keeps dry.")
		form = with(fields(t, a, "/studio/quizzes/new"), "/questions/0/text/en", "What keeps warm?", "/questions/0/options/0/text/en", "Wool",
			"/questions/0/options/0/right", "1", "/questions/0/options/1/text/en", "Ice", "/questions/0/paragraph", "1", "/questions/0/weight", "25")
		a = maryna.post("/studio/quizzes/new", with(form, "op", "add:truefalse"))
		form = with(fields(t, a, "/studio/quizzes/new"), "/questions/1/text/en", "Foam keeps dry.", "/questions/1/options/0/right", "1", "/participation", "5")
		a = maryna.post("/studio/quizzes/new", with(form, "op", "up:1"))
		form = fields(t, a, "/studio/quizzes/new")
		if form.Get("/questions/0/text/en") != "Foam keeps dry." || form.Get("/questions/1/text/en") != "What keeps warm?" {
			t.Fatalf("the questions did not change places: %v", form)
		}
		if all, err := s.Content.Quizzes(ctx); err != nil || len(all) != 0 {
			t.Fatalf("kept too early: %v %v", all, err)
		}
		quiz = addressOf(t, maryna.post("/studio/quizzes/new", with(form, "op", "save")))
		q, err := s.Content.Quiz(ctx, strings.TrimPrefix(quiz, "/studio/quizzes/"))
		must(t, err)
		if len(q.Questions) != 2 || len(q.Questions[1].Options) != 2 || q.Questions[1].Weight != 25 || q.Questions[1].Paragraph != 1 || q.Participation != 5 {
			t.Fatalf("kept %+v", q)
		}
	})
	t.Run("a form sent back as it came changes nothing", func(t *testing.T) {
		id := strings.TrimPrefix(quiz, "/studio/quizzes/")
		before, err := s.Content.Quiz(ctx, id)
		must(t, err)
		addressOf(t, maryna.post(quiz, with(fields(t, maryna.get(quiz), quiz), "op", "save")))
		after, err := s.Content.Quiz(ctx, id)
		must(t, err)
		before.Revision, before.Saved = after.Revision, after.Saved
		same(t, before, after)
	})
	t.Run("a problem is named at its field, and the month leads there", func(t *testing.T) {
		form := with(fields(t, maryna.get(quiz), quiz), "op", "save", "/questions/1/seconds", "3")
		shows(t, maryna.post(quiz, form), http.StatusUnprocessableEntity, s.texts().Say("en", "content.out_of_range", map[string]any{"min": 5, "max": 240}))
		form.Set("/questions/1/seconds", "soon")
		shows(t, maryna.post(quiz, form), http.StatusUnprocessableEntity, "A whole number is needed here.")
		form.Set("/questions/1/seconds", "20")
		form.Del("/questions/1/options/0/right")
		addressOf(t, maryna.post(quiz, form))
		shows(t, maryna.get(december), http.StatusOK, quiz+"?month=2026-12#/questions/1/options")
		shows(t, maryna.get(quiz), http.StatusOK, `href="#/questions/1/options"`, `id="/questions/1/options"`)
	})
	t.Run("what is not ready is not scheduled", func(t *testing.T) {
		leadsTo(t, maryna.post(december, with(fields(t, maryna.get(december), december), "op", "state:review")), december+"?said=said.studio_review")
		a := maryna.post(december, with(fields(t, maryna.get(december), december), "op", "state:scheduled"))
		shows(t, a, http.StatusUnprocessableEntity, s.texts().Say("en", "content.not_ready", map[string]any{"n": 1}))
		form := with(fields(t, maryna.get(quiz), quiz), "op", "save", "/questions/1/options/0/right", "1")
		addressOf(t, maryna.post(quiz, form))
	})
	t.Run("the preview shows the member's own page, the article and the key", func(t *testing.T) {
		frame, ofArticle, ofQuiz := december+"/preview/frame?lang=", strings.TrimPrefix(article, "/studio/articles/"), strings.TrimPrefix(quiz, "/studio/quizzes/")
		shows(t, maryna.get(december+"/preview?lang=uk"), http.StatusOK, "members do not see it", "/preview/frame?date=2026-12-01&lang=uk")
		first := maryna.get(frame + "uk")
		shows(t, first, http.StatusOK, "Грудень", "Нова гра", "/preview/frame?date=2026-12-01&lang=uk&show="+ofArticle)
		if strings.Contains(first.Body, `href="/quiz/`) || !strings.Contains(first.Header.Get("Content-Security-Policy"), "frame-ancestors 'self'") {
			t.Errorf("the frame leads away or cannot be framed: %v\n%s", first.Header, first.Body)
		}
		shows(t, maryna.get(frame+"en&show="+ofArticle), http.StatusOK, "Wool keeps warm.")
		shows(t, maryna.get(frame+"en&show="+ofQuiz), http.StatusOK, "mark--right", "What keeps warm?")
		shows(t, maryna.get(december+"/preview?show=nothing"), http.StatusNotFound)
	})
	t.Run("it is scheduled, nobody sees it before its month, and everybody does then", func(t *testing.T) {
		leadsTo(t, maryna.post(december, with(fields(t, maryna.get(december), december), "op", "state:scheduled")), december+"?said=said.studio_scheduled")
		shows(t, maryna.get(december), http.StatusOK, "Opens by itself on 1 December at midnight.")
		shows(t, maryna.get(december+"/preview?date=2026-12-05"), http.StatusOK, "the edition is open")
		shows(t, olena.get(strings.TrimPrefix(article, "/studio")), http.StatusNotFound)
		s.Clock.Set(time.Date(2026, 12, 1, 10, 0, 0, 0, time.UTC))
		shows(t, olena.get("/"), http.StatusOK, "December", "Insulation", "What do you know about wool?")
		shows(t, olena.get(strings.TrimPrefix(article, "/studio")), http.StatusOK, "Wool keeps warm.")
		shows(t, maryna.get("/studio"), http.StatusOK, "Open", "January 2027")
	})
	t.Run("a live month can be mended but not broken", func(t *testing.T) {
		form := with(fields(t, maryna.get(quiz), quiz), "op", "save", "/questions/1/text/en", "")
		shows(t, maryna.post(quiz, form), http.StatusUnprocessableEntity, s.texts().Say("en", "content.question_text_missing", map[string]any{"question": 2}))
		a := maryna.post(december, with(fields(t, maryna.get(december), december), "op", "state:review"))
		shows(t, a, http.StatusConflict, s.texts().Say("en", "content.live", nil))
	})
	t.Run("next month begins as a copy, whose changes leave this one alone", func(t *testing.T) {
		shows(t, maryna.get("/studio/2027-01"), http.StatusOK, "A copy of December 2026", "1 article, 1 quiz, 1 prize")
		leadsTo(t, maryna.post("/studio/2027-01/make", url.Values{"from": {"2026-12"}}), "/studio/2027-01?said=said.studio_copied")
		leadsTo(t, maryna.post("/studio/2027-01/make", url.Values{"from": {"2026-12"}}), "/studio/2027-01?said=said.studio_there")
		e, err := s.Content.Edition(ctx, month(t, "2027-01"))
		must(t, err)
		if len(e.Articles) != 1 || "/studio/articles/"+e.Articles[0] == article {
			t.Fatalf("copied %v", e.Articles)
		}
	})
	t.Run("an archived month can only be read", func(t *testing.T) {
		form := with(fields(t, maryna.get(december), december), "op", "save")
		s.Clock.Set(time.Date(2027, 1, 2, 10, 0, 0, 0, time.UTC))
		a := maryna.get(december)
		shows(t, a, http.StatusOK, s.texts().Say("en", "content.archived", nil))
		if strings.Contains(a.Body, `id="edition"`) {
			t.Error("there is a form")
		}
		shows(t, maryna.post(december, form), http.StatusConflict)
	})
}

func TestArrangingAMonth(t *testing.T) {
	s, maryna := newStudio(t)
	leadsTo(t, maryna.post(december+"/make", nil), december+"?said=said.studio_made")
	first, second := written(t, maryna, "2026-12", "First"), written(t, maryna, "2026-12", "Second")
	order := func() []string {
		e, err := s.Content.Edition(context.Background(), month(t, "2026-12"))
		must(t, err)
		return e.Articles
	}
	press := func(op string, pairs ...string) answer {
		return maryna.post(december, with(fields(t, maryna.get(december), december), append(pairs, "op", op)...))
	}
	id := func(path string) string { return strings.TrimPrefix(path, "/studio/articles/") }

	t.Run("articles go up and down", func(t *testing.T) {
		same(t, []string{id(first), id(second)}, order())
		press("up:/articles/1")
		same(t, []string{id(second), id(first)}, order())
		press("down:/articles/0")
		same(t, []string{id(first), id(second)}, order())
	})
	t.Run("one that is taken out can be put in again", func(t *testing.T) {
		press("drop:/articles/0")
		same(t, []string{id(second)}, order())
		press("add:/articles", "add/articles", id(first))
		same(t, []string{id(second), id(first)}, order())
	})
	t.Run("a button from nowhere changes nothing", func(t *testing.T) {
		for _, op := range []string{"up:/articles/9", "drop:/articles/-1", "drop:/rewards/0", "up", "state:live", "add:/articles"} {
			press(op, "add/articles", "")
			same(t, []string{id(second), id(first)}, order())
		}
	})
	t.Run("of two marketers who save a month, the second is told and may put theirs in its place", func(t *testing.T) {
		petro := s.as(s.person(member.RoleMarketer, "", "Petro Moroz", "petro@example.com", "en"))
		his := with(fields(t, petro.get(december), december), "op", "save", "/title/en", "His title")
		press("save", "/title/en", "Her title")
		a := petro.post(december, his)
		shows(t, a, http.StatusConflict, "His title", "Maryna Lysenko saved this while you were writing")
		leadsTo(t, petro.post(december, with(fields(t, a, december), "op", "save")), december+"?said=said.studio_saved")
		shows(t, petro.get(december), http.StatusOK, "His title")
	})
}

func TestTwoMarketersWriteOneThing(t *testing.T) {
	s, maryna := newStudio(t)
	petro := s.as(s.person(member.RoleMarketer, "", "Petro Moroz", "petro@example.com", "en"))
	article := written(t, maryna, "", "Roofs")

	t.Run("the second to save an article is shown the other version and keeps what was typed", func(t *testing.T) {
		his := with(fields(t, petro.get(article), article), "op", "save", "/body/en", "His text.")
		hers := with(fields(t, maryna.get(article), article), "op", "save", "/body/en", "Her text.")
		addressOf(t, maryna.upload(article, hers, "", nil))
		a := petro.upload(article, his, "", nil)
		shows(t, a, http.StatusConflict, "Maryna Lysenko saved this while you were writing", "Her text.", "His text.", "version 2")
		shows(t, petro.get(article), http.StatusOK, "Her text.")
		addressOf(t, petro.upload(article, with(fields(t, a, article), "op", "save"), "", nil))
		shows(t, petro.get(article), http.StatusOK, "His text.", "Version 3")
	})
	t.Run("and so with a quiz", func(t *testing.T) {
		form := with(fields(t, maryna.get("/studio/quizzes/new"), "/studio/quizzes/new"), "op", "save", "/title/en", "Roofs?")
		quiz := addressOf(t, maryna.post("/studio/quizzes/new", form))
		his := with(fields(t, petro.get(quiz), quiz), "op", "save", "/title/en", "His roofs?")
		addressOf(t, maryna.post(quiz, with(fields(t, maryna.get(quiz), quiz), "op", "save", "/title/en", "Her roofs?")))
		a := petro.post(quiz, his)
		shows(t, a, http.StatusConflict, "His roofs?", "Her roofs?")
		addressOf(t, petro.post(quiz, with(fields(t, a, quiz), "op", "save")))
	})
	t.Run("the same form sent twice makes one article", func(t *testing.T) {
		form := with(fields(t, maryna.get("/studio/articles/new"), "/studio/articles/new"), "op", "save", "/title/en", "Once")
		one, two := addressOf(t, maryna.upload("/studio/articles/new", form, "", nil)), addressOf(t, maryna.upload("/studio/articles/new", form, "", nil))
		same(t, one, two)
	})
}

const aiken = "What is wool made of?\nA) Glass\nB) Ice\nANSWER: A\n\nWhat is missing?\nA) The second answer\nANSWER: A\n"

func TestQuestionsFromAFile(t *testing.T) {
	s, maryna := newStudio(t)
	leadsTo(t, maryna.post(december+"/make", nil), december+"?said=said.studio_made")
	page := maryna.get("/studio/quizzes/new?month=2026-12")
	found := regexp.MustCompile(`/studio/quizzes/([0-9a-f-]{36})/import`).FindStringSubmatch(page.Body)
	if found == nil {
		t.Fatalf("no way to a file\n%s", page.Body)
	}
	path, quiz := found[0], "/studio/quizzes/"+found[1]
	form := func(dry string) url.Values {
		return with(fields(t, maryna.get(path+"?month=2026-12"), path), "lang", "en", "dry", dry, "name", "Wool")
	}

	t.Run("a trial reports every row and keeps nothing", func(t *testing.T) {
		a := maryna.upload(path, form("1"), "wool.txt", []byte(aiken))
		shows(t, a, http.StatusOK, "nothing is changed yet", "What is wool made of?", "What is missing?",
			s.texts().Say("en", "exchange.answers_few", map[string]any{"line": 8}))
		shows(t, maryna.get(quiz), http.StatusNotFound)
	})
	t.Run("then the questions are taken, into a quiz and its month", func(t *testing.T) {
		shows(t, maryna.upload(path, form("0"), "wool.txt", []byte(aiken)), http.StatusOK, "Done", quiz)
		shows(t, maryna.get(quiz), http.StatusOK, "What is wool made of?", `value="Wool"`)
		shows(t, maryna.get(december), http.StatusOK, quiz, "1 question")
	})
	t.Run("the same file again doubles nothing", func(t *testing.T) {
		a := maryna.upload(path, form("0"), "wool.txt", []byte(aiken))
		shows(t, a, http.StatusOK, s.texts().Say("en", "exchange.doubled", nil))
		q, err := s.Content.Quiz(context.Background(), found[1])
		must(t, err)
		same(t, 1, len(q.Questions))
	})
	t.Run("wrong and hostile files are refused in words", func(t *testing.T) {
		for name, file := range map[string]struct {
			data []byte
			key  string
		}{
			"pdf.pdf":   {[]byte("%PDF-1.4"), "exchange.format_unknown"},
			"old.xls":   {[]byte("\xD0\xCF\x11\xE0 old"), "exchange.old_excel"},
			"zip.xlsx":  {[]byte("PK\x03\x04 no zip at all"), "exchange.not_a_spreadsheet"},
			"empty.txt": {[]byte("\n\n"), "exchange.empty"},
			"large.txt": {bytes.Repeat([]byte("a"), 5<<20+1), "exchange.large"},
		} {
			a := maryna.upload(path, form("1"), name, file.data)
			sentence, _, _ := strings.Cut(s.texts().Say("en", file.key, nil), "{")
			shows(t, a, http.StatusUnprocessableEntity, html.UnescapeString(sentence))
		}
		shows(t, maryna.upload(path, form("1"), "none.txt", nil), http.StatusUnprocessableEntity, "Choose a file.")
	})
	t.Run("a file without one question to take takes nothing", func(t *testing.T) {
		a := maryna.upload(path, form("0"), "none.txt", []byte("What is missing?\nA) The second answer\nANSWER: A\n"))
		shows(t, a, http.StatusUnprocessableEntity, s.texts().Say("en", "exchange.nothing_taken", nil), "What is missing?")
	})
}

func month(t *testing.T, word string) calendar.Month {
	t.Helper()
	m, err := calendar.ParseMonth(word)
	must(t, err)
	return m
}

// same compares what should be equal.
func same(t *testing.T, want, got any) {
	t.Helper()
	if !reflect.DeepEqual(want, got) {
		t.Fatalf("got %+v, want %+v", got, want)
	}
}
