package paper

import (
	"strings"

	"firebrand/internal/journal"
	"firebrand/internal/points"
	"firebrand/web/ui"
)

// What the references of lines begin with: everything that a prize does in an account, and that a challenge does.
const (
	prizeRef     = "redemption/"
	auctionRef   = "auction/"
	boardRef     = "board/"
	challengeRef = "challenge/"
)

// Told is a line in words: a text key and what it names.
type Told struct {
	points.Line
	// Key is the line's text, Name what it is about.
	Key, Name string
	// Cut is the text of why the line moved less than was asked for; empty where it did not. Most is the limit that cut
	// it, in points a month.
	Cut  string
	Most int64
	// Waited is how many of the points that were taken back were not spendable yet: the change does not show them.
	Waited int64
	// Burnt says that the points burned.
	Burnt bool
}

// Say is the line's sentence in a language, without the one of what was cut.
func (t Told) Say(texts *ui.Texts, lang string) string {
	said := texts.Say(lang, t.Key, map[string]any{"name": t.Name, "n": t.Points, "points": count(texts, lang, t.Points)})
	if t.Waited > 0 {
		said += ". " + t.sayWaited(texts, lang)
	}
	return said
}

// sayWaited says how many of the points that were taken back had been waiting.
func (t Told) sayWaited(texts *ui.Texts, lang string) string {
	key := "statement.waited"
	if t.Waited < t.Points {
		key = "statement.waited_part"
	}
	return texts.Say(lang, key, map[string]any{"n": t.Waited, "points": count(texts, lang, t.Points)})
}

// SayCut says why the line moved less than was asked for; empty where it did not.
func (t Told) SayCut(texts *ui.Texts, lang string) string {
	if t.Cut == "" {
		return ""
	}
	n := t.Asked
	if t.Owed > 0 {
		n = t.Owed // the text is about what was spent by then
	}
	return texts.Say(lang, t.Cut, map[string]any{
		"n": n, "points": count(texts, lang, t.Asked), "given": t.Points, "most": count(texts, lang, t.Most),
		"owed": count(texts, lang, t.Owed),
	})
}

// count is a number of points with its unit.
func count(texts *ui.Texts, lang string, n int64) string {
	return texts.Say(lang, "points.count", map[string]any{"n": n})
}

// Names are what lines need beside themselves to be told.
type Names struct {
	// Of is what a reference is called, empty where that is not known.
	Of func(ref string) string
	// Most is the limit that cut a line, in points a month, or 0 where it is not known; see MostOf.
	Most func(line points.Line) int64
}

// Tell puts lines, newest first, into words. Points are held for a prize and captured at once; to the person this is
// one thing. A record that only wrote down what the clock did has no line of its own.
func Tell(lines []points.Line, names Names) []Told {
	var told []Told
	known := map[string]string{}
	for i, line := range lines {
		if i > 0 && isPaid(lines[i-1], line) {
			last := &told[len(told)-1]
			last.Line, last.Key = line, "statement.prize"
			if last.Name == "" {
				last.Key += "_any"
			}
			continue
		}
		if line.Kind == string(points.KindSettle) {
			continue
		}
		if _, asked := known[line.Ref]; !asked {
			known[line.Ref] = names.Of(line.Ref)
		}
		next := inWords(line, known[line.Ref])
		if line.CutBy != "" {
			next.Most = names.Most(line)
		}
		next.Cut = cutBy(line, next.Most)
		told = append(told, next)
	}
	return told
}

// isPaid reports whether a capture and the line before it are the two halves of one prize.
func isPaid(capture, hold points.Line) bool {
	return capture.Kind == string(points.KindCapture) && hold.Kind == string(points.KindHold) && capture.Ref == hold.Ref &&
		strings.HasPrefix(hold.Ref, prizeRef)
}

// inWords chooses the text of a line, the one without a name where there is none to say.
func inWords(line points.Line, name string) Told {
	told := Told{Line: line, Name: name, Key: "statement." + topic(line)}
	if line.Kind == string(points.KindReverse) {
		told.Waited = max(0, line.Points+line.Amount)
	}
	told.Burnt = line.Kind == string(points.KindForfeit) || line.Why == points.WhyBurns
	if reason := ownWords(line); name == "" && reason != "" {
		told.Name = reason
	}
	if named[told.Key] && told.Name == "" {
		told.Key += "_any"
	}
	return told
}

// ownWords is the reason that a person wrote for a correction by hand.
func ownWords(line points.Line) string {
	if strings.Contains(line.Ref, "/") {
		return ""
	}
	switch points.Kind(line.Kind) {
	case points.KindCorrect, points.KindReverse, points.KindMergeIn, points.KindMergeOut:
		return line.Ref
	case points.KindAward, points.KindRefused:
		if line.Source == points.SourceGrant {
			return line.Ref
		}
	}
	return ""
}

// named are the texts that have a name in them; each has a sister "_any" that has none.
var named = map[string]bool{
	"statement.game": true, "statement.practice": true, "statement.order": true, "statement.order_pending": true,
	"statement.delivered": true, "statement.prize": true, "statement.set_aside": true, "statement.captured": true,
	"statement.released": true, "statement.refunded": true, "statement.left": true, "statement.reversed": true,
	"statement.granted": true, "statement.challenge": true, "statement.challenge_pending": true, "statement.reopened": true, "statement.taken_back": true, "statement.corrected": true,
	"statement.merged_in": true, "statement.merged_out": true, "statement.bid": true, "statement.bid_freed": true,
	"statement.board_prize": true,
}

// topics are the texts of the kinds that have one text each.
var topics = map[points.Kind]string{
	points.KindPlayed: "practice", points.KindDeliver: "delivered", points.KindSpend: "prize", points.KindHold: "set_aside",
	points.KindResize: "set_aside", points.KindCapture: "captured", points.KindRelease: "released",
	points.KindRefund: "refunded", points.KindVoid: "void", points.KindForfeit: "left", points.KindWarn: "warned",
	points.KindCorrect: "corrected", points.KindMergeIn: "merged_in", points.KindMergeOut: "merged_out",
}

// bidTopics are the texts of holds that stand for a bid in an auction.
var bidTopics = map[points.Kind]string{
	points.KindHold: "bid", points.KindResize: "bid", points.KindRelease: "bid_freed",
}

// topic is what a line is about.
func topic(line points.Line) string {
	switch line.Why {
	case points.WhyExpires, points.WhyBurns, points.WhyActive, points.WhyRepaid:
		return string(line.Why)
	}
	switch kind := points.Kind(line.Kind); kind {
	case points.KindAward, points.KindRefused:
		return awarded(line)
	case points.KindReverse:
		if ofChallenge(line) {
			return "reopened"
		}
		if line.Source == points.SourcePurchase {
			return "reversed"
		}
		return "taken_back"
	default:
		if text, ok := bidTopics[kind]; ok && strings.HasPrefix(line.Ref, auctionRef) {
			return text
		}
		if text, ok := topics[kind]; ok {
			return text
		}
	}
	return "other"
}

// ofChallenge reports whether a line is about a challenge, whose points come as a purchase's where things were bought.
func ofChallenge(line points.Line) bool { return strings.HasPrefix(line.Ref, challengeRef) }

// awarded is what an award was for.
func awarded(line points.Line) string {
	if ofChallenge(line) {
		if line.Pending {
			return "challenge_pending"
		}
		return "challenge"
	}
	switch line.Source {
	case points.SourceGame:
		return "game"
	case points.SourcePurchase:
		if line.Pending {
			return "order_pending"
		}
		return "order"
	case points.SourceChallenge:
		return "challenge"
	case points.SourceGrant:
		if strings.HasPrefix(line.Ref, boardRef) {
			return "board_prize"
		}
		return "granted"
	}
	return "other"
}

// cutBy is the text of why a line moved less than was asked for: by which limit, and whether anything was left.
func cutBy(line points.Line, most int64) string {
	limit, _, _ := strings.Cut(line.CutBy, ":")
	switch {
	case line.Owed > 0:
		return "statement.cut_owed"
	case line.CutBy == "" && line.Asked > line.Points:
		return "statement.cut_there"
	case line.CutBy == "":
		return ""
	case limit == "budget":
		return "statement.cut_none_budget"
	case most > 0 && line.Points == 0:
		return "statement.cut_none_cap"
	case most > 0:
		return "statement.cut_some_cap"
	case line.Points == 0:
		return "statement.cut_none_limit"
	}
	return "statement.cut_some_limit"
}

// MostOf is the limit that cut a record's award, in points a month, as the record names it; 0 where none did.
func MostOf(rec journal.Record) (int64, error) {
	c, err := points.ChangeOf(rec)
	if err != nil {
		return 0, err
	}
	for _, limit := range c.Op.Caps {
		if limit.ID == c.CutBy {
			return limit.Most, nil
		}
	}
	return 0, nil
}
