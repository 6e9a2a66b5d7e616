package web

import (
	"time"

	"github.com/gofiber/fiber/v2"

	"firebrand/internal/member"
)

type apiAuctionLog struct {
	Auction string       `json:"auction"`
	Phase   string       `json:"phase"`
	Whole   bool         `json:"whole" doc:"The chain of hashes holds, and replaying the records gives what each of them says."`
	Fault   string       `json:"fault,omitempty" doc:"The first record that does not."`
	Leads   []apiLead    `json:"leads" doc:"The bids that lead or won, as the replay gives them."`
	Lines   []apiLogLine `json:"lines" doc:"Oldest first."`
}

type apiLogLine struct {
	Seq      int64     `json:"seq"`
	Kind     string    `json:"kind"`
	At       time.Time `json:"at"`
	Who      string    `json:"who,omitempty"`
	Name     string    `json:"name,omitempty"`
	Me       bool      `json:"me"`
	Amount   int64     `json:"amount,omitempty"`
	Max      int64     `json:"max,omitempty" doc:"The most that a bid named, shown to others once the auction is over."`
	Price    int64     `json:"price,omitempty" doc:"The price after this record."`
	ClosesAt time.Time `json:"closes_at" doc:"The end after this record."`
	Leads    []apiLead `json:"leads"`
	Reason   string    `json:"reason,omitempty"`
	Hash     string    `json:"hash"`
	Prev     string    `json:"prev,omitempty"`
}

func (s *Server) apiAuctionLog(c *fiber.Ctx, in *AuctionID) (apiAuctionLog, error) {
	log, err := s.Auctions.Log(c.UserContext(), in.ID, s.me(c).ID)
	if err != nil {
		return apiAuctionLog{}, err
	}
	me := member.Who(s.me(c).ID)
	out := apiAuctionLog{
		Auction: log.Auction.ID, Phase: string(log.Phase), Whole: log.Whole, Fault: log.Fault, Leads: leadsIn(log.Leads, me),
		Lines: make([]apiLogLine, len(log.Lines)),
	}
	for i, l := range log.Lines {
		out.Lines[i] = apiLogLine{
			Seq: l.Seq, Kind: l.Kind, At: l.At, Who: l.Who, Name: l.Name, Me: l.Mine, Amount: l.Amount, Max: l.Max, Price: l.Price,
			ClosesAt: l.ClosesAt, Leads: leadsIn(l.Leads, me), Reason: l.Reason, Hash: l.Hash, Prev: l.Prev,
		}
	}
	return out, nil
}
