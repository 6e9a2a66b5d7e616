package challenge

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"firebrand/internal/calendar"
	"firebrand/internal/journal"
	"firebrand/internal/points"
)

// Kind is what a record of a challenge's stream did.
type Kind string

// The kinds, in the order in which a step passes through them. Paid and reopened decide; given and taken say what the
// account of points did about it.
const (
	KindPaid     Kind = "paid"
	KindGiven    Kind = "given"
	KindReopened Kind = "reopened"
	KindTaken    Kind = "taken"
)

// Stand is where one step of one account stands.
type Stand string

// The stands. Paying and taking are short: the award or its reversal is under way, and whoever looks next finishes it.
const (
	StandPaying Stand = "paying"
	StandPaid   Stand = "paid"
	StandTaking Stand = "taking"
	// StandOpen is a step whose goods came back; reaching it again pays what was taken.
	StandOpen Stand = "open"
)

// StepState is one step of one account, as its newest record left it.
type StepState struct {
	Step string `json:"step"`
	// Version is that of the terms by which it was paid, Target what it took.
	Version int   `json:"version"`
	Target  int64 `json:"target"`
	// Round counts how often it was reached.
	Round int   `json:"round"`
	Stand Stand `json:"stand"`
	// Asked is what this round was to bring, Given what it brought: a budget or a cap may have cut it (CutBy).
	Asked int64  `json:"asked"`
	Given int64  `json:"given"`
	CutBy string `json:"cutBy,omitempty"`
	// Taken is what of this round's points was taken back, debt included.
	Taken int64 `json:"taken,omitempty"`
	// Kept is what all rounds brought, net of what was taken back.
	Kept    int64          `json:"kept"`
	Source  points.Source  `json:"source"`
	Funding string         `json:"funding,omitempty"`
	Month   calendar.Month `json:"month,omitzero"`
	// At is when it came into its stand, Reached when this round was decided.
	At      time.Time `json:"at"`
	Reached time.Time `json:"reached"`
}

// Standing is what one account was paid in one challenge. The zero Standing is nothing yet.
type Standing struct {
	Challenge string      `json:"challenge"`
	Account   string      `json:"account"`
	Steps     []StepState `json:"steps"`
	// Seq is that of the newest record.
	Seq int64 `json:"-"`
}

// Step is the state of a step; its zero value where it was never reached.
func (s Standing) Step(id string) StepState {
	for _, step := range s.Steps {
		if step.Step == id {
			return step
		}
	}
	return StepState{Step: id}
}

// Net is what the challenge brought the account, net of what was taken back.
func (s Standing) Net() int64 {
	var sum int64
	for _, step := range s.Steps {
		sum += step.Kept
	}
	return sum
}

// Moving is the step whose points are under way; found is false where none is.
func (s Standing) Moving() (step StepState, found bool) {
	for _, step := range s.Steps {
		if step.Stand == StandPaying || step.Stand == StandTaking {
			return step, true
		}
	}
	return StepState{}, false
}

// versions are those under which a step is paid.
func (s Standing) versions() []int {
	var all []int
	for _, step := range s.Steps {
		if step.Stand == StandPaid && !slices.Contains(all, step.Version) {
			all = append(all, step.Version)
		}
	}
	return all
}

// with is the standing with one step changed; s stays as it is.
func (s Standing) with(step StepState) Standing {
	s.Steps = slices.Clone(s.Steps)
	for i := range s.Steps {
		if s.Steps[i].Step == step.Step {
			s.Steps[i] = step
			return s
		}
	}
	s.Steps = append(s.Steps, step)
	return s
}

// body is what a record holds.
type body struct {
	// Step is the id of the one that this record is about, Progress what it was decided on.
	Step     string   `json:"step"`
	Progress Progress `json:"progress"`
	After    Standing `json:"after"`
}

// StandingOf reads the state that a record left; the zero record is the zero Standing.
func StandingOf(rec journal.Record) (Standing, error) {
	if rec.Seq == 0 {
		return Standing{}, nil
	}
	var b body
	if err := json.Unmarshal(rec.Body, &b); err != nil {
		return Standing{}, fmt.Errorf("%s: %w", rec.ID(), err)
	}
	b.After.Seq = rec.Seq
	return b.After, nil
}

// Stream is the journal stream of one account in one challenge.
func Stream(id, account string) string { return Family + "/" + id + "/" + account }

// Split is the challenge and the account of a stream; both are empty where it is of another family.
func Split(stream string) (id, account string) {
	parts := strings.SplitN(stream, "/", 3)
	if len(parts) != 3 || parts[0] != Family {
		return "", ""
	}
	return parts[1], parts[2]
}

// The keys of records and of what they move in the account of points.
func recordKey(s StepState, k Kind) string { return fmt.Sprintf("%s/%d/%s", s.Step, s.Round, k) }

func awardKey(id, step string, round int) string {
	return fmt.Sprintf("challenge/%s/%s/%d", id, step, round)
}

func reverseKey(id, step string, round int) string { return awardKey(id, step, round) + "/back" }
