package exchange

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"unicode/utf8"

	"firebrand/catalog/purchase"
	"firebrand/internal/fault"
)

// MaxMessage bounds one message of a stream in bytes: 500 lines fit.
const MaxMessage = 256 << 10

// Answer is what became of one line of a stream.
type Answer struct {
	// Line counts from 1, blank lines too.
	Line     int
	ID       string
	Revision int64
	Outcome  purchase.Outcome
	Result   purchase.Result
	// Fault says why it was refused; its field is the message's.
	Fault *fault.Error
}

// Sum is what became of a stream as a whole.
type Sum struct {
	Lines    int
	Outcomes map[purchase.Outcome]int
	// Points are what the orders that were taken now are worth by now.
	Points int64
}

// Bulk takes one message a line until the stream ends. Each hears of every line in its order, while later ones are under
// way; messages of one order are taken in the order in which they come. A line that cannot be taken stops no other.
// Workers are how many are taken at once.
//
// An error ends it: of the stream, of each, or of a store that does not answer (Unavailable). What was taken until then
// stays; the same stream may be sent again. A stream with a method Abort has it called then, so that it is waited for no
// longer.
func Bulk(
	ctx context.Context, orders *purchase.Service, actor string, workers int, r io.Reader,
	decode func([]byte) (purchase.Message, error), each func(Answer) error,
) (Sum, error) {
	sum := Sum{Outcomes: zeroOutcomes()}
	in := stream{in: bufio.NewReaderSize(r, 64<<10), decode: decode}
	t := taker{Service: orders, actor: actor}
	abort := func(err error) error {
		if a, can := r.(interface{ Abort() }); can && err != nil {
			a.Abort()
		}
		return err
	}
	answer := func(ctx context.Context, line told) (Answer, error) {
		a, err := t.answer(ctx, line)
		return a, abort(err)
	}
	err := pipe(ctx, workers, in.next, answer, func(a Answer) error {
		sum.Lines++
		sum.Outcomes[a.Outcome]++
		if a.Outcome == purchase.Taken {
			sum.Points += a.Result.Points.Kept
		}
		return abort(each(a))
	})
	return sum, err
}

// told is a line with its message or with what is wrong with it.
type told struct {
	line    int
	message purchase.Message
	fault   *fault.Error
}

func (t taker) answer(ctx context.Context, in told) (Answer, error) {
	a := Answer{Line: in.line, ID: in.message.ID, Revision: in.message.Revision, Outcome: Refused, Fault: in.fault}
	if in.fault != nil {
		return a, nil
	}
	result, err := t.take(ctx, in.message)
	if err == nil {
		a.Outcome, a.Result = result.Outcome, result
		return a, nil
	}
	if a.Fault = fault.As(err); a.Fault == nil || a.Fault.Kind == fault.Unavailable {
		return a, err
	}
	return a, nil
}

// stream reads messages line by line.
type stream struct {
	in     *bufio.Reader
	decode func([]byte) (purchase.Message, error)
	line   int
	buf    []byte
	// ended says that the end was met: the body of a request must not be read again after it.
	ended bool
}

func (s *stream) next() (told, uint64, error) {
	for {
		raw, long, err := s.read()
		if err != nil {
			return told{}, 0, err
		}
		s.line++
		if raw = bytes.TrimSpace(raw); len(raw) == 0 && !long {
			continue
		}
		t := told{line: s.line}
		switch {
		case long:
			t.fault = fault.New(fault.Invalid, "orders_in.message_long", "most", MaxMessage>>10)
		case !utf8.Valid(raw):
			t.fault = fault.New(fault.Invalid, "orders_in.flaw_encoding")
		default:
			if t.message, err = s.decode(raw); err != nil {
				if t.fault = fault.As(err); t.fault == nil {
					t.fault = fault.New(fault.Invalid, "orders_in.message").Because(err)
				}
			}
		}
		return t, hashed(t.message.ID), nil
	}
}

// read is the next line; of one that is longer than a message may be only long is told.
func (s *stream) read() (raw []byte, long bool, err error) {
	s.buf = s.buf[:0]
	if s.ended {
		return nil, false, io.EOF
	}
	for {
		part, err := s.in.ReadSlice('\n')
		if len(s.buf)+len(part) > MaxMessage {
			long = true
		} else {
			s.buf = append(s.buf, part...)
		}
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case errors.Is(err, io.EOF) && (len(s.buf) > 0 || long):
			s.ended = true
			return s.buf, long, nil
		case err != nil:
			return nil, false, err
		}
		return s.buf, long, nil
	}
}
