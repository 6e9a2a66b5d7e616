package auction

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"

	"firebrand/catalog"
	"firebrand/internal/fault"
	"firebrand/internal/journal"
	"firebrand/internal/member"
	"firebrand/internal/points"
	"firebrand/internal/store"
)

// auctionOf is the auction whose stream, or whose holds' Ref, this is.
func auctionOf(stream string) (id string, ours bool) {
	id, ours = strings.CutPrefix(stream, Family+"/")
	return id, ours && !strings.Contains(id, "/")
}

// story reads a whole stream.
func (s *Service) story(ctx context.Context, id string) ([]journal.Record, error) {
	var all []journal.Record
	for {
		recs, err := s.Journal.Read(ctx, Stream(id), int64(len(all))+1, readPage)
		if err != nil {
			return nil, err
		}
		all = append(all, recs...)
		if len(recs) < readPage {
			return all, nil
		}
	}
}

// replay carries out a stream's records once more and hands over the state behind each; it returns a *journal.Broken that
// names the first that is not chained to the one before or does not say what the rules give.
func replay(recs []journal.Record, each func(rec journal.Record, c Change, s *State)) (*State, error) {
	s, prev := &State{}, journal.Record{}
	keys := map[string]bool{}
	for _, rec := range recs {
		broken := func(why string) error { return &journal.Broken{ID: rec.ID(), Why: why} }
		if err := journal.CheckChain(prev, rec); err != nil {
			return s, err
		}
		stored, err := changeOf(rec)
		if err != nil {
			return s, broken(err.Error())
		}
		if keys[rec.Key] {
			return s, broken("its key acted before")
		}
		given, err := Apply(s, stored.Op, rec.At)
		if err != nil {
			return s, broken("the rules refuse it: " + err.Error())
		}
		if !same(given, stored) {
			return s, broken(fmt.Sprintf("says %+v, where the rules give %+v", stored, given))
		}
		keys[rec.Key], prev = true, rec
		s.take(stored, rec.Seq, rec.At)
		if each != nil {
			each(rec, stored, s)
		}
	}
	return s, nil
}

// same compares two changes as they are stored.
func same(a, b Change) bool {
	x, errX := json.Marshal(a)
	y, errY := json.Marshal(b)
	return errors.Join(errX, errY) == nil && reflect.DeepEqual(x, y)
}

// CheckStream is the law of one stream of the family, an auction's or a claim's, over all of its records: replaying them
// gives what each says. It returns a *journal.Broken.
func CheckStream(stream string, recs []journal.Record) error {
	id, ours := auctionOf(stream)
	if !ours {
		return checkClaims(recs)
	}
	s, err := replay(recs, nil)
	if err == nil && s.Scheduled() && s.Settings.ID != id {
		return &journal.Broken{ID: recs[0].ID(), Why: "is the story of another auction"}
	}
	return err
}

// Log is an auction's whole story, for everyone who bid in it and for the brand's staff, and what replaying it gave. What
// others named as their most, or sealed, is shown once it is closed, and never where it was called off, since it may be
// held again; the reserve never. It fails with fault.NotFound and
// fault.Forbidden ("auction.log_bidders").
func (s *Service) Log(ctx context.Context, id, memberID string) (Log, error) {
	t, err := s.fresh(ctx, id)
	if err != nil {
		return Log{}, err
	}
	var l Log
	var took bool
	t.read(func(st *State) { l.Auction, l.Phase = st.Settings, st.phase(s.now()); _, took = st.All[memberID] })
	staff, err := s.staff(ctx, memberID)
	switch {
	case err != nil:
		return Log{}, err
	case l.Phase == PhaseDraft:
		return Log{}, missing()
	case !took && !staff:
		return Log{}, fault.New(fault.Forbidden, "auction.log_bidders")
	case !staff:
		l.Auction.Reserve = 0
	}
	recs, err := s.story(ctx, id)
	if err != nil {
		return Log{}, err
	}
	open := l.Phase != PhaseClosed
	end, err := replay(recs, func(rec journal.Record, c Change, st *State) {
		l.Lines = append(l.Lines, lineOf(rec, c, st, memberID, open))
	})
	l.Whole = err == nil
	if broken := (*journal.Broken)(nil); errors.As(err, &broken) {
		l.Fault = broken.ID // why is for the brand's own "firebrand verify": it recites what bidders do not see
	}
	l.Leads = end.leads()
	return l, s.nameLog(ctx, &l)
}

// lineOf is a record as somebody may see it; open says that the auction is not closed. People are named by id.
func lineOf(rec journal.Record, c Change, st *State, me string, open bool) LogLine {
	mine := c.Op.Member != "" && c.Op.Member == me
	l := LogLine{
		Seq: rec.Seq, Kind: rec.Kind, At: rec.At, Who: c.Op.Member, Mine: mine, Reason: c.Op.Reason,
		Price: st.price(), ClosesAt: st.ClosesAt, Leads: st.leads(), Hash: rec.Hash, Prev: rec.Prev,
	}
	if open && !mine && st.Settings.Form == Sealed {
		return l
	}
	l.Amount = c.Op.Amount
	if st.Settings.Proxy && c.Op.Kind == KindBid {
		l.Amount = st.All[c.Op.Member].Amount
		if mine || !open {
			l.Max = c.Op.top()
		}
	}
	return l
}

func (s *Service) nameLog(ctx context.Context, l *Log) error {
	var ids []string
	for _, line := range l.Lines {
		if line.Who != "" {
			ids = append(ids, line.Who)
		}
	}
	names, err := s.names(ctx, ids)
	if err != nil {
		return err
	}
	for i := range l.Lines {
		line := &l.Lines[i]
		nameLeads(line.Leads, names)
		if line.Who != "" {
			line.Name, line.Who = names[line.Who], member.Who(line.Who)
		}
	}
	nameLeads(l.Leads, names)
	return nil
}

// VerifyAuction checks the invariants of this package for one auction by reading the journal: its chain, that replaying
// it gives what it says, that every winner paid the price once and has their redemption, that no hold is without a
// standing bid and no standing bid without its hold, and that unsold units are back. Flows under way are counted in the
// report, not faults, until the auction is settled.
func (s *Service) VerifyAuction(ctx context.Context, id string) (Report, error) {
	recs, err := s.story(ctx, id)
	if err != nil {
		return Report{}, err
	}
	st, err := replay(recs, nil)
	if err != nil {
		return Report{}, err
	}
	if !st.Scheduled() {
		return Report{}, missing()
	}
	r := Report{
		Auction: id, Phase: st.phase(s.now()), Records: len(recs), Bids: st.Count, Winners: len(st.Wins), Hash: recs[len(recs)-1].Hash,
	}
	if err := s.checkHolds(ctx, st, &r); err != nil {
		return r, err
	}
	for _, w := range st.Wins {
		if err := s.checkWin(ctx, st, w); err != nil {
			return r, err
		}
	}
	if !st.Settled {
		return r, nil
	}
	for unit := len(st.Wins); unit < st.Settings.Units; unit++ {
		_, back, err := s.Journal.ByKey(ctx, catalog.StockStream(st.Settings.Reward), st.redemption(unit)+"/back")
		if err != nil || !back {
			return r, errors.Join(err, broken(st, "unit %d was not sold and is not back in the stock", unit))
		}
	}
	return r, nil
}

func broken(st *State, format string, args ...any) error {
	return &journal.Broken{ID: Stream(st.Settings.ID), Why: fmt.Sprintf(format, args...)}
}

// checkHolds compares the holds of everyone who tried to bid with the bids that stand.
func (s *Service) checkHolds(ctx context.Context, st *State, r *Report) error {
	q := store.Query{Index: "auction", Equal: []any{st.Settings.ID}, Limit: readPage}
	seen := map[string]bool{}
	for {
		page, err := s.parties.Find(ctx, q)
		if err != nil {
			return err
		}
		for _, p := range page {
			seen[p.Value.Member] = true
			if err := s.checkHold(ctx, st, p.Value.Member, r); err != nil {
				return err
			}
		}
		if len(page) < readPage {
			break
		}
		q.After = &store.Position{Values: []any{}, ID: page[len(page)-1].ID}
	}
	for m := range st.All {
		if !seen[m] {
			return broken(st, "%s bid and was never entered", m)
		}
	}
	return nil
}

func (s *Service) checkHold(ctx context.Context, st *State, m string, r *Report) error {
	account, err := s.Points.Balance(ctx, m)
	if err != nil {
		return err
	}
	b, stands := st.stands(m)
	covered, holds := false, 0
	for _, h := range account.Holds {
		if h.Ref != Stream(st.Settings.ID) {
			continue
		}
		holds++
		r.Held += h.Amount()
		if stands && h.ID == b.Bid && h.Amount() == b.Max {
			covered = true
		} else {
			r.Open++
		}
	}
	switch {
	case holds > 1:
		return broken(st, "%s has %d holds for it", m, holds)
	case st.Settled && holds > 0:
		return broken(st, "it is settled, and %s still has points held for it", m)
	case stands && holds == 0:
		return broken(st, "the standing bid of %s is covered by no hold", m)
	case stands && !covered && st.End == "":
		return nil // another flow of the same member is on its way, and counted
	}
	return nil
}

// checkWin compares a win with what was captured and placed for it.
func (s *Service) checkWin(ctx context.Context, st *State, w Win) error {
	id := st.redemption(w.Unit)
	r, err := s.Catalog.Redemption(ctx, id)
	if fault.Is(err, fault.NotFound) && !st.Settled {
		return nil // on its way
	}
	if err != nil {
		return err
	}
	if r.Member != w.Member || r.Price != w.Price || r.Auction != Stream(st.Settings.ID) {
		return broken(st, "unit %d was won by %s for %d, and redemption %s is %s's for %d", w.Unit, w.Member, w.Price, id, r.Member, r.Price)
	}
	if r.State.Open() {
		if st.Settled {
			return broken(st, "redemption %s is still open", id)
		}
		return nil
	}
	rec, found, err := s.Points.Record(ctx, w.Member, id+"/capture")
	if err != nil || !found {
		return errors.Join(err, broken(st, "the hold of unit %d was never captured", w.Unit))
	}
	c, err := points.ChangeOf(rec)
	if err == nil && c.Moved != w.Price {
		err = broken(st, "unit %d was paid with %d points and costs %d", w.Unit, c.Moved, w.Price)
	}
	return errors.Join(err, s.Catalog.Agree(ctx, r))
}
