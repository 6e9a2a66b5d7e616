// Package member keeps dealer companies and the people of the programme: who they are, what role they have, how they
// come in (one-time invitations, passwords, sessions) and how they leave.
//
// The rule that matters most: whether somebody may come in is decided by one document, the account. It holds the
// password, the one open invitation and the epoch of the sessions, so that using an invitation, a reset and a dismissal
// are one replace-if-version each: two that race cannot both win, and a crash leaves no half of them behind.
// The documents of sessions and invitations beside it only say which account a token belongs to.
//
// Personal data stays here. Passwords, and who was invited by whom, never leave the room; boards are given a Card.
package member

import (
	"strings"
	"time"
)

// Role is what a person does in the programme; everyone has exactly one.
type Role string

// The five roles. Members and principals belong to a company, the brand's own people and suppliers to none.
const (
	// RoleMember is a dealer company's staff: they read, play and spend.
	RoleMember Role = "member"
	// RolePrincipal owns or leads a dealer company and answers for its members.
	RolePrincipal Role = "principal"
	// RoleMarketer publishes the month and sees to it that dealer staff come.
	RoleMarketer Role = "marketer"
	// RoleDesk hands prizes out for a supplier.
	RoleDesk Role = "desk"
	// RoleAdmin may do everything.
	RoleAdmin Role = "admin"
)

// OfCompany reports whether people of this role belong to a dealer company.
func (r Role) OfCompany() bool { return r == RoleMember || r == RolePrincipal }

// Company is one dealer. Its name is unique, whatever the case, the quotation marks and the spaces.
type Company struct {
	// ID never changes; CreateCompany draws one where it is empty.
	ID   string `json:"id"`
	Name string `json:"name"`
	// Region is the id and the name of a board at once; import keeps the spelling that is there already.
	Region string `json:"region"`
	// Size is the brand's own size class, in its own words.
	Size     string `json:"size"`
	Industry string `json:"industry"`
	// Code is the ERP's customer number: unique where given, whatever the case and the spaces around it.
	Code string `json:"code"`
	// Zone is the IANA zone that the company lives by; empty is the programme's.
	Zone string `json:"zone,omitempty"`
}

// Mode is how a person is named on boards.
type Mode string

// The three modes: the drawn alias, "Olena K.", the whole name.
const (
	ModeAlias Mode = "alias"
	ModeShort Mode = "short"
	ModeFull  Mode = "full"
)

// Display is how a person is named before others. The alias is drawn when the person is entered and cannot be typed
// in, so boards need nobody to watch over names.
type Display struct {
	Mode  Mode   `json:"mode"`
	Alias string `json:"alias"`
}

// Member is one person of any role. Its ID is the id of the person's points account as well.
type Member struct {
	ID   string `json:"id"`
	Role Role   `json:"role"`
	// Company is a company's id, empty for the brand's people and for suppliers.
	Company string `json:"company"`
	Name    string `json:"name"`
	// Phone is "+" and digits, Email in lower case; both are unique where given, and one of them signs in.
	Phone string `json:"phone"`
	Email string `json:"email"`
	// Lang is "en", "ru", "uk", or empty while the person has not chosen.
	Lang    string  `json:"lang"`
	Display Display `json:"display"`
	// Pace is the percentage of a question's time limit that the person wants: 100, 150 or 200.
	Pace int `json:"pace"`
	// Joined is when the person first came in; until then, when they were entered.
	Joined time.Time `json:"joined"`
	// Dismissed is zero for who is active.
	Dismissed time.Time `json:"dismissed"`
	// MergedInto is the id of the person's other account, which this one became a part of; see Merge.
	MergedInto string `json:"merged_into"`
}

// Active reports whether the person has not been dismissed.
func (m Member) Active() bool { return m.Dismissed.IsZero() }

// BoardName is what others see: the alias until the person chose otherwise.
func (m Member) BoardName() string {
	switch m.Display.Mode {
	case ModeShort:
		return shortName(m.Name)
	case ModeFull:
		return m.Name
	}
	return m.Display.Alias
}

// Card is all that a board says about a person.
type Card struct {
	ID string
	// Name is the board name, as the person chose.
	Name string
	// Company is the company's id; it and the next three are empty for who has none.
	Company     string
	CompanyName string
	Region      string
	Size        string
	Joined      time.Time
	Active      bool
}

// Standing is how far a person has come in.
type Standing string

// The standings, in the order in which people pass through them.
const (
	// StandingEntered: no link is open, and the person has never come in.
	StandingEntered Standing = "entered"
	// StandingInvited: a first link is open; Person.InvitedUntil says how long.
	StandingInvited Standing = "invited"
	// StandingActive: the person has set a password.
	StandingActive Standing = "active"
	// StandingDismissed: the person may no longer come in.
	StandingDismissed Standing = "dismissed"
)

// Person is a member as those see them who answer for them.
type Person struct {
	Member
	Standing Standing
	// Seen is when the person was last here, to some ten minutes; zero for who never came.
	Seen time.Time
	// InvitedUntil is when the open link ends, zero where none is open. An active person's is a reset.
	InvitedUntil time.Time
}

// Device is where a request comes from: the User-Agent header and the remote address.
type Device struct {
	Agent   string
	Address string
}

// Session is one device that is signed in. Its ID is no secret: the token cannot be had from it.
type Session struct {
	ID     string
	Member string
	// Device is such as "Chrome, Android", empty where the browser does not say.
	Device  string
	Created time.Time
	// Seen is written at most once in ten minutes.
	Seen time.Time
}

// Acceptance is what a person says when they use an invitation.
type Acceptance struct {
	Password string
	// Display may be empty: then it stays as it is.
	Display Mode
	// Lang may be empty: then it stays as it is.
	Lang string
	// Login is a phone or an e-mail. It is needed from, and heard of, only a person who has neither: the first
	// administrator.
	Login string
}

// shortName is the given name and the first letter of the family name. Three words that end in a patronymic begin
// with the family name, as forms here have it; taking the first word then would show what was meant to be hidden.
func shortName(name string) string {
	words := strings.Fields(name)
	if len(words) < 2 {
		return name
	}
	given, family := words[0], words[len(words)-1]
	if len(words) == 3 && isPatronymic(words[2]) {
		given, family = words[1], words[0]
	}
	for _, first := range family {
		return given + " " + string(first) + "."
	}
	return given
}

var patronymics = []string{"вич", "вна", "ична", "кызы", "оглы", "vych", "vich", "vna"}

func isPatronymic(word string) bool {
	word = strings.ToLower(word)
	for _, end := range patronymics {
		if strings.HasSuffix(word, end) {
			return true
		}
	}
	return false
}
