package catalog

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"firebrand/internal/calendar"
	"firebrand/internal/fault"
	"firebrand/internal/store"
)

// Rewards are the published rewards, cheapest first. Whether one is in stock is asked of Stocks.
func (s *Service) Rewards(ctx context.Context) ([]Reward, error) {
	return s.rewardsIn(ctx, Published)
}

// AllRewards are the rewards of every state, for the studio: drafts, then published, then withdrawn, each cheapest first.
func (s *Service) AllRewards(ctx context.Context) ([]Reward, error) {
	return s.rewardsIn(ctx, Draft, Published, Withdrawn)
}

func (s *Service) rewardsIn(ctx context.Context, states ...RewardState) ([]Reward, error) {
	var found []Reward
	for _, state := range states {
		entries, err := s.rewards.Find(ctx, store.Query{Index: "state_price", Equal: []any{string(state)}})
		if err != nil {
			return nil, err
		}
		for _, e := range entries {
			found = append(found, e.Value)
		}
	}
	return found, nil
}

// Reward is the newest version, in whatever state; fault.NotFound ("catalog.reward_missing").
func (s *Service) Reward(ctx context.Context, id string) (Reward, error) {
	e, err := s.rewards.Get(ctx, id)
	return e.Value, rewardMissing(err)
}

// RewardAt is a version as it was, for a redemption that names it; fault.NotFound.
func (s *Service) RewardAt(ctx context.Context, id string, version int64) (Reward, error) {
	newest, err := s.Reward(ctx, id)
	if err != nil || newest.Version == version {
		return newest, err
	}
	e, err := s.past.Get(ctx, pastID(id, version))
	return e.Value, rewardMissing(err)
}

// SaveReward writes the next version of a reward and returns it. Version is the one that was edited, 0 for a new
// reward, which is given an id where it has none. It fails with fault.Invalid and the field at fault, and with
// fault.Conflict ("catalog.reward_changed") when somebody saved in between.
func (s *Service) SaveReward(ctx context.Context, actor string, r Reward, version int64) (Reward, error) {
	if version == 0 && r.ID == "" {
		id, err := uuid.NewRandomFromReader(s.Random)
		if err != nil {
			return Reward{}, fmt.Errorf("catalog: %w", err)
		}
		r.ID = id.String()
	}
	r = r.clean()
	if err := r.check(); err != nil {
		return Reward{}, err
	}
	r.Version, r.SavedBy, r.Saved = version+1, actor, calendar.Milli(s.Now())
	if version == 0 {
		return r, changed(s.rewards.Insert(ctx, r.ID, r))
	}
	before, err := s.rewards.Get(ctx, r.ID)
	if err != nil {
		return Reward{}, rewardMissing(err)
	}
	if before.Version != version {
		return Reward{}, fault.New(fault.Conflict, "catalog.reward_changed")
	}
	// What this version says is settled, so keeping it first is safe to repeat; afterwards a crash could lose it.
	err = s.past.Insert(ctx, pastID(r.ID, version), before.Value)
	if err != nil && !fault.Is(err, fault.Conflict) {
		return Reward{}, err
	}
	return r, changed(s.rewards.Replace(ctx, r.ID, r, version))
}

func pastID(id string, version int64) string { return fmt.Sprintf("%s@%d", id, version) }

func rewardMissing(err error) error {
	if fault.Is(err, fault.NotFound) {
		return fault.New(fault.NotFound, "catalog.reward_missing").Because(err)
	}
	return err
}

func changed(err error) error {
	if fault.Is(err, fault.Conflict) {
		return fault.New(fault.Conflict, "catalog.reward_changed").Because(err)
	}
	return err
}

// RewardExists reports whether there is a reward with this id, whatever its state; editions check what they feature.
func (s *Service) RewardExists(ctx context.Context, id string) (bool, error) {
	_, err := s.Reward(ctx, id)
	if fault.Is(err, fault.NotFound) {
		return false, nil
	}
	return err == nil, err
}
