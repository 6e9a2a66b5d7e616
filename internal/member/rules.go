package member

import (
	"net/mail"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"firebrand/internal/fault"
)

// The longest texts, names in characters and e-mails in bytes; what is longer is a mistake of the file or an attack.
const (
	maxName  = 120
	maxEmail = 254
)

var (
	roles = []Role{RoleMember, RolePrincipal, RoleMarketer, RoleDesk, RoleAdmin}
	langs = []string{"", "en", "ru", "uk"}
	paces = []int{100, 150, 200}
	modes = []Mode{ModeAlias, ModeShort, ModeFull}
)

// AnswersFor reports whether actor may end the target's sessions and access: administrators for everyone, a principal
// for the members of the company. A fellow principal is left to the administrators.
func AnswersFor(actor, target Member) bool {
	switch {
	case !actor.Active():
		return false
	case actor.Role == RoleAdmin:
		return true
	}
	return actor.Role == RolePrincipal && target.Role == RoleMember &&
		actor.Company != "" && actor.Company == target.Company
}

// Manages reports whether actor may enter, change and invite the target: whoever answers for them, and marketers for
// dealer staff.
func Manages(actor, target Member) bool {
	return AnswersFor(actor, target) ||
		actor.Active() && actor.Role == RoleMarketer && target.Role == RoleMember
}

// RolesFor are the roles that actor may enter people of, into their own company where they have one.
func RolesFor(actor Member) []Role {
	return slices.DeleteFunc(slices.Clone(roles), func(r Role) bool {
		return !Manages(actor, Member{Role: r, Company: actor.Company})
	})
}

// mayChange is nil where actor may make was into will.
func mayChange(actor, was, will Member) error {
	switch {
	case !Manages(actor, was) || !Manages(actor, will):
		return notAllowed()
	case actor.ID == was.ID && was.Role != will.Role:
		return fault.New(fault.Forbidden, "member.own_role").On("role")
	case will.Phone == "" && will.Email == "":
		return fault.New(fault.Invalid, "member.contact_needed").On("phone")
	}
	return nil
}

// merged is a person after an Update.
func merged(was, m Member) Member {
	was.Name, was.Phone, was.Email = m.Name, m.Phone, m.Email
	was.Role, was.Company, was.Lang = m.Role, m.Company, m.Lang
	return was
}

// checked normalises a person and fills what has a default; its faults name the field. Whether there is a phone or an
// e-mail is not its question.
func checked(m Member) (Member, error) {
	var err error
	if m.Name, err = textField(m.Name, "name"); err != nil {
		return m, err
	}
	if m.Name == "" {
		return m, fault.New(fault.Invalid, "member.name_needed").On("name")
	}
	if m.Phone, err = NormalPhone(m.Phone); err != nil {
		return m, err
	}
	if m.Email, err = NormalEmail(m.Email); err != nil {
		return m, err
	}
	if !slices.Contains(roles, m.Role) {
		return m, fault.New(fault.Invalid, "member.role_unknown", "role", string(m.Role)).On("role")
	}
	if m.Role.OfCompany() && m.Company == "" {
		return m, fault.New(fault.Invalid, "member.company_needed").On("company")
	}
	if !m.Role.OfCompany() && m.Company != "" {
		return m, fault.New(fault.Invalid, "member.company_not_here").On("company")
	}
	if err := checkLang(m.Lang); err != nil {
		return m, err
	}
	if m.Display.Mode == "" {
		m.Display.Mode = ModeAlias
	}
	if m.Pace == 0 {
		m.Pace = 100
	}
	if err := checkMode(m.Display.Mode); err != nil {
		return m, err
	}
	return m, checkPace(m.Pace)
}

func checkLang(lang string) error {
	if !slices.Contains(langs, lang) {
		return fault.New(fault.Invalid, "member.lang_unknown", "lang", lang).On("lang")
	}
	return nil
}

func checkMode(mode Mode) error {
	if !slices.Contains(modes, mode) {
		return fault.New(fault.Invalid, "member.display_unknown").On("display")
	}
	return nil
}

func checkPace(percent int) error {
	if !slices.Contains(paces, percent) {
		return fault.New(fault.Invalid, "member.pace_unknown").On("pace")
	}
	return nil
}

// textField tidies a line of text: composed letters, single spaces, nothing that cannot be seen.
func textField(s, field string) (string, error) {
	s = tidy(s)
	if utf8.RuneCountInString(s) > maxName {
		return "", fault.New(fault.Invalid, "member.text_long", "max", maxName).On(field)
	}
	return s, nil
}

func tidy(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case unicode.IsControl(r), unicode.Is(unicode.Cf, r), r == utf8.RuneError:
			return -1
		}
		return r
	}, s)
	return norm.NFC.String(strings.Join(strings.Fields(s), " "))
}

// fold is the form in which names are compared: no case, no quotation marks, no apostrophes.
func fold(s string) string {
	s = strings.Map(func(r rune) rune {
		if strings.ContainsRune("\"'`«»„“”‘’‚ʼ", r) {
			return -1
		}
		return unicode.ToLower(r)
	}, tidy(s))
	return strings.Join(strings.Fields(s), " ")
}

// NormalEmail is an e-mail in lower case, empty for an empty one; fault.Invalid "member.email_invalid" for what is none.
func NormalEmail(s string) (string, error) {
	s = tidy(strings.ToLower(s))
	if s == "" {
		return "", nil
	}
	address, err := mail.ParseAddress(s)
	if err != nil || address.Address != s || len(s) > maxEmail || !strings.Contains(s[strings.LastIndex(s, "@"):], ".") {
		return "", fault.New(fault.Invalid, "member.email_invalid").On("email")
	}
	return s, nil
}

// NormalPhone is a phone number as "+" and 8 to 15 digits, empty for an empty one; fault.Invalid
// "member.phone_invalid" for what is none. Numbers without a country are read as people here write them:
// 0XX XXX XX XX is Ukrainian, 8 0XX XXX XX XX Belarusian, 8 XXX XXX XX XX Russian or Kazakh.
func NormalPhone(s string) (string, error) {
	s = tidy(s)
	if s == "" {
		return "", nil
	}
	abroad := strings.HasPrefix(s, "+") || strings.HasPrefix(s, "00")
	if abroad {
		// "+380 (0)50": the zero is for those who dial from within.
		s = strings.Replace(strings.TrimPrefix(s, "+"), "(0)", "", 1)
	}
	digits := strings.Map(func(r rune) rune {
		if strings.ContainsRune(" ()-‐‑–./", r) {
			return -1
		}
		return r
	}, s)
	if strings.Trim(digits, "0123456789") == "" {
		digits = national(digits, abroad)
		if len(digits) >= 8 && len(digits) <= 15 && digits[0] != '0' {
			return "+" + digits, nil
		}
	}
	return "", fault.New(fault.Invalid, "member.phone_invalid").On("phone")
}

// national puts the country before digits that lack it; what it cannot tell becomes too short or begins with 0.
func national(digits string, abroad bool) string {
	switch {
	case abroad:
		return strings.TrimPrefix(digits, "00")
	case len(digits) == 10 && digits[0] == '0':
		return "38" + digits
	case len(digits) == 11 && strings.HasPrefix(digits, "80"):
		return "375" + digits[2:]
	case len(digits) == 11 && digits[0] == '8':
		return "7" + digits[1:]
	case len(digits) < 11:
		return ""
	}
	return digits
}
