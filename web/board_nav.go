package web

import (
	"context"
	"slices"
	"strings"

	"firebrand/content"
	"firebrand/internal/calendar"
	"firebrand/internal/fault"
	"firebrand/internal/member"
	"firebrand/leaderboard"
)

const (
	// thisWeek is the board of the week that runs, as links may name it for ever.
	thisWeek = "week"
	// leagueName is the companies' league among the boards.
	leagueName   = "league"
	weekPrefix   = "week:"
	quizPrefix   = "quiz:"
	regionPrefix = "region:"
	leaguePrefix = "league:"
)

// prizeLine is what some places of a board bring.
type prizeLine struct {
	From, To int
	Points   int64
}

// boardPrizes are what a board's places bring: by the edition while the month runs, as it was decided once it is over.
type boardPrizes struct {
	Lines []prizeLine
	// Decided are the points by rank; nil while nothing is.
	Decided map[int]int64
}

// At is what a rank brings, 0 for nothing.
func (p boardPrizes) At(rank int) int64 {
	if p.Decided != nil {
		return p.Decided[rank]
	}
	for _, line := range p.Lines {
		if rank >= line.From && rank <= line.To {
			return line.Points
		}
	}
	return 0
}

// decide takes what was decided of one board; nothing at all is decided before the month is closed.
func (p *boardPrizes) decide(all []leaderboard.Prize, board string) {
	for _, one := range all {
		if one.Board != board {
			continue
		}
		if p.Decided == nil {
			p.Decided = map[int]int64{}
		}
		p.Decided[one.Rank] = one.Points
	}
}

// weekBoard is the board of the week that runs or, in a month that is over, of its last day's week.
func (s *Server) weekBoard(m calendar.Month) string {
	day := s.Zone.Date(s.Now())
	if last := m.Last(); last.Before(day) {
		day = last
	}
	return leaderboard.WeekBoard(day)
}

// boardNavOf lays out where a board lies: the boards beside it, the months beside it, and what it brings.
func (s *Server) boardNavOf(ctx context.Context, me member.Member, m calendar.Month, name, lang string) (boardNav, error) {
	running := s.Zone.Month(s.Now())
	nav := boardNav{Running: m == running, Query: name}
	if !running.Before(m) && s.boardBehind(ctx, m.Prev()) {
		nav.Before = m.Prev()
	}
	if m.Before(running) {
		nav.Next = m.Next()
	}
	edition, err := s.Content.Edition(ctx, m)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return nav, err
	}
	if monday, ok := strings.CutPrefix(name, weekPrefix); ok {
		if day, err := calendar.ParseDate(monday); err == nil {
			nav.Week = s.Zone.StartOf(day)
		}
	}
	nav.Tabs, nav.Quizzes = s.tabs(ctx, me, name, edition, lang)
	nav.Prizes = boardPrizes{Lines: prizesOf(edition.Prizes, name)}
	if nav.Running {
		return nav, nil
	}
	decided, err := s.Boards.Prizes(ctx, m)
	if err != nil {
		return nav, nil //nolint:nilerr // the table is worth showing without what it brought
	}
	nav.Prizes.decide(decided, name)
	return nav, nil
}

// boardBehind reports whether a month before has boards to look at: it is closed, or it ended today and is about to be.
// Where that cannot be told now the way there stays.
func (s *Server) boardBehind(ctx context.Context, m calendar.Month) bool {
	if _, err := s.Boards.Prizes(ctx, m); !fault.Is(err, fault.NotFound) {
		return true
	}
	return s.Zone.Date(s.Now()) == m.Next().First()
}

// tabs are the boards that concern somebody: everyone's, the week's, their region's, the newcomers', the companies',
// and the quizzes'; quizzes are chosen among once one of them is open.
func (s *Server) tabs(ctx context.Context, me member.Member, current string, e content.Edition, lang string) (tabs, quizzes []boardTab) {
	tabs = []boardTab{{Query: leaderboard.All, Name: "board.tab_all"}, {Query: thisWeek, Name: "board.tab_week"}}
	region, shown := strings.CutPrefix(current, regionPrefix)
	if company, err := s.Members.CompanyByID(ctx, me.Company); err == nil && company.Region != "" {
		region, shown = company.Region, true
	}
	if shown {
		tabs = append(tabs, boardTab{Query: leaderboard.RegionBoard(region), Name: region, Plain: true})
	}
	tabs = append(tabs, boardTab{Query: leaderboard.New, Name: "board.tab_new"}, boardTab{Query: leagueName, Name: "board.tab_league"})
	for _, id := range e.Quizzes {
		quiz, err := s.Content.Quiz(ctx, id)
		if err != nil {
			continue // a quiz that is gone has no board to look at
		}
		title, _ := quiz.Title.In(lang)
		quizzes = append(quizzes, boardTab{Query: leaderboard.QuizBoard(id), Name: title, Plain: true, Current: current == leaderboard.QuizBoard(id)})
	}
	if len(quizzes) > 0 {
		tabs = append(tabs, boardTab{Query: quizzes[0].Query, Name: "board.tab_quiz"})
	}
	for i := range tabs {
		t := &tabs[i]
		t.Current = t.Query == current || t.Query == thisWeek && strings.HasPrefix(current, weekPrefix) ||
			t.Name == "board.tab_quiz" && strings.HasPrefix(current, quizPrefix)
	}
	if !strings.HasPrefix(current, quizPrefix) {
		quizzes = nil
	}
	return tabs, quizzes
}

// prizesOf are what an edition gives for the places of one board, the first places first.
func prizesOf(all []content.BoardPrize, board string) []prizeLine {
	kind := board
	if before, _, found := strings.Cut(board, ":"); found && (before == "region" || before == "week") {
		kind = before
	}
	var lines []prizeLine
	for _, p := range all {
		if p.Board == kind {
			lines = append(lines, prizeLine{p.From, p.To, p.Points})
		}
	}
	slices.SortFunc(lines, func(a, b prizeLine) int { return a.From - b.From })
	return lines
}
