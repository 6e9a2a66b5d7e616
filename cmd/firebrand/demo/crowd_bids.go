package demo

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
)

// onSale is what the crowd reads of an auction.
type onSale struct {
	ID    string `json:"id"`
	Title string `json:"title"`
	Proxy bool   `json:"proxy"`
	Step  int64  `json:"step"`
	Mine  struct {
		Standing string `json:"standing"`
		Amount   int64  `json:"amount"`
		May      bool   `json:"may"`
		Next     int64  `json:"next"`
	} `json:"mine"`
}

// refusal is an answer of the API that is none of success.
type refusal struct {
	status int
	text   string
}

func (r *refusal) Error() string { return r.text }

// bid looks at the auctions that run and bids in some: the least that leads, now and then a little more. Whoever may not,
// or has too few points, lets it be.
func (s *simulated) bid(ctx context.Context) error {
	var auctions struct {
		Running []onSale `json:"running"`
	}
	if err := s.call(ctx, http.MethodGet, "/auctions", nil, &auctions); err != nil {
		return err
	}
	for _, a := range auctions.Running {
		if !a.Mine.May || a.Mine.Standing == "leading" || a.Mine.Standing == "sealed" || rand.IntN(3) > 0 {
			continue
		}
		if err := wait(ctx, 1500, 5000); err != nil {
			return err
		}
		var now, then onSale
		if err := s.call(ctx, http.MethodGet, "/auctions/"+a.ID, nil, &now); err != nil {
			return err
		}
		if !now.Mine.May {
			continue
		}
		wish := map[string]any{"amount": now.Mine.Next}
		if now.Proxy && rand.IntN(2) == 0 {
			wish["max"] = now.Mine.Next + now.Step*int64(1+rand.IntN(4))
		}
		err := s.call(ctx, http.MethodPost, "/auctions/"+a.ID+"/bids", wish, &then)
		var no *refusal
		if errors.As(err, &no) && (no.status == http.StatusConflict || no.status == http.StatusForbidden || no.status == http.StatusTooManyRequests) {
			continue // outbid meanwhile, or a purse too small
		}
		if err != nil {
			return err
		}
		s.tell(fmt.Sprintf("crowd: %s bids %d points for %q: %s", s.member.BoardName(), then.Mine.Amount, then.Title, then.Mine.Standing))
	}
	return nil
}
