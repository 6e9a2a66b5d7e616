package rule

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"
)

// Trial is one rule tried on one line: what it gave, or the first condition that did not hold and by how much.
type Trial struct {
	// Rule is the rule's id; empty where no set was in force.
	Rule    string `json:"rule,omitempty"`
	Applied bool   `json:"applied,omitempty"`
	Points  int64  `json:"points,omitempty"`
	// Why is a message key: of what it gave, or of what failed. Short is the one for members.
	Why  string `json:"why"`
	Args Args   `json:"args,omitempty"`
}

// Short is the message key of the same in a few words, for members.
func (t Trial) Short() string { return strings.Replace(t.Why, "rule.why_", "rule.short_", 1) }

// Args fill a trial's message: numbers are int64, amounts Money, instants time.Time, the rest strings; a list of words is
// one string. They come back from JSON as they were.
type Args map[string]any

// Money is an amount in minor units that is written as people write it.
type Money int64

// String is the amount in whole units with its digits in groups, and with its minor units where there are any.
func (m Money) String() string {
	n, sign := uint64(m), ""
	if m < 0 {
		n, sign = -n, "−"
	}
	whole := strconv.FormatUint(n/100, 10)
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + "\u202f" + whole[i:]
	}
	if n%100 == 0 {
		return sign + whole
	}
	return sign + whole + "." + strconv.FormatUint(100+n%100, 10)[1:]
}

// moneyArgs and timeArgs are the names under which arguments are amounts and instants.
var (
	moneyArgs = map[string]bool{"least": true, "have": true, "missing": true}
	timeArgs  = map[string]bool{"starts": true, "ended": true}
)

// UnmarshalJSON reads arguments back as they were written.
func (a *Args) UnmarshalJSON(b []byte) error {
	var raw map[string]json.RawMessage
	if err := json.Unmarshal(b, &raw); err != nil || raw == nil {
		return err
	}
	*a = make(Args, len(raw))
	for name, value := range raw {
		read, err := readArg(name, value)
		if err != nil {
			return err
		}
		(*a)[name] = read
	}
	return nil
}

func readArg(name string, raw json.RawMessage) (any, error) {
	if raw[0] == '"' {
		var s string
		err := json.Unmarshal(raw, &s)
		if at, wrong := time.Parse(time.RFC3339, s); timeArgs[name] && wrong == nil {
			return at, err
		}
		return s, err
	}
	var n int64
	if err := json.Unmarshal(raw, &n); err != nil {
		var other any
		err := json.Unmarshal(raw, &other)
		return other, err
	}
	if moneyArgs[name] {
		return Money(n), nil
	}
	return n, nil
}
