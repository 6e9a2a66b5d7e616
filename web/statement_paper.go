package web

import (
	"bytes"
	"context"
	"io"

	"github.com/gofiber/fiber/v2"

	"firebrand/internal/calendar"
	"firebrand/internal/points/paper"
)

// paperKind is a form in which a statement is kept.
type paperKind struct {
	ending, media string
	write         func(io.Writer, paper.Document) error
}

var (
	asCSV = paperKind{"csv", "text/csv; charset=utf-8", paper.Write}
	asPDF = paperKind{"pdf", "application/pdf", paper.PDF}
)

// keepStatement answers with an account's statement as a file, of the kind of lines and the period that are asked for.
func keepStatement(of accountOf, kind paperKind) func(*Server, *fiber.Ctx) error {
	return func(s *Server, c *fiber.Ctx) error {
		account, err := of(s, c)
		if err != nil {
			return err
		}
		doc, err := s.document(c.UserContext(), account, c.Query("what"), c.Query("period"), s.lang(c))
		if err != nil {
			return err
		}
		var file bytes.Buffer
		if err := kind.write(&file, doc); err != nil {
			return err
		}
		c.Set("Content-Type", kind.media)
		c.Set("Cache-Control", "no-store")
		c.Attachment("statement-" + s.Zone.Date(doc.Made).String() + "." + kind.ending)
		c.Set("Content-Type", kind.media)
		return c.Send(file.Bytes())
	}
}

// document gathers what a statement of an account says, with what its lines are about by name.
func (s *Server) document(ctx context.Context, account purse, what, period, lang string) (paper.Document, error) {
	_, from, to := paper.Period(period, s.Zone, s.Now())
	story, err := s.Points.Story(ctx, account.ID, from, to)
	if err != nil {
		return paper.Document{}, err
	}
	doc := paper.Of(story, from, to)
	doc.Lang, doc.Brand, doc.Holder, doc.Account = lang, s.Brand, account.Holder, account.ID
	doc.Zone, doc.What, doc.Made = s.Zone, paper.ParseWhat(what), calendar.Milli(s.Now())
	if n := len(doc.Records); n > 0 && doc.Made.Before(doc.Records[n-1].At) {
		doc.Made = doc.Records[n-1].At // another process's clock is ahead of ours by a little
	}
	doc.Names = map[string]string{}
	for _, line := range story.Lines {
		if _, known := doc.Names[line.Ref]; !known {
			doc.Names[line.Ref] = s.refName(ctx, lang, line.Ref)
		}
	}
	return doc, nil
}
