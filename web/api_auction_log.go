package web

import (
	"time"

	"github.com/gofiber/fiber/v2"

	"firebrand/catalog/auction"
	"firebrand/internal/member"
)

type apiAuctionLog struct {
	Auction string       `json:"auction"`
	Phase   string       `json:"phase"`
	Whole   bool         `json:"whole" doc:"The chain of hashes holds, and replaying the records gives what each of them says."`
	Fault   string       `json:"fault,omitempty" doc:"The first record that does not."`
	Leads   []apiLead    `json:"leads" doc:"The bids that lead or won, as the replay gives them."`
	Records int          `json:"records" doc:"How many lines the whole log has."`
	Lines   []apiLogLine `json:"lines" doc:"Oldest first."`
	Next    int64        `json:"next,omitempty" doc:"What after is for the lines that follow these; absent with the last of them."`
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

// apiLogPart is what of a log is asked for. What the replay gives is of the whole log all the same.
type apiLogPart struct {
	AuctionID
	After int64 `query:"after" minimum:"0" doc:"The next of the lines before; 0 begins at the first."`
	Limit int   `query:"limit" minimum:"0" maximum:"1000" doc:"How many lines; 0 gives all of them, to check the chain."`
}

// of are the lines asked for, and the seq behind which more follow, 0 where none do.
func (p apiLogPart) of(lines []auction.LogLine) (part []auction.LogLine, next int64) {
	for len(lines) > 0 && lines[0].Seq <= p.After {
		lines = lines[1:]
	}
	if p.Limit == 0 || len(lines) <= p.Limit {
		return lines, 0
	}
	return lines[:p.Limit], lines[p.Limit-1].Seq
}

func (s *Server) apiAuctionLog(c *fiber.Ctx, in *apiLogPart) (apiAuctionLog, error) {
	log, err := s.Auctions.Log(c.UserContext(), in.ID, s.me(c).ID)
	if err != nil {
		return apiAuctionLog{}, err
	}
	me := member.Who(s.me(c).ID)
	lines, next := in.of(log.Lines)
	out := apiAuctionLog{
		Auction: log.Auction.ID, Phase: string(log.Phase), Whole: log.Whole, Fault: log.Fault, Leads: leadsIn(log.Leads, me),
		Records: len(log.Lines), Lines: make([]apiLogLine, len(lines)), Next: next,
	}
	for i, l := range lines {
		out.Lines[i] = apiLogLine{
			Seq: l.Seq, Kind: l.Kind, At: l.At, Who: l.Who, Name: l.Name, Me: l.Mine, Amount: l.Amount, Max: l.Max, Price: l.Price,
			ClosesAt: l.ClosesAt, Leads: leadsIn(l.Leads, me), Reason: l.Reason, Hash: l.Hash, Prev: l.Prev,
		}
	}
	return out, nil
}
