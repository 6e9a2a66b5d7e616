package member

import (
	"strings"

	"firebrand/internal/store"
)

// topic is what processes tell each other under, so that what one shut out the others shut out at once, and not only
// after recentFor.
const topic = "member"

// What is told: a memory to be forgotten, or somebody who is seen otherwise.
const (
	tellSessions = "sessions"
	tellKeys     = "keys"
	tellPeople   = "people"
	tellSharings = "sharings"
	tellChanged  = "changed/"
)

// Connect lets this process and the others tell each other what they changed; call it before the first use, and stop
// when the notices are closed. Elsewhere hears of those whom another process changed, as Changed does of this one's.
func (s *Service) Connect(n *store.Notices, elsewhere func(memberID string)) (stop func()) {
	s.notices = n
	return n.Listen(topic, func(text string) {
		if id, changed := strings.CutPrefix(text, tellChanged); changed {
			if elsewhere != nil {
				elsewhere(id)
			}
			return
		}
		s.forgotten(text)
	}, func() {
		for _, what := range []string{tellSessions, tellKeys, tellPeople} {
			s.forgotten(what)
		}
	})
}

// forgotten drops a memory in this process.
func (m *memories) forgotten(what string) {
	switch what {
	case tellSessions:
		m.recentSessions.forget()
	case tellKeys:
		m.recentKeys.forget()
	case tellPeople:
		m.recentBuyers.forget()
		m.recentSharings.forget()
	case tellSharings:
		m.recentSharings.forget()
	}
}

// drop drops a memory in every process: something was changed that it rests on.
func (m *memories) drop(what string) {
	m.forgotten(what)
	m.notices.Tell(topic, what)
}
