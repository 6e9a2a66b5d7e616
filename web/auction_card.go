package web

import "context"

// auctionCard is the auction that the first page shows: the one that closes first or, where none runs, the next to
// open within a day. The template "auction_card" draws it. Nil where there is none, and where it cannot be read: the
// first page does not fail for it.
func (s *Server) auctionCard(ctx context.Context, memberID string) *auctionTile {
	if s.Auctions == nil {
		return nil
	}
	views, err := s.Auctions.Live(ctx, memberID)
	if err != nil {
		return nil
	}
	if len(views) == 0 {
		if views, err = s.Auctions.Upcoming(ctx, memberID); err != nil || len(views) == 0 || views[0].Opens.Sub(s.Now()) > auctionSoon {
			return nil
		}
	}
	card := tileOf(views[0])
	if r, err := s.Catalog.Reward(ctx, views[0].Auction.Reward); err == nil {
		card.Picture = r.Picture
	}
	return &card
}
