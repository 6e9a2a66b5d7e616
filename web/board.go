package web

import (
	"context"
	"slices"
	"time"

	"github.com/gofiber/fiber/v2"

	"firebrand/internal/calendar"
	"firebrand/internal/fault"
	"firebrand/internal/member"
	"firebrand/leaderboard"
	"firebrand/web/ui"
)

// boardRoutes are how people stand: by themselves, and as companies.
var boardRoutes = []route{
	{"GET", "/board", signedIn, (*Server).board},
	{"GET", "/board/around", players, (*Server).boardAround},
	{"GET", "/board/league", signedIn, (*Server).boardLeague},
}

const (
	// aroundRows is how many rows are shown around a member who is not among the first.
	aroundRows = 5
	// moversShown is how many of those who climbed most are named.
	moversShown = 3
	// closedRows is how many rows of a closed board stand on one page.
	closedRows = 50
)

// boardView is one board: its first rows, what it brings, and where I am on it.
type boardView struct {
	leaderboard.Board
	boardNav
	// Room is the live room that the page watches, Who how it finds me in the rows.
	Room, Who string
	Ranks     []rankView
	// Mine is about me; nothing of it for those who stand on no board.
	Mine mineView
	// Movers climbed most since yesterday, on everyone's board of the running month.
	Movers []moverView
	// Heading and How are the texts that say which board it is and what counts there.
	Heading, How string
	// After is the rank behind which the next rows of a closed board lie, 0 for none.
	After int
}

// boardNav is where a board lies among the others.
type boardNav struct {
	Tabs    []boardTab
	Quizzes []boardTab
	// Before and Next are the months beside, zero where there is no board of them.
	Before, Next calendar.Month
	// Running says that this is the month that counts.
	Running bool
	// Query is the board as links name it.
	Query string
	// Week is the day that a week's board begins on.
	Week time.Time
	// Prizes are what the board brings, or brought.
	Prizes boardPrizes
}

// boardTab is one of the boards that can be looked at; Name is a text key, or a name as it is.
type boardTab struct {
	Query, Name string
	Plain       bool
	Current     bool
}

// rankView is a row with what its place brought or will bring.
type rankView struct {
	leaderboard.Row
	Prize int64
}

// moverView is one of those who climbed most.
type moverView struct {
	leaderboard.Mover
	Me bool
}

// mineView is how I stand.
type mineView struct {
	Standing *leaderboard.Standing
	// Newcomers is how I stand among those who joined this month; nil for who did not, and on that board itself.
	Newcomers *leaderboard.Standing
	Around    []rankView
	// Prize is what my place would bring now, or brought.
	Prize int64
	// Elsewhere says that this is the board of those who joined this month, and I joined before.
	Elsewhere bool
}

// board shows a month's board, drawn live while it is open.
func (s *Server) board(c *fiber.Ctx) error {
	view, err := s.readBoard(c)
	if fault.Is(err, fault.Unavailable) {
		return s.boardDown(c, err)
	}
	if err != nil {
		return err
	}
	return s.page(c, "board", ui.Page{Title: "board.title", Wide: true, Scripts: []string{"board.js"}, Data: view})
}

// boardDown says that a board is being drawn or cannot be reached; it is there in a moment.
func (s *Server) boardDown(c *fiber.Ctx, err error) error {
	c.Status(fiber.StatusServiceUnavailable)
	c.Set("Refresh", "3")
	return s.page(c, "board_down", ui.Page{Title: "board.title", Fault: s.say(c, fault.As(err))})
}

// boardAround is the part of a board about me and about who moved, fetched again when the board changes.
func (s *Server) boardAround(c *fiber.Ctx) error {
	view, err := s.readBoard(c)
	if err != nil {
		return err
	}
	return s.page(c, "board_around", ui.Page{Title: "board.title", Data: view})
}

// readBoard gathers a board with everything around it. What is about me or about who moved is left out where it cannot
// be read just now: the rows say that they are stale.
func (s *Server) readBoard(c *fiber.Ctx) (boardView, error) {
	me, ctx := s.me(c), c.UserContext()
	month, err := s.boardMonth(c)
	if err != nil {
		return boardView{}, err
	}
	name := c.Query("b", leaderboard.All)
	if name == thisWeek {
		name = s.weekBoard(month)
	}
	view := boardView{Who: member.Who(me.ID)}
	if view.boardNav, err = s.boardNavOf(ctx, me, month, name, s.lang(c)); err != nil {
		return view, err
	}
	if view.Board, err = s.boardRows(ctx, month, name, c.QueryInt("after"), view.Running); err != nil {
		return view, err
	}
	if rows := len(view.Rows); view.Closed && rows == closedRows && view.Rows[rows-1].Rank < view.Total {
		view.After = view.Rows[rows-1].Rank
	}
	view.Heading, view.How = "board.title", "board.how"
	if !view.Week.IsZero() {
		view.Heading, view.How = "board.title_week", "board.how_week"
	} else if slices.ContainsFunc(view.Quizzes, func(tab boardTab) bool { return tab.Current }) {
		view.Heading, view.How = "board.title_quiz", "board.how_quiz"
	}
	view.Room = leaderboard.RoomName(name, month)
	view.Ranks = s.ranked(view.Rows, view.Prizes, view.Who)
	if me.Role == member.RoleMember {
		view.Mine = s.mineOn(ctx, me, view)
	}
	if name == leaderboard.All && view.Running {
		view.Movers = s.movers(ctx, month, view.Who)
	}
	return view, nil
}

// boardMonth is the month that is asked for, the running one unless it says otherwise.
func (s *Server) boardMonth(c *fiber.Ctx) (calendar.Month, error) {
	text := c.Query("month")
	if text == "" {
		return s.Zone.Month(s.Now()), nil
	}
	month, err := calendar.ParseMonth(text)
	if err != nil {
		return month, fault.New(fault.NotFound, "leaderboard.no_board")
	}
	return month, nil
}

// boardRows are the rows of a board: the first of one that is open, any page of one that is closed.
func (s *Server) boardRows(ctx context.Context, m calendar.Month, name string, after int, running bool) (leaderboard.Board, error) {
	if !running {
		closed, err := s.Boards.Closed(ctx, m, name, max(after, 0), closedRows)
		if err == nil || !fault.Is(err, fault.NotFound) {
			return closed, err
		}
	}
	return s.Boards.Top(ctx, m, name, leaderboard.Shown)
}

// ranked gives rows what their places bring, and marks mine.
func (s *Server) ranked(rows []leaderboard.Row, prizes boardPrizes, who string) []rankView {
	list := make([]rankView, len(rows))
	for i, r := range rows {
		r.Me = r.Who == who
		list[i] = rankView{r, prizes.At(r.Rank)}
	}
	return list
}

// mineOn is how I stand on a board.
func (s *Server) mineOn(ctx context.Context, me member.Member, view boardView) mineView {
	var mine mineView
	standing, err := s.Boards.Standing(ctx, view.Month, view.Name, me.ID)
	if err != nil {
		return mine
	}
	mine.Standing, mine.Prize = &standing, view.Prizes.At(standing.Rank)
	joined := s.Zone.Month(me.Joined) == view.Month
	mine.Elsewhere = view.Name == leaderboard.New && !joined
	if view.Name == leaderboard.All && joined {
		if st, err := s.Boards.Standing(ctx, view.Month, leaderboard.New, me.ID); err == nil && st.Rank > 0 {
			mine.Newcomers = &st
		}
	}
	around, err := s.Boards.Around(ctx, view.Month, view.Name, me.ID, aroundRows)
	if n := len(around.Rows); err == nil && n > 0 && around.Rows[n-1].Rank > len(view.Rows) && !view.Closed {
		mine.Around = s.ranked(around.Rows, view.Prizes, view.Who)
	}
	return mine
}

// movers are those who climbed most since yesterday; none where that cannot be told now.
func (s *Server) movers(ctx context.Context, m calendar.Month, who string) []moverView {
	movers, err := s.Boards.Movers(ctx, m, moversShown)
	if err != nil {
		return nil
	}
	list := make([]moverView, len(movers))
	for i, mover := range movers {
		list[i] = moverView{mover, mover.Who == who}
	}
	return list
}
