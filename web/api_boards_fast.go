package web

import (
	"bytes"
	"compress/gzip"
	"strconv"
	"strings"
	"sync"

	"github.com/gofiber/fiber/v2"

	"firebrand/internal/calendar"
	"firebrand/leaderboard"
)

const (
	// boardsPath is where the API's boards begin.
	boardsPath = apiBase + "/boards/"
	// topRows and aroundAsked are how many rows are answered where a call names no number.
	topRows, aroundAsked = 20, 5
	// packedMost bounds how many boards are kept packed.
	packedMost = 64
)

// mountFast answers the calls that everybody makes all the time before the API's library takes them apart: a board's
// first rows are encoded once for everyone and handed out as they are. What is unusual about a call is left to the
// library, which documents these calls, checks their input and answers the same.
func (s *Server) mountFast() {
	s.app.Get(boardsPath+":board", s.fastTop)
	s.app.Get(boardsPath+":board/around", s.fastAround)
}

// fastTop is the first rows of a board, the same bytes for everyone but those who stand in them.
func (s *Server) fastTop(c *fiber.Ctx) error {
	n, month, plain := s.fastQuery(c, "top", topRows)
	board := unescaped(c.Params("board"))
	if !plain || board == "mine" || board == leagueName || board == "movers" {
		return c.Next()
	}
	me, err := s.fastAdmit(c, signedIn)
	if err != nil {
		return err
	}
	text, err := s.Boards.TopJSON(c.UserContext(), month, board, n)
	if err != nil {
		return err
	}
	if mine, own := text.Mine(me); own {
		return sendBoard(c, mine, strings.TrimSuffix(text.ETag, `"`)+`-me"`, "")
	}
	if bytes.Contains(c.Request().Header.Peek(fiber.HeaderAcceptEncoding), []byte("gzip")) {
		return sendBoard(c, s.packed.of(text.ETag, text.Body), strings.TrimSuffix(text.ETag, `"`)+`-gz"`, "gzip")
	}
	return sendBoard(c, text.Body, text.ETag, "")
}

// fastAround is the rows of a board around the person.
func (s *Server) fastAround(c *fiber.Ctx) error {
	n, month, plain := s.fastQuery(c, "rows", aroundAsked)
	if !plain {
		return c.Next()
	}
	me, err := s.fastAdmit(c, players)
	if err != nil {
		return err
	}
	body, err := s.Boards.AroundJSON(c.UserContext(), month, unescaped(c.Params("board")), me, n)
	if err != nil {
		return err
	}
	c.Set(fiber.HeaderContentType, fiber.MIMEApplicationJSON)
	c.Set(fiber.HeaderCacheControl, "no-store")
	c.Response().SetBodyRaw(body) // made for this answer alone
	return nil
}

// fastAdmit lets people with one of the roles through, as admitted does, and says who it is; no key may ask for boards.
func (s *Server) fastAdmit(c *fiber.Ctx, need access) (memberID string, err error) {
	w, err := s.visitor(c)
	if err == nil {
		err = w.may("", need)
	}
	if err != nil {
		c.Set(fiber.HeaderCacheControl, "no-store")
		tellKey(c, err, "")
	}
	return w.member.ID, err
}

// fastQuery reads a call's number of rows and its month; plain is false for what is unusual and may be wrong.
func (s *Server) fastQuery(c *fiber.Ctx, rows string, usual int) (n int, m calendar.Month, plain bool) {
	args := c.Context().QueryArgs()
	n, m = usual, s.Zone.Month(s.Now())
	known := 0
	if text := args.Peek(rows); len(text) > 0 {
		known++
		var err error
		if n, err = strconv.Atoi(string(text)); err != nil || n < 1 || n > leaderboard.MaxRows {
			return 0, m, false
		}
	}
	if text := args.Peek("month"); len(text) > 0 {
		known++
		var err error
		if m, err = calendar.ParseMonth(string(text)); err != nil {
			return 0, m, false
		}
	}
	return n, m, known == args.Len()
}

// sendBoard answers with a board, or with nothing where the program has this one already.
func sendBoard(c *fiber.Ctx, body []byte, etag, encoding string) error {
	c.Set(fiber.HeaderETag, etag)
	c.Set(fiber.HeaderCacheControl, "private, no-cache")
	c.Set(fiber.HeaderVary, "Cookie, Accept-Encoding")
	if string(c.Request().Header.Peek(fiber.HeaderIfNoneMatch)) == etag {
		return c.SendStatus(fiber.StatusNotModified)
	}
	if encoding != "" {
		c.Set(fiber.HeaderContentEncoding, encoding)
	}
	c.Set(fiber.HeaderContentType, fiber.MIMEApplicationJSON)
	// The bytes are never changed once they are made, so that they need not be copied for each answer.
	c.Response().SetBodyRaw(body)
	return nil
}

// packedBoards keeps boards compressed, so that what is asked for by thousands is compressed once.
type packedBoards struct {
	mu   sync.Mutex
	held map[string][]byte
}

// of is a board compressed; its etag says which it is.
func (p *packedBoards) of(etag string, body []byte) []byte {
	p.mu.Lock()
	defer p.mu.Unlock()
	if packed, held := p.held[etag]; held {
		return packed
	}
	var packed bytes.Buffer
	w, _ := gzip.NewWriterLevel(&packed, gzip.BestSpeed) // the level is a constant that exists
	_, _ = w.Write(body)                                 // into memory
	_ = w.Close()
	if p.held == nil || len(p.held) >= packedMost {
		p.held = map[string][]byte{}
	}
	p.held[etag] = packed.Bytes()
	return packed.Bytes()
}
