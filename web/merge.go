package web

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/gofiber/fiber/v2"

	"firebrand/internal/fault"
	"firebrand/internal/member"
	"firebrand/internal/points"
	"firebrand/web/ui"
)

// mergeRoutes make two accounts of one person one. They stand before those of people, whose ids they would be taken for.
var mergeRoutes = []route{
	{"GET", "/people/merge", admins, (*Server).mergePage},
	{"POST", "/people/merge", admins, (*Server).merge},
}

// mergeFound is how many people a search for an account shows.
const mergeFound = 20

// mergeView is the way to a merge: one account, the other one, and then both side by side.
type mergeView struct {
	// One and Two are the chosen accounts, nil while they are not.
	One, Two *mergeSide
	// Text is what was searched for, People what was found.
	Text   string
	People []personView
	// Keep is the id of the account that is to go on, Reason what was typed.
	Keep, Reason string
}

// Sides are the chosen accounts.
func (v mergeView) Sides() []*mergeSide { return []*mergeSide{v.One, v.Two} }

// mergeSide is one of the two accounts.
type mergeSide struct {
	personView
	Joined time.Time
	// Alive, Pending and Held are points.
	Alive, Pending, Held int64
}

// MergePoints moves the points of a merge. It may be repeated: under its key they move once. fault.Conflict where a hold
// keeps them for now.
func (r Rooms) MergePoints(ctx context.Context, m member.Merge) error {
	_, err := r.Points.Merge(ctx, points.Merge{Key: "merge/" + m.From, Actor: m.By, From: m.From, Into: m.Into, Reason: m.Reason})
	return err
}

// mergePage asks for one account, then for the other, then shows both.
func (s *Server) mergePage(c *fiber.Ctx) error {
	view, err := s.mergeSides(c, c.Query("one"), c.Query("two"))
	if err != nil {
		return err
	}
	if view.Two == nil {
		view.Text = c.Query("q")
		if view.One != nil && !c.Context().QueryArgs().Has("q") {
			view.Text = view.One.Name // two accounts of one person mostly bear one name
		}
		if view.People, err = s.mergeSearch(c, view); err != nil {
			return err
		}
	}
	return s.page(c, "merge", mergePageOf(view))
}

func mergePageOf(view mergeView) ui.Page {
	return ui.Page{Title: "merge.title", Wide: view.Two != nil, Data: view}
}

// mergeSides reads the accounts that are chosen by now; the one that is in use is proposed to be kept.
func (s *Server) mergeSides(c *fiber.Ctx, one, two string) (view mergeView, err error) {
	if one == "" {
		return view, nil
	}
	if view.One, err = s.mergeSide(c, one); err != nil || two == "" || two == one {
		return view, err
	}
	if view.Two, err = s.mergeSide(c, two); err != nil {
		return view, err
	}
	view.Keep = view.One.ID
	if view.Two.used().After(view.One.used()) {
		view.Keep = view.Two.ID
	}
	return view, nil
}

// used is when an account was last used; one that ended or was never come into is worth the least.
func (m mergeSide) used() time.Time {
	if m.Standing != member.StandingActive {
		return time.Time{}
	}
	return m.Seen
}

func (s *Server) mergeSide(c *fiber.Ctx, id string) (*mergeSide, error) {
	person, err := s.subject(c, id)
	if err != nil {
		return nil, err
	}
	m, err := s.Members.ByID(c.UserContext(), id)
	if err != nil {
		return nil, err
	}
	side := &mergeSide{personView: person, Joined: m.Joined}
	if !person.Plays {
		return nil, fault.New(fault.Conflict, "member.merge_role")
	}
	view, err := s.Points.Balance(c.UserContext(), id)
	side.Alive, side.Pending, side.Held = view.Alive, view.Pending, view.Held
	return side, err
}

// mergeSearch finds people with points who were not merged and are not chosen yet.
func (s *Server) mergeSearch(c *fiber.Ctx, view mergeView) ([]personView, error) {
	if view.Text == "" {
		return nil, nil
	}
	found, err := s.Members.Search(c.UserContext(), s.me(c), view.Text, everybody)
	if err != nil {
		return nil, err
	}
	companies, err := s.Members.Companies(c.UserContext())
	if err != nil {
		return nil, err
	}
	names := map[string]string{}
	for _, company := range companies {
		names[company.ID] = company.Name
	}
	found = slices.DeleteFunc(found, func(p member.Person) bool {
		return !players.allows(p.Role) || p.MergedInto != "" || view.One != nil && p.ID == view.One.ID
	})
	var shown []personView
	for _, p := range found[:min(len(found), mergeFound)] {
		shown = append(shown, viewOf(s.me(c), p, names[p.Company], "/people"))
	}
	return shown, nil
}

// merge makes two accounts one. What cannot move yet moves by the sweep.
func (s *Server) merge(c *fiber.Ctx) error {
	key, err := formKey(c)
	if err != nil {
		return err
	}
	one, two, keep := c.FormValue("one"), c.FormValue("two"), c.FormValue("keep")
	from := one
	if keep == one {
		from = two
	}
	m, err := s.Members.MergeMembers(c.UserContext(), s.me(c), from, keep, c.FormValue("reason"), key)
	if err != nil {
		view, unread := s.mergeSides(c, one, two)
		if unread != nil || view.Two == nil {
			return err
		}
		view.Keep, view.Reason = cmp.Or(keep, view.Keep), c.FormValue("reason")
		return s.again(c, err, "merge", mergePageOf(view))
	}
	err = s.Members.FinishMerge(c.UserContext(), m.From, s.MergePoints)
	if fault.Is(err, fault.Conflict) {
		return said(c, "/people/"+m.Into, "said.merge_points_later")
	}
	if err != nil {
		return err
	}
	return said(c, "/people/"+m.Into, "said.merge_done")
}
