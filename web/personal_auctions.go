package web

import "context"

// personalAuctions adds where points of theirs are held.
func (s *Server) personalAuctions(ctx context.Context, id string, state *personalState) error {
	held, err := s.Auctions.Held(ctx, id)
	for _, h := range held {
		state.Auctions = append(state.Auctions, personalAuction{ID: h.Auction, Standing: string(h.Standing), Amount: h.Amount, Held: h.Amount})
	}
	return err
}
