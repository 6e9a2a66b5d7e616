package web

import (
	"slices"
	"strconv"

	"github.com/gofiber/fiber/v2"

	"firebrand/internal/fault"
	"firebrand/leaderboard"
	"firebrand/web/ui"
)

// How many teams of a class are shown: the first at once, the others behind a tap. One's own is shown at once wherever it
// stands.
const (
	leagueFirst = 10
	leagueShown = 40
)

// leagueView is how companies stand, in classes of size.
type leagueView struct {
	leaderboard.League
	boardNav
	Sizes []leagueClass
	// Example is a team with the figures that its place comes from, nil where no class has a ranked team.
	Example *leagueExample
	// Least is how many players make a team, Shrink how many average heads each is counted with.
	Least, Shrink int
}

// leagueClass is one class as the page shows it.
type leagueClass struct {
	Name string
	Pool bool
	// Folded says that the class waits behind a tap: it is not my own.
	Folded bool
	// Ranked are shown at once, Rest behind a tap, More is how many are not shown.
	Ranked, Rest []leagueTeam
	More         int
	// Coming have too few players for a place yet.
	Coming []leagueTeam
	Prizes boardPrizes
}

// leagueTeam is one team; Prize is what each of its players gets by its place.
type leagueTeam struct {
	leaderboard.Team
	Mine bool
	// ScoreSaid is what ranks it, in words.
	ScoreSaid string
	Prize     int64
	// Lacks is how many players are missing to a place.
	Lacks int
}

// leagueExample is the reckoning of one team: its own heads with what they won, average ones added, shared out.
type leagueExample struct {
	leaderboard.Team
	Class, ClassMean string
	// Heads is Staff and Shrink together, Added what the average heads bring, Whole both sums; points in words, since
	// they may have a part.
	Heads        int
	Added, Whole string
	ScoreSaid    string
	Mine         bool
}

// boardLeague shows the companies' league of a month.
func (s *Server) boardLeague(c *fiber.Ctx) error {
	me, ctx := s.me(c), c.UserContext()
	month, err := s.boardMonth(c)
	if err != nil {
		return err
	}
	view := leagueView{Least: leaderboard.LeastPlayers, Shrink: leaderboard.Shrink}
	if view.League, err = s.Boards.League(ctx, month); fault.Is(err, fault.Unavailable) {
		return s.boardDown(c, err)
	} else if err != nil {
		return err
	}
	if view.boardNav, err = s.boardNavOf(ctx, me, month, leagueName, s.lang(c)); err != nil {
		return err
	}
	if view.Sizes, err = s.leagueSizes(c, view.League); err != nil {
		return err
	}
	view.Example = s.leagueExampleOf(view.League, view.Sizes, s.lang(c))
	return s.page(c, "board_league", ui.Page{Title: "board.tab_league", Wide: true, Data: view})
}

// leagueSizes lays the classes out, my own before the others.
func (s *Server) leagueSizes(c *fiber.Ctx, l leaderboard.League) ([]leagueClass, error) {
	me, ctx := s.me(c), c.UserContext()
	pool := ""
	if company, err := s.Members.CompanyByID(ctx, me.Company); err == nil {
		pool = company.Region
	}
	edition, err := s.Content.Edition(ctx, l.Month)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return nil, err
	}
	inTeam := slices.ContainsFunc(l.Classes, func(class leaderboard.Class) bool {
		return slices.ContainsFunc(class.Teams, func(t leaderboard.Team) bool { return t.Company != "" && t.Company == me.Company })
	})
	var sizes []leagueClass
	for _, class := range l.Classes {
		prizes := boardPrizes{Lines: prizesOf(edition.Prizes, leaderboard.LeagueBoard(class.Name))}
		sizes = append(sizes, leagueClassOf(class, prizes, s.lang(c), func(t leaderboard.Team) bool {
			return me.Company != "" && (t.Company == me.Company || !inTeam && t.Company == "" && t.Region == pool)
		}))
	}
	slices.SortStableFunc(sizes, func(a, b leagueClass) int { return rankOfMine(a) - rankOfMine(b) })
	if len(sizes) > 0 && rankOfMine(sizes[0]) == 0 {
		for i := range sizes[1:] {
			sizes[i+1].Folded = true
		}
	}
	return sizes, nil
}

// rankOfMine puts the class that holds my own team first.
func rankOfMine(c leagueClass) int {
	mine := func(t leagueTeam) bool { return t.Mine }
	if slices.ContainsFunc(c.Ranked, mine) || slices.ContainsFunc(c.Coming, mine) {
		return 0
	}
	return 1
}

// leagueClassOf is a class as the page shows it: the first ranked teams, mine wherever it is, and who is to come.
func leagueClassOf(class leaderboard.Class, prizes boardPrizes, lang string, mine func(leaderboard.Team) bool) leagueClass {
	c := leagueClass{Name: class.Name, Pool: class.Name == leaderboard.PoolClass, Prizes: prizes}
	for _, t := range class.Teams {
		team := leagueTeam{
			Team: t, Mine: mine(t), ScoreSaid: thousandths(lang, t.Score), Prize: prizes.At(t.Rank), Lacks: leaderboard.LeastPlayers - t.Players,
		}
		switch {
		case t.Rank == 0 && (t.Players > 0 || team.Mine):
			c.Coming = append(c.Coming, team)
		case t.Rank == 0:
		case len(c.Ranked) < leagueFirst || team.Mine:
			c.Ranked = append(c.Ranked, team)
		case len(c.Ranked)+len(c.Rest) < leagueShown:
			c.Rest = append(c.Rest, team)
		default:
			c.More++
		}
	}
	return c
}

// leagueExampleOf reckons one team's place out: mine where it has one, else the first there is.
func (s *Server) leagueExampleOf(l leaderboard.League, sizes []leagueClass, lang string) *leagueExample {
	var found *leagueTeam
	class := ""
	for i := range sizes {
		for j := range sizes[i].Ranked {
			if t := &sizes[i].Ranked[j]; found == nil || t.Mine {
				found, class = t, sizes[i].Name
			}
		}
	}
	if found == nil {
		return nil
	}
	i := slices.IndexFunc(l.Classes, func(c leaderboard.Class) bool { return c.Name == class })
	mean := l.Classes[i].Mean
	added := mean * leaderboard.Shrink
	return &leagueExample{
		Team: found.Team, Class: class, ClassMean: thousandths(lang, mean), Heads: found.Staff + leaderboard.Shrink,
		Added: s.pointsPart(lang, added), Whole: s.pointsPart(lang, found.Sum*1000+added),
		ScoreSaid: s.pointsPart(lang, found.Score), Mine: found.Mine,
	}
}

// pointsPart writes thousandths of points with their unit.
func (s *Server) pointsPart(lang string, n int64) string {
	tenths := (n + 50) / 100
	if tenths%10 == 0 {
		return s.UI.Texts.Say(lang, "points.count", map[string]any{"n": tenths / 10})
	}
	return s.UI.Texts.Say(lang, "league.points_part", map[string]any{"n": thousandths(lang, n)})
}

// thousandths writes a number of thousandths with one digit behind the point, half up, and none where it is whole.
func thousandths(lang string, n int64) string {
	tenths := (n + 50) / 100
	whole := ui.Number(tenths / 10)
	if tenths%10 == 0 {
		return whole
	}
	point := ","
	if lang == "en" {
		point = "."
	}
	return whole + point + strconv.FormatInt(tenths%10, 10)
}
