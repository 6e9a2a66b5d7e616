package rule

import (
	"context"
	"crypto/rand"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"firebrand/internal/calendar"
	"firebrand/internal/fault"
	"firebrand/internal/store"
)

// ahead is how long before it comes into force a set is published at least: every process has read it by then.
const ahead = time.Minute

// fresh is for how long the sets that were read last are taken for all there are; a sixth of ahead, since a process
// must know of a set before the first order falls under it.
const fresh = 10 * time.Second

// stale is when what was read last may lack a set that is in force: nobody decides by it without having asked again.
// The other half of the minute is for publishing, and for clocks that differ.
const stale = ahead / 2

// patience bounds one reading of sets while an order waits; readings is how often it is tried where the sets at hand are
// stale.
const (
	patience = 5 * time.Second
	readings = 3
)

// Versions keeps the published sets and the one draft. It is safe for concurrent use.
type Versions struct {
	stores
	now func() time.Time
	// known are the published sets.
	known   atomic.Pointer[read]
	reading sync.Mutex
	// vain is when the store last did not answer though the sets were stale; reading guards it.
	vain time.Time
}

// read is what was read, and when.
type read struct {
	sets []Set
	at   time.Time
}

// OpenVersions opens the room's collections and reads the published sets.
func OpenVersions(ctx context.Context, e store.Engine, now func() time.Time) (*Versions, error) {
	s, err := openStores(ctx, e)
	if err != nil {
		return nil, err
	}
	v := &Versions{stores: s, now: now}
	return v, v.refresh(ctx)
}

// refresh reads the published sets.
func (v *Versions) refresh(ctx context.Context) error {
	at := v.now()
	sets, err := v.all(ctx)
	if err != nil {
		return err
	}
	v.known.Store(&read{sets, at})
	return nil
}

// At is the set in force for an order placed then: of those that had begun, the one that began last, and of two that
// began at once the later version. It is the zero Set before the first. What is returned is shared and must not be
// written into.
//
// Sets are read again every ten seconds; whoever comes meanwhile takes those read before, unless they are so old that
// another process may have published one that is in force: then everybody waits. While the store does not answer, those
// read before stand: a new one comes into force a minute after it was published at the earliest, and no order can be
// kept without the store.
func (v *Versions) At(placed time.Time) Set {
	switch age := v.age(); {
	case age >= 0 && age < fresh:
	case age >= 0 && age < stale:
		if v.reading.TryLock() {
			v.readAgain()
			v.reading.Unlock()
		}
	default:
		v.reading.Lock()
		v.readStale()
		v.reading.Unlock()
	}
	return InForce(v.known.Load().sets, placed)
}

func (v *Versions) age() time.Duration { return v.now().Sub(v.known.Load().at) }

// readStale reads sets that are too old to go by, unless somebody has done so, or has just done so in vain. The caller
// holds reading.
func (v *Versions) readStale() {
	for range readings {
		if age := v.age(); age >= 0 && age < stale || v.now().Sub(v.vain).Abs() < fresh {
			return
		}
		v.readAgain()
	}
	if age := v.age(); age < 0 || age >= stale {
		v.vain = v.now()
	}
}

// readAgain reads the sets; where that fails, those read before stand. The caller holds reading.
func (v *Versions) readAgain() {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	_ = v.refresh(ctx)
}

// InForce picks of published sets, in any order, the one for an order placed then; the zero Set where there is none.
func InForce(sets []Set, placed time.Time) (set Set) {
	for _, s := range sets {
		if s.From.After(placed) {
			continue
		}
		if by := s.From.Compare(set.From); set.Version == 0 || by > 0 || by == 0 && s.Version > set.Version {
			set = s
		}
	}
	return set
}

// List returns every published set, the newest version first.
func (v *Versions) List(ctx context.Context) ([]Set, error) {
	sets, err := v.all(ctx)
	slices.Reverse(sets)
	return sets, err
}

// Version returns one published set, or fault.NotFound ("rule.no_version").
func (v *Versions) Version(ctx context.Context, version int) (Set, error) {
	e, err := v.sets.Get(ctx, setID(version))
	if fault.Is(err, fault.NotFound) {
		err = fault.New(fault.NotFound, "rule.no_version")
	}
	return e.Value.Set, err
}

// Draft returns the draft, or fault.NotFound ("rule.no_draft"). A draft that was published just before its process died
// is no draft any more, and is put away here.
func (v *Versions) Draft(ctx context.Context) (Draft, error) {
	e, err := v.drafts.Get(ctx, draftID)
	if fault.Is(err, fault.NotFound) {
		return Draft{}, noDraft()
	}
	if err != nil {
		return Draft{}, err
	}
	if _, was, err := v.publishedAs(ctx, e.Value.ID); err != nil || was {
		if err == nil {
			err = v.putAway(ctx)
		}
		if err == nil {
			err = noDraft()
		}
		return Draft{}, err
	}
	e.Value.Revision = e.Version
	return e.Value, nil
}

// Begin makes the draft from a published version, or from nothing where from is 0. It fails with fault.Conflict
// ("rule.draft_there") while there is a draft: what somebody is working on is thrown away only on purpose, by Discard.
func (v *Versions) Begin(ctx context.Context, actor string, from int) (Draft, error) {
	d := Draft{ID: strings.ToLower(rand.Text()), Base: from, Saved: calendar.Milli(v.now())}
	if from != 0 {
		base, err := v.Version(ctx, from)
		if err != nil {
			return Draft{}, err
		}
		d.Rules, d.Picks = base.Rules, base.Picks
	}
	d.By, d.Revision = actor, 1
	if _, err := v.Draft(ctx); err == nil {
		return Draft{}, draftThere()
	} else if !fault.Is(err, fault.NotFound) {
		return Draft{}, err
	}
	err := v.drafts.Insert(ctx, draftID, d)
	if fault.Is(err, fault.Conflict) {
		err = draftThere()
	}
	return d, err
}

// Save keeps the draft where nobody saved it since d was read: else it is fault.Conflict ("rule.draft_changed"), and
// nothing was written. The first of Bounds is refused; names may still be missing.
func (v *Versions) Save(ctx context.Context, actor string, d Draft) (Draft, error) {
	if err := refuse(d.Bounds()); err != nil {
		return d, err
	}
	stored, err := v.Draft(ctx)
	if err != nil {
		return d, err
	}
	if stored.Revision != d.Revision || stored.ID != d.ID {
		return d, draftChanged()
	}
	d.Version, d.By, d.Saved = 0, actor, calendar.Milli(v.now())
	d.Picks = d.picksInUse()
	err = v.drafts.Replace(ctx, draftID, d, d.Revision)
	if fault.Is(err, fault.Conflict) {
		return d, draftChanged()
	}
	d.Revision++
	return d, err
}

// picksInUse leaves out stacks that no rule is in any more.
func (s Set) picksInUse() map[string]Pick {
	var used map[string]Pick
	for i := range s.Rules {
		if pick, ok := s.Picks[s.Rules[i].Stack]; ok && s.Rules[i].Stack != "" {
			if used == nil {
				used = map[string]Pick{}
			}
			used[s.Rules[i].Stack] = pick
		}
	}
	return used
}

// Discard throws the draft away where nobody saved it since; fault.Conflict ("rule.draft_changed") else.
func (v *Versions) Discard(ctx context.Context, revision int64) error {
	d, err := v.Draft(ctx)
	if err != nil {
		return err
	}
	if d.Revision != revision {
		return draftChanged()
	}
	// A replace claims the draft before it is deleted: of a save and a discard at once only one happens.
	if err := v.drafts.Replace(ctx, draftID, d, revision); err != nil {
		return draftChanged().Because(err)
	}
	return v.putAway(ctx)
}

// Publish makes the draft the next version, in force for orders placed from then on. It fails with fault.Invalid at the
// first of Problems, or ("rule.from_soon" on "from") where from is less than a minute ahead, and with fault.Conflict
// ("rule.draft_changed") where somebody saved the draft since revision. The same draft sent twice is published once.
func (v *Versions) Publish(ctx context.Context, actor string, revision int64, from time.Time, note string) (Set, error) {
	d, err := v.Draft(ctx)
	if err != nil {
		return Set{}, err
	}
	if d.Revision != revision {
		return Set{}, draftChanged()
	}
	now := calendar.Milli(v.now())
	from = calendar.Milli(from)
	if from.Before(now.Add(ahead)) {
		return Set{}, fault.New(fault.Invalid, "rule.from_soon").On("from")
	}
	p := published{Set: d.Set, Draft: d.ID}
	p.From, p.Made, p.By, p.Note = from, now, actor, strings.TrimSpace(note)
	if err := refuse(p.Problems()); err != nil {
		return Set{}, err
	}
	publishing, cancel := context.WithTimeout(ctx, publishWithin)
	defer cancel()
	set, err := v.insert(publishing, p)
	if err != nil {
		return Set{}, err
	}
	if err := v.putAway(ctx); err != nil {
		return set, err
	}
	return set, v.refresh(ctx)
}

// publishWithin bounds how long publishing may take.
const publishWithin = 10 * time.Second

// tries bounds how often another version's number is tried: each lost race means that somebody else published.
const tries = 20

// insert gives the set the number after the last and keeps it.
func (v *Versions) insert(ctx context.Context, p published) (Set, error) {
	for try := range tries {
		last, err := v.sets.Find(ctx, store.Query{Desc: true, Limit: 1})
		if err != nil {
			return Set{}, err
		}
		p.Version = 1
		if len(last) > 0 {
			p.Version = last[0].Value.Version + 1
		}
		err = v.sets.Insert(ctx, setID(p.Version), p)
		if err == nil {
			return p.Set, nil
		}
		if !fault.Is(err, fault.Conflict) {
			return Set{}, err
		}
		if set, was, err := v.publishedAs(ctx, p.Draft); err != nil || was {
			return set, err
		}
		if err := store.Backoff(ctx, try); err != nil {
			return Set{}, err
		}
	}
	return Set{}, fault.New(fault.Unavailable, "store.busy")
}

// publishedAs finds the set that a draft became.
func (v *Versions) publishedAs(ctx context.Context, draft string) (Set, bool, error) {
	found, err := v.sets.Find(ctx, store.Query{Index: "draft", Equal: []any{draft}, Limit: 1})
	if err != nil || len(found) == 0 {
		return Set{}, false, err
	}
	return found[0].Value.Set, true, nil
}

// putAway removes the draft's document; one that is gone is fine.
func (v *Versions) putAway(ctx context.Context) error {
	err := v.drafts.Delete(ctx, draftID)
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	return err
}

func noDraft() error             { return fault.New(fault.NotFound, "rule.no_draft") }
func draftThere() error          { return fault.New(fault.Conflict, "rule.draft_there") }
func draftChanged() *fault.Error { return fault.New(fault.Conflict, "rule.draft_changed") }
