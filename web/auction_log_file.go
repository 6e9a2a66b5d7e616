package web

import (
	"bytes"
	"encoding/csv"
	"strconv"
	"time"

	"github.com/gofiber/fiber/v2"

	"firebrand/catalog/auction"
)

// auctionLogTitles head the file's columns with the words that the API has for them: who checks a log checks both alike.
var auctionLogTitles = []string{"seq", "at", "kind", "who", "name", "amount", "max", "price", "closes_at", "reason", "prev", "hash"}

// auctionLogFile gives the whole log as a table, with the hashes that chain its lines, to keep and to check.
func (s *Server) auctionLogFile(c *fiber.Ctx) error {
	log, err := s.Auctions.Log(c.UserContext(), c.Params("id"), s.me(c).ID)
	if err != nil {
		return err
	}
	c.Attachment("auction-" + log.Auction.ID + ".csv")
	c.Set("Content-Type", "text/csv; charset=utf-8")
	c.Set("Cache-Control", "no-store")
	return c.Send(auctionLogTable(log.Lines))
}

// auctionLogTable writes a row a line, oldest first, times in UTC, amounts in points and none where there is none. It
// begins with a byte order mark, without which spreadsheets take names for another alphabet.
func auctionLogTable(lines []auction.LogLine) []byte {
	var out bytes.Buffer
	out.WriteString("\ufeff")
	w := csv.NewWriter(&out)
	_ = w.Write(auctionLogTitles) // into memory it cannot fail
	for _, l := range lines {
		_ = w.Write([]string{
			strconv.FormatInt(l.Seq, 10), l.At.UTC().Format(time.RFC3339Nano), l.Kind, l.Who, plainCell(l.Name), someCell(l.Amount),
			someCell(l.Max), someCell(l.Price), l.ClosesAt.UTC().Format(time.RFC3339Nano), plainCell(l.Reason), l.Prev, l.Hash,
		})
	}
	w.Flush()
	return out.Bytes()
}

// someCell is a number of points, and nothing where there are none.
func someCell(n int64) string {
	if n == 0 {
		return ""
	}
	return strconv.FormatInt(n, 10)
}
