package web

import (
	"context"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"firebrand/content"
	"firebrand/internal/calendar"
	"firebrand/internal/fault"
	"firebrand/leaderboard"
	"firebrand/web/ui"
)

// studioPrizeRoutes are what a month's boards bring.
var studioPrizeRoutes = []route{
	{"GET", aMonth + "/prizes", marketers, (*Server).studioPrizes},
	{"POST", aMonth + "/prizes", marketers, (*Server).studioPrizesSave},
}

// prizesView is the form of an edition's board prizes.
type prizesView struct {
	Month   calendar.Month
	Version int64
	Open    bool
	Rows    []prizeRow
	Boards  []boardChoice
	// Sum is what all of them come to where that is known; Beside says that some give to more than their places tell:
	// to each region, week or player of a team.
	Sum    int64
	Beside bool
	// Full says that no more can be added.
	Full  bool
	Wrong map[string]string
}

// prizeRow is one line of the form; numbers are what was typed.
type prizeRow struct {
	At               string
	Board            string
	From, To, Points string
	// Sum is what the line comes to for one board, 0 while it is not whole.
	Sum int64
	// Each is a text key that says how many boards the line is for, empty for one.
	Each string
}

// boardChoice is a board that can bring prizes: a text key, or a name behind it.
type boardChoice struct{ Value, Key, Name string }

// studioPrizes shows the prizes of a month's boards.
func (s *Server) studioPrizes(c *fiber.Ctx) error {
	e, err := s.prizesEdition(c)
	if err != nil {
		return err
	}
	view, err := s.prizesOn(c.UserContext(), s.lang(c), e, e.Prizes)
	if err != nil {
		return err
	}
	if len(view.Rows) == 0 && view.Open {
		view.Rows = []prizeRow{{At: prizeAtField(0), Board: leaderboard.All, From: "1", To: "1"}}
	}
	return s.page(c, "studio_prizes", prizesPage(view))
}

// studioPrizesSave keeps the prizes that were typed; its buttons add a line and take one away.
func (s *Server) studioPrizesSave(c *fiber.Ctx) error {
	stored, err := s.prizesEdition(c)
	if err != nil {
		return err
	}
	values := formOf(c)
	op := values.Get("op")
	typed := prizesFrom(values, op)
	e := stored
	e.Prizes = typed.prizes
	version, _ := strconv.ParseInt(values.Get("/version"), 10, 64) // what is no number is no version that there was
	if len(typed.problems) > 0 {
		err = fault.New(fault.Invalid, typed.problems[0].Key).On(typed.problems[0].Field)
	} else if op != "add" {
		_, err = s.Content.SaveEdition(c.UserContext(), s.me(c).ID, e, version)
	}
	if err == nil && op != "add" {
		return said(c, "/studio/"+stored.Month.String()+"/prizes", "said.studio_prizes")
	}
	view, unread := s.prizesOn(c.UserContext(), s.lang(c), stored, e.Prizes)
	if unread != nil {
		return unread
	}
	view.Version, view.Rows = version, typed.rows
	if err == nil {
		return s.page(c, "studio_prizes", prizesPage(view))
	}
	if f := fault.As(err); f != nil {
		view.Wrong[f.Field] = s.say(c, f)
		if f.Key == "content.changed" { // a second save stands
			view.Version = stored.Version
		}
	}
	return s.again(c, err, "studio_prizes", prizesPage(view))
}

func prizesPage(view prizesView) ui.Page {
	return ui.Page{Title: "boardprizes.title", Wide: true, Data: view}
}

// prizesEdition is the edition whose prizes are asked for, which must be there.
func (s *Server) prizesEdition(c *fiber.Ctx) (content.Edition, error) {
	month, err := monthIn(c)
	if err != nil {
		return content.Edition{}, err
	}
	return s.Content.Edition(c.UserContext(), month)
}

// prizesOn is the form as it lies open, with the boards that an edition has.
func (s *Server) prizesOn(ctx context.Context, lang string, e content.Edition, prizes []content.BoardPrize) (prizesView, error) {
	view := prizesView{
		Month: e.Month, Version: e.Version, Open: s.Zone.Month(s.Now()).Before(e.Month.Next()), Wrong: map[string]string{},
		Full: len(prizes) >= content.MaxPrizes,
	}
	for i, p := range prizes {
		row := prizeRow{
			At: prizeAtField(i), Board: p.Board, From: strconv.Itoa(p.From), To: strconv.Itoa(p.To),
			Points: strconv.FormatInt(p.Points, 10), Sum: max(int64(p.To-p.From+1), 0) * p.Points, Each: eachOf(p.Board),
		}
		view.Rows = append(view.Rows, row)
		view.Sum += row.Sum
		view.Beside = view.Beside || row.Each != ""
	}
	var err error
	view.Boards, err = s.prizeBoards(ctx, lang, e)
	return view, err
}

// eachOf says to how many a board's prizes go beside its places, as a text key.
func eachOf(board string) string {
	switch kind, _, _ := strings.Cut(board, ":"); kind {
	case "region", thisWeek, leagueName:
		return "boardprizes.each_" + kind
	}
	return ""
}

// prizeBoards are the boards that can bring prizes in a month: those of every month, its quizzes', and the league's
// classes by the sizes that companies have.
func (s *Server) prizeBoards(ctx context.Context, lang string, e content.Edition) ([]boardChoice, error) {
	list := []boardChoice{
		{leaderboard.All, "board.tab_all", ""}, {leaderboard.New, "board.tab_new", ""},
		{"region", "boardprizes.region", ""}, {thisWeek, "boardprizes.week", ""},
	}
	for _, id := range e.Quizzes {
		title := id
		if quiz, err := s.Content.Quiz(ctx, id); err == nil {
			title, _ = quiz.Title.In(lang)
		}
		list = append(list, boardChoice{leaderboard.QuizBoard(id), "boardprizes.quiz", title})
	}
	companies, err := s.Members.Companies(ctx)
	if err != nil {
		return nil, err
	}
	var sizes []string
	for _, company := range companies {
		if company.Size != "" {
			sizes = append(sizes, company.Size)
		}
	}
	slices.Sort(sizes)
	for _, size := range slices.Compact(sizes) {
		list = append(list, boardChoice{leaderboard.LeagueBoard(size), "boardprizes.league", size})
	}
	list = append(list, boardChoice{leaderboard.LeagueBoard(leaderboard.PoolClass), "league.pool", ""})
	for _, p := range e.Prizes { // what stands there stays to be seen, though nothing else names it any more
		if !slices.ContainsFunc(list, func(b boardChoice) bool { return b.Value == p.Board }) {
			list = append(list, boardChoice{p.Board, "boardprizes.other", p.Board})
		}
	}
	return list, nil
}

func prizeAtField(i int) string { return "/prizes/" + strconv.Itoa(i) }

// typedPrizes are the lines of the form as they were typed, read as far as they could be.
type typedPrizes struct {
	rows     []prizeRow
	prizes   []content.BoardPrize
	problems []content.Problem
}

// prizesFrom reads the form's lines. A line whose every number is empty is left out; "drop:2" takes the third away and
// "add" puts an empty one at the end.
func prizesFrom(values url.Values, op string) typedPrizes {
	var t typedPrizes
	drop, _ := strings.CutPrefix(op, "drop:")
	for i := 0; i <= content.MaxPrizes && values.Has(prizeAtField(i)+"/board"); i++ {
		at := prizeAtField(i)
		row := prizeRow{Board: values.Get(at + "/board"), From: values.Get(at + "/from"), To: values.Get(at + "/to"), Points: values.Get(at + "/points")}
		if drop == strconv.Itoa(i) || strings.TrimSpace(row.From+row.To+row.Points) == "" {
			continue
		}
		row.At = prizeAtField(len(t.rows))
		row.Each = eachOf(row.Board)
		r := formReader{values: url.Values{
			row.At + "/from": {row.From}, row.At + "/to": {row.To}, row.At + "/points": {row.Points},
		}}
		p := content.BoardPrize{Board: row.Board, From: r.number(row.At + "/from"), To: r.number(row.At + "/to"), Points: int64(r.number(row.At + "/points"))}
		if row.To == "" { // one place alone
			p.To, row.To = p.From, row.From
		}
		row.Sum = max(int64(p.To-p.From+1), 0) * p.Points
		t.rows, t.prizes, t.problems = append(t.rows, row), append(t.prizes, p), append(t.problems, r.problems...)
	}
	if op == "add" {
		next := prizeRow{At: prizeAtField(len(t.rows)), Board: leaderboard.All}
		if n := len(t.prizes); n > 0 {
			next.Board, next.From = t.prizes[n-1].Board, strconv.Itoa(t.prizes[n-1].To+1)
		}
		t.rows = append(t.rows, next)
	}
	return t
}
