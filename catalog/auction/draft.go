package auction

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"

	"firebrand/catalog"
	"firebrand/content"
	"firebrand/internal/calendar"
	"firebrand/internal/fault"
	"firebrand/internal/journal"
	"firebrand/internal/store"
)

var idPattern = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,63}$`)

// Save writes the next version of a draft and returns it; version is the one that was edited, 0 for a new one, which is
// given an id where it has none. Faults: Invalid with the field, NotFound ("auction.missing"), Conflict
// ("auction.changed" where somebody saved in between, "auction.not_draft" where it was scheduled).
func (s *Service) Save(ctx context.Context, actor string, a Auction, version int64) (Auction, error) {
	if version == 0 && a.ID == "" {
		id, err := uuid.NewRandom()
		if err != nil {
			return Auction{}, fmt.Errorf("auction: %w", err)
		}
		a.ID = id.String()
	}
	a = a.clean()
	if err := a.check(); err != nil {
		return Auction{}, err
	}
	a.Version, a.Stage, a.SavedBy, a.Saved, a.Attempt = version+1, Draft, actor, s.now(), 0
	a.Month, a.RewardVersion, a.RewardName = calendar.Month{}, 0, nil
	a.Went, a.Ended = "", time.Time{}
	if version == 0 {
		return a, changed(s.docs.Insert(ctx, a.ID, a))
	}
	before, err := s.docs.Get(ctx, a.ID)
	switch {
	case fault.Is(err, fault.NotFound):
		return Auction{}, missing()
	case err != nil:
		return Auction{}, err
	case before.Value.Stage != Draft:
		return Auction{}, conflict("auction.not_draft")
	case before.Value.Version != version:
		return Auction{}, conflict("auction.changed")
	}
	a.Attempt = before.Value.Attempt
	return a, changed(s.docs.Replace(ctx, a.ID, a, before.Version))
}

func changed(err error) error {
	if fault.Is(err, fault.Conflict) {
		return conflict("auction.changed").Because(err)
	}
	return err
}

// ByID is the marketer's document, in whatever stage; fault.NotFound ("auction.missing").
func (s *Service) ByID(ctx context.Context, id string) (Auction, error) {
	e, err := s.docs.Get(ctx, id)
	if fault.Is(err, fault.NotFound) {
		err = missing()
	}
	return e.Value, err
}

// List are all auctions for the studio, the last saved first, 1,000 at most.
func (s *Service) List(ctx context.Context) ([]Auction, error) {
	entries, err := s.docs.Find(ctx, store.Query{Index: "saved", Desc: true})
	all := make([]Auction, len(entries))
	for i, e := range entries {
		all[i] = e.Value
	}
	return all, err
}

// clean drops the space around what was typed, and fills in the defaults.
func (a Auction) clean() Auction {
	a.Title, a.Description, a.Reward = a.Title.Clean(), a.Description.Clean(), strings.TrimSpace(a.Reward)
	if a.Form == "" {
		a.Form = Ascending
	}
	if a.Window == 0 && a.Extension == 0 && a.Cap == 0 {
		a.Window, a.Extension, a.Cap = DefaultWindow, DefaultExtension, DefaultCap
	}
	if a.Form == Sealed {
		a.Window, a.Extension, a.Cap = 0, 0, 0 // nobody sees a bid, so that none can come too late to be answered
	}
	a.Opens, a.Closes = calendar.Milli(a.Opens), calendar.Milli(a.Closes)
	var regions []string
	for _, r := range a.Regions {
		if r = strings.TrimSpace(r); r != "" && !slices.Contains(regions, r) {
			regions = append(regions, r)
		}
	}
	a.Regions = regions
	return a
}

// check returns the first fault of an auction that is to be saved, naming its field.
func (a Auction) check() error {
	invalid := func(field, key string, pairs ...any) error { return fault.New(fault.Invalid, key, pairs...).On(field) }
	sealed := a.Form == Sealed
	switch {
	case !idPattern.MatchString(a.ID):
		return invalid("id", "auction.id")
	case len(a.Title) == 0:
		return invalid("title", "auction.title")
	case tooLong(a.Title, maxTitle):
		return invalid("title", "auction.too_long", "n", maxTitle)
	case tooLong(a.Description, maxDescription):
		return invalid("description", "auction.too_long", "n", maxDescription)
	case a.Reward == "":
		return invalid("reward", "auction.reward")
	case a.Units < 1 || a.Units > MaxUnits:
		return invalid("units", "auction.units", "max", MaxUnits)
	case a.Form != Ascending && !sealed:
		return invalid("form", "auction.form")
	case a.Start < 1 || a.Start > MaxPrice:
		return invalid("start", "auction.amount", "max", int64(MaxPrice))
	case a.Step < 1 || a.Step > MaxPrice:
		return invalid("step", "auction.amount", "max", int64(MaxPrice))
	case a.BuyNow != 0 && (sealed || a.BuyNow < a.Start || a.BuyNow < a.Reserve || a.BuyNow > MaxPrice):
		return invalid("buyNow", "auction.buy_now")
	case a.Reserve < 0 || a.Reserve > MaxPrice:
		return invalid("reserve", "auction.amount", "max", int64(MaxPrice))
	case a.Proxy && sealed:
		return invalid("proxy", "auction.sealed_proxy")
	case a.Opens.IsZero() || a.Closes.IsZero() || !a.Closes.After(a.Opens) || a.Closes.Sub(a.Opens) > MaxLasts:
		return invalid("closes", "auction.times")
	case !soft(a.Window) || !soft(a.Extension) || !soft(a.Cap):
		return invalid("cap", "auction.soft")
	}
	return nil
}

// soft reports whether a length of the soft close is one.
func soft(d time.Duration) bool { return d >= 0 && d <= MaxSoft }

func tooLong(t content.Text, most int) bool {
	for _, s := range t {
		if utf8.RuneCountInString(s) > most {
			return true
		}
	}
	return false
}

// Schedule takes the units out of the stock and announces the auction: from then on it cannot be changed. It returns
// what the marketer should know (see Warnings), and, repeated, the same. Faults: NotFound, Invalid ("auction.times"
// where it would have ended already, with the field), Conflict ("auction.not_draft", "auction.reward_state" where the
// reward is no published one, "auction.stock_short" with how many are left as n). What a crash leaves is ended by the next
// call or by Sweep.
func (s *Service) Schedule(ctx context.Context, actor, id string) ([]Warning, error) {
	a, err := s.ByID(ctx, id)
	if err != nil {
		return nil, err
	}
	if a.Stage == Scheduling {
		if a, err = s.endAttempt(ctx, a); err != nil {
			return nil, err
		}
	}
	switch {
	case a.Stage == Active || a.Stage == Done:
		return s.Warnings(ctx, a)
	case !a.Closes.After(s.now()):
		return nil, fault.New(fault.Invalid, "auction.times").On("closes")
	}
	reward, err := s.Catalog.Reward(ctx, a.Reward)
	if err != nil {
		return nil, err
	}
	left, err := s.Catalog.Stock(ctx, a.Reward)
	switch {
	case err != nil:
		return nil, err
	case reward.State != catalog.Published:
		return nil, conflict("auction.reward_state").On("reward")
	case left < int64(a.Units):
		return nil, conflict("auction.stock_short", "n", left).On("units")
	}
	if a, err = s.begin(ctx, actor, a, reward); err != nil {
		return nil, err
	}
	if err := s.announce(ctx, a); err != nil {
		return nil, err
	}
	return s.Warnings(ctx, a)
}

// begin marks the document, so that an attempt that is cut off is found.
func (s *Service) begin(ctx context.Context, actor string, a Auction, reward catalog.Reward) (Auction, error) {
	e, err := s.docs.Update(ctx, a.ID, func(doc *Auction) error {
		if doc.Stage != Draft || doc.Version != a.Version {
			return conflict("auction.changed")
		}
		doc.Stage, doc.SavedBy, doc.Saved = Scheduling, actor, s.now()
		doc.Attempt++
		doc.Month = s.Zone.Month(doc.Opens)
		doc.RewardVersion, doc.RewardName = reward.Version, reward.Name
		return nil
	})
	return e.Value, err
}

func attemptKey(a Auction) string { return fmt.Sprintf("schedule/%d", a.Attempt) }

// announce takes the units and writes the stream's record; where the stock falls short it undoes the attempt.
func (s *Service) announce(ctx context.Context, a Auction) error {
	for unit := range a.Units {
		taken, err := s.Catalog.KeepUnit(ctx, a.SavedBy, a.Reward, a.redemption(unit))
		if err != nil {
			return err
		}
		if !taken {
			if _, err := s.endAttempt(ctx, a); err != nil {
				return err
			}
			return conflict("auction.stock_short", "n", int64(unit)).On("units")
		}
	}
	settings := a
	settings.Stage = Active
	t := newTable(a.ID)
	if err := t.refresh(ctx, s.Journal); err != nil {
		return err
	}
	t = s.tables.keep(t)
	what := voided{attemptKey(a)} // the same for both, so that either answers for the other
	rec, _, err := s.decide(ctx, t, journal.Request{Key: attemptKey(a), Actor: a.SavedBy, What: what}, Op{Kind: KindScheduled, Settings: &settings})
	if err != nil {
		return err
	}
	if Kind(rec.Kind) == KindVoid {
		return undone()
	}
	s.show(ctx, t)
	return s.mark(ctx, a.ID, announced)
}

func announced(a *Auction) { a.Stage = Active }

// endAttempt ends an attempt to schedule that was cut off: either its record stands, or a void does and the units go back.
// It returns the document as it is then.
func (s *Service) endAttempt(ctx context.Context, a Auction) (Auction, error) {
	t := newTable(a.ID)
	if err := t.refresh(ctx, s.Journal); err != nil {
		return a, err
	}
	kind, err := s.void(ctx, t, attemptKey(a), a.SavedBy)
	if err != nil {
		return a, err
	}
	if kind != KindVoid {
		err := s.mark(ctx, a.ID, announced)
		a.Stage = Active
		return a, err
	}
	for unit := range a.Units {
		if err := s.Catalog.ReturnUnit(ctx, a.SavedBy, a.Reward, a.redemption(unit)); err != nil {
			return a, err
		}
	}
	e, err := s.docs.Update(ctx, a.ID, func(doc *Auction) error {
		if doc.Stage == Scheduling && doc.Attempt == a.Attempt {
			doc.Stage = Draft
		}
		return nil
	})
	return e.Value, err
}

// Cancel takes a scheduled auction back before its first bid; its units return to the stock. Faults: NotFound, Conflict
// ("auction.has_bids" with how many, "auction.closed").
func (s *Service) Cancel(ctx context.Context, actor, id, reason string) error {
	return s.callOff(ctx, actor, id, KindCancelled, reason)
}

// Void ends an auction that was bid for, whatever its state before the end: every hold is released, what was not bought
// at once returns to the stock, and everyone who bid is told the reason, which names no person. Faults: NotFound,
// Invalid ("auction.reason"), Conflict ("auction.closed").
func (s *Service) Void(ctx context.Context, actor, id, reason string) error {
	return s.callOff(ctx, actor, id, KindVoided, reason)
}

func (s *Service) callOff(ctx context.Context, actor, id string, kind Kind, reason string) error {
	reason = strings.TrimSpace(reason)
	if utf8.RuneCountInString(reason) > maxReason {
		return fault.New(fault.Invalid, "auction.reason", "n", maxReason).On("reason")
	}
	t, err := s.fresh(ctx, id)
	if err != nil {
		return err
	}
	req := journal.Request{Key: string(kind), Actor: actor, What: ended{string(kind)}}
	if _, _, err := s.decide(ctx, t, req, Op{Kind: kind, Reason: reason}); err != nil {
		return err
	}
	return s.finish(ctx, t)
}
