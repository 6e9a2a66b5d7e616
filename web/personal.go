package web

import (
	"context"
	"strings"

	"firebrand/internal/fault"
	"firebrand/internal/journal"
	"firebrand/internal/member"
	"firebrand/web/live"
	"firebrand/web/ui"
)

// pointsPrefix and an account's id name its stream in the journal.
const pointsPrefix = "points/"

// PersonOf is whose connection it is, for live.Options.Person: identities are the members that have signed in.
func PersonOf(identity any) string {
	m, _ := identity.(member.Member)
	return m.ID
}

// personalState is what a person's own room shows: what may change on any page while they look at another.
type personalState struct {
	// Points are alive and can be spent, Held are set aside; both 0 for who has no account.
	Points int64 `json:"points"`
	Held   int64 `json:"held"`
	// PointsSaid and UnreadSaid are the same in the person's language, as the layout writes them.
	PointsSaid string `json:"pointsSaid,omitempty"`
	Unread     int    `json:"unread"`
	UnreadSaid string `json:"unreadSaid"`
	// Auctions are where points of theirs are held.
	Auctions []personalAuction `json:"auctions"`
}

// personalAuction is how the person stands in an auction that holds points of theirs.
type personalAuction struct {
	ID       string `json:"id"`
	Standing string `json:"standing"`
	Amount   int64  `json:"amount"`
	Held     int64  `json:"held"`
}

// openPersonal opens everybody's own room, and lets it know of what moves points. Messages tell it themselves.
func (s *Server) openPersonal() {
	s.Live.Open(live.Personal+"*", live.Room{Snapshot: s.personalSnapshot, Authorise: mayWatchPersonal})
	s.deaf = s.Points.Journal.Listen("points", func(rec journal.Record) {
		if account, ok := strings.CutPrefix(rec.Stream, pointsPrefix); ok {
			s.Live.Changed(live.Personal + account)
		}
	})
}

// mayWatchPersonal lets people into their own room and nobody else's.
func mayWatchPersonal(identity any, room string) error {
	if id := PersonOf(identity); id == "" || room != live.Personal+id {
		return fault.New(fault.Forbidden, "fault.forbidden")
	}
	return nil
}

// personalSnapshot is the state of one person's room.
func (s *Server) personalSnapshot(ctx context.Context, room string) (any, error) {
	m, err := s.Members.ByID(ctx, strings.TrimPrefix(room, live.Personal))
	if err != nil {
		return nil, err
	}
	return s.personal(ctx, m)
}

// personal gathers what a person's room shows. Who has no account has messages all the same.
func (s *Server) personal(ctx context.Context, m member.Member) (personalState, error) {
	state, lang := personalState{Auctions: []personalAuction{}}, ui.Language(m.Lang)
	var err error
	if state.Unread, err = s.Messages.Unread(ctx, m.ID); err != nil {
		return state, err
	}
	state.UnreadSaid = s.unreadSaid(lang, state.Unread)
	if !players.allows(m.Role) {
		return state, nil
	}
	view, err := s.Points.Balance(ctx, m.ID)
	if err != nil {
		return state, err
	}
	state.Points, state.Held = view.Alive, view.Held
	state.PointsSaid = s.UI.Texts.Say(lang, "points.count", map[string]any{"n": view.Alive})
	return state, s.personalAuctions(ctx, m.ID, &state)
}

// unreadSaid is how many messages are new, in words.
func (s *Server) unreadSaid(lang string, n int) string {
	return s.UI.Texts.Say(lang, "messages.unread", map[string]any{"n": n})
}
