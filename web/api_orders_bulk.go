package web

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gofiber/fiber/v2"

	"firebrand/catalog/purchase"
	"firebrand/catalog/purchase/exchange"
	"firebrand/internal/fault"
	"firebrand/internal/member"
)

const (
	// ndjson is the media type of one JSON value a line.
	ndjson = "application/x-ndjson"
	// bulkWorkers is how many orders of one bulk are taken at once, bulksMost how many bulks.
	bulkWorkers = 32
	bulksMost   = 4
)

// apiBulkLine is what became of one line.
type apiBulkLine struct {
	Line     int              `json:"line" doc:"From 1, blank lines counted."`
	ID       string           `json:"id,omitempty"`
	Revision int64            `json:"revision,omitempty"`
	Outcome  purchase.Outcome `json:"outcome" enum:"taken,repeated,superseded,refused"`
	Points   int64            `json:"points,omitempty" doc:"What the order is worth now, after returns."`
	Notes    []apiOrderNote   `json:"notes,omitempty"`
	Problem  *apiBulkProblem  `json:"problem,omitempty" doc:"Why it was refused."`
}

type apiBulkProblem struct {
	Code  string `json:"code"`
	Kind  string `json:"kind"`
	Title string `json:"title"`
	Field string `json:"field,omitempty"`
}

// apiBulkSum is the last line.
type apiBulkSum struct {
	Sum apiBulkCounts `json:"sum"`
}

type apiBulkCounts struct {
	Lines      int   `json:"lines"`
	Taken      int   `json:"taken"`
	Repeated   int   `json:"repeated"`
	Superseded int   `json:"superseded"`
	Refused    int   `json:"refused"`
	Points     int64 `json:"points" doc:"What the orders that were taken now are worth now."`
}

// bulkOperation registers the one call whose body the library must not read, and describes it.
func (a *api) bulkOperation() {
	body := func(of any) map[string]*huma.MediaType {
		return map[string]*huma.MediaType{ndjson: {Schema: &huma.Schema{Type: huma.TypeString}, Example: of}}
	}
	responses := a.problems([]int{
		http.StatusBadRequest, http.StatusUnauthorized, http.StatusForbidden, http.StatusTooManyRequests,
		http.StatusInternalServerError, http.StatusServiceUnavailable,
	})
	responses["200"] = &huma.Response{Description: "A line for each line, then the sum", Content: body(apiBulkSum{})}
	a.huma.OpenAPI().AddOperation(&huma.Operation{
		Method: http.MethodPost, Path: "/orders/bulk", OperationID: "reportOrders", Tags: []string{"orders"},
		Summary: "Tell of many orders, one message a line",
		Description: "The body is NDJSON, each line a message as POST /orders takes it, of any number. It is read as it comes. A line that " +
			"cannot be taken is told by its number and stops no other; messages of one order are taken in their order. The answer is " +
			"NDJSON too, a line for each, its last line the sum. It comes when the last line was taken, not before: a client that sends " +
			"everything before it reads would wait for ever otherwise. Repeating is safe, whole or in part: an order's id and revision " +
			"tell messages apart, and what was taken before is answered as repeated. After a broken connection, a 500 or a 503 what " +
			"was taken stays: send the same body again.",
		Security:    security(member.ScopeOrdersWrite, marketers),
		RequestBody: &huma.RequestBody{Required: true, Content: body(nil)},
		Responses:   responses,
	})
	a.app.Post(bulkPath, a.closing(a.admitKey(member.ScopeOrdersWrite, marketers, a.apiBulk)))
}

// closing closes the connection where an answer is given before the body was read to its end: the rest of it would be
// taken for the next request.
func (s *Server) closing(next fiber.Handler) fiber.Handler {
	return func(c *fiber.Ctx) error {
		err := next(c)
		if err != nil {
			c.Response().SetConnectionClose()
		}
		return err
	}
}

// apiBulk takes messages as they come. What becomes of them is kept in a file until the body has ended: a client that
// sends everything before it reads would wait for ever otherwise.
func (s *Server) apiBulk(c *fiber.Ctx) error {
	end, ok := s.imports.begin(bulksMost)
	if !ok {
		return fault.New(fault.TooMany, "orders_in.runs_many").After(10 * time.Second)
	}
	defer end()
	kept, err := newSpool()
	if err != nil {
		return err
	}
	c.Set("Cache-Control", "no-store")
	sum, err := s.bulk(c, kept)
	if err == nil {
		err = kept.add(apiBulkSum{apiBulkCounts{
			sum.Lines, sum.Outcomes[purchase.Taken], sum.Outcomes[purchase.Repeated], sum.Outcomes[purchase.Superseded],
			sum.Outcomes[exchange.Refused], sum.Points,
		}})
	}
	size, rewound := kept.rewind()
	if err = errors.Join(err, rewound); err != nil {
		return errors.Join(err, kept.Close())
	}
	c.Set(fiber.HeaderContentType, ndjson)
	return c.SendStream(kept, size)
}

func (s *Server) bulk(c *fiber.Ctx, kept *spool) (exchange.Sum, error) {
	words := s.teller(s.apiLang(c))
	body := &bulkBody{conn: c.Context().Conn(), Reader: c.Request().BodyStream()}
	if body.Reader == nil {
		body.Reader = bytes.NewReader(c.Request().Body()) // it is empty, or was read already
	}
	sum, err := exchange.Bulk(c.UserContext(), s.Orders, s.actor(c), bulkWorkers, body, strictMessage, func(a exchange.Answer) error {
		return kept.add(bulkLineOf(words, a))
	})
	if body.failed != nil && err != nil && fault.As(err) == nil {
		return sum, fault.New(fault.Invalid, "orders_in.cut_short").Because(err)
	}
	return sum, err
}

// strictMessage reads a message; what it does not know is a mistake that would go unnoticed.
func strictMessage(raw []byte) (purchase.Message, error) {
	var m apiMessage
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(&m); err != nil {
		if f := goFault(err.Error()); f != nil && f.Key != "api_problem.json" {
			return m.message(), f.Because(err)
		}
		return m.message(), fault.New(fault.Invalid, "orders_in.message").Because(err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return m.message(), fault.New(fault.Invalid, "orders_in.message")
	}
	return m.message(), nil
}

func bulkLineOf(words teller, a exchange.Answer) apiBulkLine {
	line := apiBulkLine{Line: a.Line, ID: a.ID, Revision: a.Revision, Outcome: a.Outcome}
	if a.Fault != nil {
		line.Problem = &apiBulkProblem{a.Fault.Key, a.Fault.Kind.String(), words.texts.Say(words.lang, a.Fault.Key, a.Fault.Args), a.Fault.Field}
		return line
	}
	line.Points, line.Notes = a.Result.Points.Kept, notesOf(words, a.Result.Notes)
	return line
}

// bulkBody is a body that can be given up while a read of it waits.
type bulkBody struct {
	io.Reader
	conn   net.Conn
	failed error
}

func (b *bulkBody) Read(p []byte) (int, error) {
	n, err := b.Reader.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		b.failed = err
	}
	return n, err
}

// Abort ends a read that waits.
func (b *bulkBody) Abort() { _ = b.conn.SetReadDeadline(time.Unix(1, 0)) }

// spool is a temporary file that is written, then read, then removed.
type spool struct {
	*os.File
	out *bufio.Writer
}

func newSpool() (*spool, error) {
	f, err := os.CreateTemp("", "firebrand-bulk-*.ndjson")
	if err != nil {
		return nil, err
	}
	return &spool{File: f, out: bufio.NewWriterSize(f, 64<<10)}, nil
}

// add writes a value as a line of JSON.
func (s *spool) add(v any) error {
	raw, err := json.Marshal(v)
	if err == nil {
		_, err = s.out.Write(append(raw, '\n'))
	}
	return err
}

// rewind goes back to the beginning and tells how much there is to read.
func (s *spool) rewind() (int, error) {
	if err := s.out.Flush(); err != nil {
		return 0, err
	}
	size, err := s.Seek(0, io.SeekEnd)
	if err == nil {
		_, err = s.Seek(0, io.SeekStart)
	}
	return int(size), err
}

// Close removes the file.
func (s *spool) Close() error { return errors.Join(s.File.Close(), os.Remove(s.Name())) }
