package notify

import (
	"context"
	"errors"
	"time"

	"firebrand/internal/calendar"
	"firebrand/internal/fault"
	"firebrand/internal/store"
)

// sweepPage is how many messages a sweep removes between two looks at its context.
const sweepPage = 500

// Service sends messages and shows them. All of its methods are safe for concurrent use, also by several processes.
type Service struct {
	// Changed hears of members whose inbox changed, after it did; it must be quick. Nil tells nobody.
	Changed func(member string)

	now      func() time.Time
	messages *store.Collection[row]
}

// Open opens the messages of a store.
func Open(ctx context.Context, e store.Engine, now func() time.Time) (*Service, error) {
	messages, err := store.OpenCollection[row](ctx, e, messageSpec)
	if err != nil {
		return nil, err
	}
	return &Service{now: now, messages: messages}, nil
}

// Send puts a message into its member's inbox; a message whose id stands there already is the same one and stays as it
// is. A zero At is now. It fails with fault.Invalid ("notify.message", with the field) for what is no message, and with
// fault.KeyReused ("notify.id_taken") where the id is that of a message to somebody else or with another text.
func (s *Service) Send(ctx context.Context, m Message) error {
	args, err := written(m.Args)
	if err != nil {
		return err
	}
	if err := check(m, args); err != nil {
		return err
	}
	if m.At.IsZero() {
		m.At = s.now()
	}
	r := row{Member: m.Member, Key: m.Key, Args: args, Link: m.Link, At: calendar.Milli(m.At), Unread: true}
	err = s.messages.Insert(ctx, m.ID, r)
	if fault.Is(err, fault.Conflict) {
		return s.sentBefore(ctx, m)
	}
	if err == nil {
		s.changed(m.Member)
	}
	return err
}

func (s *Service) sentBefore(ctx context.Context, m Message) error {
	stored, err := s.messages.Get(ctx, m.ID)
	if err == nil && (stored.Value.Member != m.Member || stored.Value.Key != m.Key) {
		return fault.New(fault.KeyReused, "notify.id_taken")
	}
	return err
}

// Inbox returns a member's messages, the newest first: those behind the message of id before, or from the newest where
// before is empty or gone; limit is at most PageMost, which zero means too.
func (s *Service) Inbox(ctx context.Context, member, before string, limit int) ([]Message, error) {
	if limit <= 0 || limit > PageMost {
		limit = PageMost
	}
	q := store.Query{Index: "member_at", Equal: []any{member}, Desc: true, Limit: limit}
	if before != "" {
		last, err := s.messages.Get(ctx, before)
		switch {
		case err == nil && last.Value.Member == member:
			q.After = &store.Position{Values: []any{last.Value.At}, ID: before}
		case err != nil && !fault.Is(err, fault.NotFound):
			return nil, err
		}
	}
	found, err := s.messages.Find(ctx, q)
	if err != nil {
		return nil, err
	}
	messages := make([]Message, 0, len(found))
	for _, e := range found {
		m, err := e.Value.message(e.ID)
		if err != nil {
			return nil, err
		}
		messages = append(messages, m)
	}
	return messages, nil
}

// Unread counts a member's unread messages, up to UnreadMost: that many means that many or more.
func (s *Service) Unread(ctx context.Context, member string) (int, error) {
	found, err := s.messages.Find(ctx, unreadOf(member))
	return len(found), err
}

func unreadOf(member string) store.Query {
	return store.Query{Index: "member_unread", Equal: []any{member, true}, Limit: UnreadMost}
}

// MarkRead marks messages as read; without ids all of the member's. A message that is read already stays as it is; one
// that is not the member's, or not at all, is fault.NotFound ("notify.no_message").
func (s *Service) MarkRead(ctx context.Context, member string, ids ...string) error {
	if len(ids) == 0 {
		return s.markAll(ctx, member)
	}
	var err error
	for _, id := range ids {
		err = errors.Join(err, s.markOne(ctx, member, id))
	}
	s.changed(member)
	return err
}

func (s *Service) markAll(ctx context.Context, member string) error {
	for {
		found, err := s.messages.Find(ctx, unreadOf(member))
		if err != nil {
			return err
		}
		for _, e := range found {
			if err := s.markOne(ctx, member, e.ID); err != nil && !fault.Is(err, fault.NotFound) {
				return err
			}
		}
		if len(found) < UnreadMost {
			s.changed(member)
			return nil
		}
	}
}

func (s *Service) markOne(ctx context.Context, member, id string) error {
	_, err := s.messages.Update(ctx, id, func(r *row) error {
		if r.Member != member {
			return noMessage()
		}
		if !r.Unread {
			return errRead
		}
		r.Unread, r.Read = false, calendar.Milli(s.now())
		return nil
	})
	switch {
	case errors.Is(err, errRead):
		return nil
	case fault.Is(err, fault.NotFound):
		return noMessage()
	}
	return err
}

// errRead ends an update that has nothing to change.
var errRead = errors.New("notify: read already")

// Sweep removes messages that are older than Kept. It may run in several processes at once.
func (s *Service) Sweep(ctx context.Context) error {
	for {
		old, err := s.messages.Find(ctx, store.Query{Index: "at", To: s.now().Add(-Kept), Limit: sweepPage})
		if err != nil {
			return err
		}
		for _, e := range old {
			if err := s.messages.Delete(ctx, e.ID); err != nil && !fault.Is(err, fault.NotFound) {
				return err
			}
		}
		if len(old) < sweepPage {
			return nil
		}
	}
}

func (s *Service) changed(member string) {
	if s.Changed != nil {
		s.Changed(member)
	}
}
