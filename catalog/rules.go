package catalog

import (
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/google/uuid"

	"firebrand/content"
	"firebrand/internal/fault"
)

// The bounds of what a person writes.
const (
	// MinPrice and MaxPrice bound a reward's price, in points.
	MinPrice = 1
	MaxPrice = 10_000_000
	// MaxStock bounds what one AddStock moves, and MaxPerMember a reward's limit.
	MaxStock     = 1_000_000
	MaxPerMember = 1_000

	maxName        = 120
	maxDescription = 5_000
	maxReason      = 200
	maxKey         = 200
)

// namespace makes the ids of redemptions; a new one would let old requests act again.
var namespace = uuid.MustParse("5b0f3c5e-6c0a-5d0e-9a64-0d9b8f2f6a11")

var rewardID = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,63}$`)

// redemptionID is the same for the same member and form, so that a double click is one redemption.
func redemptionID(member, key string) string {
	return uuid.NewSHA1(namespace, []byte(member+"\x00"+key)).String()
}

// check returns the first fault of a reward that is to be saved, naming its field.
func (r Reward) check() error {
	invalid := func(field, key string, pairs ...any) error { return fault.New(fault.Invalid, key, pairs...).On(field) }
	switch {
	case !rewardID.MatchString(r.ID):
		return invalid("id", "catalog.id")
	case len(r.Name) == 0:
		return invalid("name", "catalog.name")
	case !tagged(r.Name, r.Description, r.Alt):
		return invalid("name", "catalog.lang")
	case longest(r.Name) > maxName:
		return invalid("name", "catalog.too_long", "n", maxName)
	case longest(r.Description) > maxDescription:
		return invalid("description", "catalog.too_long", "n", maxDescription)
	case longest(r.Alt) > maxName:
		return invalid("alt", "catalog.too_long", "n", maxName)
	case utf8.RuneCountInString(r.Supplier) > maxName:
		return invalid("supplier", "catalog.too_long", "n", maxName)
	case r.Price < MinPrice || r.Price > MaxPrice:
		return invalid("price", "catalog.price", "min", MinPrice, "max", MaxPrice)
	case r.PerMember < 0 || r.PerMember > MaxPerMember:
		return invalid("perMember", "catalog.per_member", "n", MaxPerMember)
	case r.State != Draft && r.State != Published && r.State != Withdrawn:
		return invalid("state", "catalog.state")
	case r.State == Published && r.Picture != "" && len(r.Alt) == 0:
		return invalid("alt", "catalog.alt")
	}
	return nil
}

// clean drops the space around what was typed and the languages that say nothing.
func (r Reward) clean() Reward {
	r.Name, r.Description, r.Alt = r.Name.Clean(), r.Description.Clean(), r.Alt.Clean()
	r.Supplier = strings.TrimSpace(r.Supplier)
	return r
}

// tagged reports whether every text is under a language.
func tagged(texts ...content.Text) bool {
	for _, t := range texts {
		for lang := range t {
			if !content.ValidLang(lang) {
				return false
			}
		}
	}
	return true
}

// longest is the length of the longest translation, in characters.
func longest(t content.Text) int {
	most := 0
	for _, s := range t {
		most = max(most, utf8.RuneCountInString(s))
	}
	return most
}

// orderable returns why this order cannot begin while the reward is what it is.
func (r Reward) orderable(o Order) error {
	switch {
	case r.State == Draft:
		return fault.New(fault.NotFound, "catalog.reward_missing")
	case r.State == Withdrawn:
		return fault.New(fault.Conflict, "catalog.withdrawn")
	case r.Price != o.Price:
		return fault.New(fault.Conflict, "catalog.price_changed", "n", r.Price).On("price")
	}
	return nil
}

// checkKey refuses an idempotency key that is missing or too long to be one.
func checkKey(key string) error {
	if key == "" || len(key) > maxKey {
		return fault.New(fault.Invalid, "catalog.key").On("key")
	}
	return nil
}

// refusalOf keeps a fault; only its numbers are kept, which is all that the messages of refusals name.
func refusalOf(e *fault.Error) Refusal {
	kept := Refusal{Kind: e.Kind.String(), Key: e.Key}
	for name, value := range e.Args {
		var n int64
		switch v := value.(type) {
		case int64:
			n = v
		case int:
			n = int64(v)
		default:
			continue
		}
		if kept.Args == nil {
			kept.Args = map[string]int64{}
		}
		kept.Args[name] = n
	}
	return kept
}
