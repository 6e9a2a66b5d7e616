package member

import (
	"context"
	"errors"
	"time"

	"firebrand/internal/fault"
	"firebrand/internal/store"
)

// Merge is that two accounts are one person's: From is dismissed for good and points at Into, which keeps on.
//
// Merges of a programme come one after another: the deciding write is one replace of one document, the claim, made only
// when the merge before stands in its accounts. So no two can go in a circle. What follows it, the marks in the two
// accounts and moving the points, can be repeated, and the sweep repeats it after a crash.
type Merge struct {
	From string `json:"from"`
	Into string `json:"into"`
	// By is the administrator's id, Key that of the request.
	By     string    `json:"by"`
	Reason string    `json:"reason"`
	Key    string    `json:"key"`
	At     time.Time `json:"at"`
	// Phone and Email are what moved from From to Into, which had none.
	Phone string `json:"phone"`
	Email string `json:"email"`
	// Open is true until the points have moved, too.
	Open bool `json:"open"`
}

// claimDoc is the newest merge of the programme; Marked is whether both accounts say so.
type claimDoc struct {
	Merge  Merge `json:"merge"`
	Marked bool  `json:"marked"`
}

// claimID is the id of the one claim.
const claimID = "newest"

// mergeTries bounds how often a merge is decided again; merges are made by hand.
const mergeTries = 20

// hopsMost bounds how many merges one after another are followed.
const hopsMost = 100

// MergeMembers decides that two accounts are one person's. From is dismissed: its sessions end, and it can be neither
// restored nor invited. Its phone and its e-mail move to Into where that has none; a login that stays behind says at
// signing in that the account was merged. The caller moves the points next: see FinishMerge.
//
// Allowed to administrators, of two people with points, neither of them themselves. Repeating a key changes nothing.
// Faults: Invalid "member.merge_reason", "member.merge_same"; Conflict "member.merge_role", "member.merge_ended" (Into
// is dismissed), "member.merged_already" (From was merged before).
func (s *Service) MergeMembers(ctx context.Context, actor Member, from, into, reason, key string) (Merge, error) {
	if !runsProgramme(actor) {
		return Merge{}, notAllowed()
	}
	reason, err := textField(reason, "reason")
	if err != nil {
		return Merge{}, err
	}
	if reason == "" {
		return Merge{}, fault.New(fault.Invalid, "member.merge_reason").On("reason")
	}
	m := Merge{From: from, Into: into, By: actor.ID, Reason: reason, Key: key, Open: true}
	for try := range mergeTries {
		done, err := s.decideMerge(ctx, m)
		if !isChanged(err) {
			return done, err
		}
		if err := store.Backoff(ctx, try); err != nil {
			return Merge{}, err
		}
	}
	return Merge{}, fault.New(fault.Unavailable, "store.busy")
}

// decideMerge looks at both accounts, after the merge before stands in its own, and claims the next.
func (s *Service) decideMerge(ctx context.Context, m Merge) (Merge, error) {
	claim, err := s.claim(ctx)
	if err != nil {
		return Merge{}, err
	}
	from, err := s.account(ctx, m.From)
	if err != nil {
		return Merge{}, err
	}
	if was := from.Merge; was.From != "" {
		if was.Key == m.Key && was.Into == m.Into {
			return was, nil
		}
		return Merge{}, fault.New(fault.Conflict, "member.merged_already")
	}
	into, err := s.account(ctx, m.Into)
	if err != nil {
		return Merge{}, err
	}
	if err := mayMerge(m.By, from.Member, into.Member); err != nil {
		return Merge{}, err
	}
	m.At = s.now()
	if into.Member.Phone == "" {
		m.Phone = from.Member.Phone
	}
	if into.Member.Email == "" {
		m.Email = from.Member.Email
	}
	if err := s.merges.Replace(ctx, claimID, claimDoc{Merge: m}, claim.Version); err != nil {
		return Merge{}, err
	}
	return m, s.markMerge(ctx, m)
}

// mayMerge is nil where two accounts may be one.
func mayMerge(actor string, from, into Member) error {
	switch {
	case from.ID == into.ID:
		return fault.New(fault.Invalid, "member.merge_same").On("into")
	case actor == from.ID || actor == into.ID:
		return notAllowed()
	case !from.Role.OfCompany() || !into.Role.OfCompany():
		return fault.New(fault.Conflict, "member.merge_role")
	case !into.Active():
		return fault.New(fault.Conflict, "member.merge_ended").On("into")
	}
	return nil
}

// claim reads the newest merge, and first writes it into its accounts where a crash kept it from standing there.
func (s *Service) claim(ctx context.Context) (store.Entry[claimDoc], error) {
	e, err := s.merges.Get(ctx, claimID)
	if fault.Is(err, fault.NotFound) {
		if err := s.merges.Insert(ctx, claimID, claimDoc{Marked: true}); err != nil && !isDuplicate(err) {
			return e, err
		}
		e, err = s.merges.Get(ctx, claimID)
	}
	if err != nil || e.Value.Marked {
		return e, err
	}
	if err := s.markMerge(ctx, e.Value.Merge); err != nil {
		return e, err
	}
	return s.merges.Get(ctx, claimID)
}

// markMerge writes a decided merge into both accounts; it may be repeated.
func (s *Service) markMerge(ctx context.Context, m Merge) error {
	_, err := s.update(ctx, m.From, func(a *account) error {
		if a.Merge.From == "" {
			a.mergeInto(m)
		}
		return nil
	})
	if s.told(m.From, err) != nil {
		return err
	}
	if m.Phone != "" || m.Email != "" {
		if err := s.handOver(ctx, m); err != nil {
			return err
		}
	}
	if err := s.forget(ctx, m.From, ""); err != nil {
		return err
	}
	_, err = s.merges.Update(ctx, claimID, func(d *claimDoc) error {
		if d.Merge.From == m.From {
			d.Marked = true
		}
		return nil
	})
	return s.told(m.Into, err)
}

// mergeInto is the account after its merge was decided.
func (a *account) mergeInto(m Merge) {
	a.Merge, a.Member.MergedInto = m, m.Into
	if a.Member.Active() {
		a.Member.Dismissed = m.At
	}
	if m.Phone != "" {
		a.Member.Phone = ""
	}
	if m.Email != "" {
		a.Member.Email = ""
	}
	a.Open = open{}
	a.Epoch++
}

// handOver gives the survivor what it has not. What somebody else took meanwhile is theirs.
func (s *Service) handOver(ctx context.Context, m Merge) error {
	for _, contact := range []struct {
		value string
		place func(*Member) *string
	}{
		{m.Phone, func(m *Member) *string { return &m.Phone }}, {m.Email, func(m *Member) *string { return &m.Email }},
	} {
		if contact.value == "" {
			continue
		}
		_, err := s.update(ctx, m.Into, func(a *account) error {
			if place := contact.place(&a.Member); *place == "" {
				*place = contact.value
			}
			return nil
		})
		if err != nil && !isDuplicate(err) {
			return err
		}
	}
	return nil
}

// FinishMerge lets move carry the points over and notes that they are; one that is finished already is left alone.
// move may be called again after a crash and must then change nothing more.
func (s *Service) FinishMerge(ctx context.Context, from string, move func(context.Context, Merge) error) error {
	a, err := s.account(ctx, from)
	if err != nil || !a.Merge.Open {
		return err
	}
	if err := move(ctx, a.Merge); err != nil {
		return err
	}
	_, err = s.update(ctx, from, func(a *account) error {
		a.Merge.Open = false
		return nil
	})
	return err
}

// FinishMerges finishes what a crash left open: the marks of the newest merge, and the points of those whose points
// have not moved. One that fails keeps no other from being finished; where move says fault.Conflict the points cannot
// move yet, which is no error: the merge stays open for the next time.
func (s *Service) FinishMerges(ctx context.Context, move func(context.Context, Merge) error) error {
	if _, err := s.claim(ctx); err != nil {
		return err
	}
	open, err := s.accounts.Find(ctx, store.Query{Index: "merging", Equal: []any{true}})
	errs := []error{err}
	for _, e := range open {
		if err := s.FinishMerge(ctx, e.ID, move); !fault.Is(err, fault.Conflict) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// survivor is the person whom m has become by merges; m itself where there were none.
func (s *Service) survivor(ctx context.Context, m Member) (Member, error) {
	for range hopsMost {
		if m.MergedInto == "" {
			break
		}
		next, err := s.ByID(ctx, m.MergedInto)
		if err != nil {
			return Member{}, err
		}
		m = next
	}
	return m, nil
}

// isChanged reports whether err is a lost race for a document.
func isChanged(err error) bool {
	return fault.Is(err, fault.Conflict) && fault.As(err).Key == "store.changed"
}
