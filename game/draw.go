package game

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strconv"

	"firebrand/content"
)

// SecretSize is the length of a draw's secret in bytes.
const SecretSize = 32

// Commitment is what is shown of a secret before the end: its SHA-256, in hex.
func Commitment(secret []byte) string {
	sum := sha256.Sum256(secret)
	return hex.EncodeToString(sum[:])
}

// Draw draws the questions of an attempt that come after taken, and the order of their options. It is a pure function
// of what is published at the end, so that anybody can repeat it, in any language:
//
// Everything that is drawn has a rank, SHA-256(secret ‖ "/" ‖ len(taken) ‖ "/" ‖ question id), and for an option
// ‖ "/" ‖ option id. Topics take turns: of each topic the question of least rank comes first, then of each the second,
// counting what was taken, until quiz.Draw questions are there in all (0: every question). They are asked by rank,
// and their options shown by rank; true and false keep their order.
func Draw(secret []byte, quiz content.Quiz, taken []Drawn) []Drawn {
	r := ranks{secret: secret, round: len(taken)}
	n := questionsOf(quiz) - len(taken)
	turns := map[string]int{}
	pool := make([]drawable, 0, len(quiz.Questions))
	for _, q := range quiz.Questions {
		if slices.ContainsFunc(taken, func(d Drawn) bool { return d.Question == q.ID }) {
			turns[q.Topic]++
			continue
		}
		pool = append(pool, drawable{Question: q, rank: r.of(q.ID)})
	}
	slices.SortFunc(pool, byRank)
	for i := range pool {
		pool[i].turn = turns[pool[i].Topic]
		turns[pool[i].Topic]++
	}
	slices.SortStableFunc(pool, func(a, b drawable) int { return a.turn - b.turn })
	pool = pool[:min(max(n, 0), len(pool))]
	slices.SortFunc(pool, byRank)
	drawn := make([]Drawn, 0, len(pool))
	for _, d := range pool {
		drawn = append(drawn, Drawn{d.ID, r.options(d.Question)})
	}
	return drawn
}

// questionsOf is how many questions an attempt at the quiz asks.
func questionsOf(quiz content.Quiz) int {
	if quiz.Draw <= 0 {
		return len(quiz.Questions)
	}
	return min(quiz.Draw, len(quiz.Questions))
}

type drawable struct {
	content.Question
	rank []byte
	turn int
}

func byRank(a, b drawable) int { return bytes.Compare(a.rank, b.rank) }

// ranks puts ids into the order that a secret gives them.
type ranks struct {
	secret []byte
	round  int
}

func (r ranks) of(ids ...string) []byte {
	h := sha256.New()
	h.Write(r.secret)
	h.Write([]byte("/" + strconv.Itoa(r.round)))
	for _, id := range ids {
		h.Write([]byte("/" + id))
	}
	return h.Sum(nil)
}

func (r ranks) options(q content.Question) []string {
	ids := make([]string, 0, len(q.Options))
	for _, o := range q.Options {
		ids = append(ids, o.ID)
	}
	if q.Kind != content.TrueFalse {
		slices.SortFunc(ids, func(a, b string) int { return bytes.Compare(r.of(q.ID, a), r.of(q.ID, b)) })
	}
	return ids
}

// placeOf reads the shown id of an option: its place from "1", here from 0; negative when it is none.
func placeOf(shown string) int {
	n, err := strconv.Atoi(shown)
	if err != nil || strconv.Itoa(n) != shown {
		return -1
	}
	return n - 1
}

// placeID writes what placeOf reads.
func placeID(i int) string { return strconv.Itoa(i + 1) }
