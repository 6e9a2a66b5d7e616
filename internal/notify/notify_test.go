package notify_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"firebrand/internal/fault"
	"firebrand/internal/notify"
	"firebrand/internal/testenv"
)

func service(t *testing.T) (*notify.Service, *testenv.Clock) {
	t.Helper()
	clock := testenv.At("2026-11-22T10:00:00Z")
	s, err := notify.Open(t.Context(), testenv.Engine(t), clock.Now)
	if err != nil {
		t.Fatal(err)
	}
	return s, clock
}

// text is a text in several languages, as the content has it.
type text map[string]string

func send(t *testing.T, s *notify.Service, m notify.Message) {
	t.Helper()
	if err := s.Send(t.Context(), m); err != nil {
		t.Fatal(err)
	}
}

func inbox(t *testing.T, s *notify.Service, member, before string, limit int) []notify.Message {
	t.Helper()
	all, err := s.Inbox(t.Context(), member, before, limit)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func unread(t *testing.T, s *notify.Service, member string) int {
	t.Helper()
	n, err := s.Unread(t.Context(), member)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestSend(t *testing.T) {
	t.Run("what is sent stands in the inbox as it was", func(t *testing.T) {
		s, clock := service(t)
		send(t, s, notify.Message{ID: "outbid/7/olena", Member: "olena", Key: "auction.outbid", Link: "/auctions/7", Args: map[string]any{
			"points": int64(1) << 60, "share": 0.5, "title": text{"en": "Lamp", "uk": "Лампа"}, "name": "Petro", "last": true,
		}})
		m := inbox(t, s, "olena", "", 0)[0]
		if m.ID != "outbid/7/olena" || m.Key != "auction.outbid" || m.Link != "/auctions/7" || !m.At.Equal(clock.Now()) || !m.Read.IsZero() {
			t.Errorf("%+v", m)
		}
		title, _ := m.Args["title"].(map[string]string)
		if m.Args["points"] != int64(1)<<60 || m.Args["share"] != 0.5 || title["uk"] != "Лампа" || m.Args["name"] != "Petro" || m.Args["last"] != true {
			t.Errorf("%#v", m.Args)
		}
	})
	t.Run("telling the same thing many times at once is telling once", func(t *testing.T) {
		s, clock := service(t)
		var told sync.Map
		s.Changed = func(member string) { told.Store(member, true) }
		var all sync.WaitGroup
		for range 16 {
			all.Go(func() {
				if err := s.Send(t.Context(), notify.Message{ID: "won/7", Member: "olena", Key: "auction.won"}); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if n := unread(t, s, "olena"); n != 1 {
			t.Errorf("%d messages", n)
		}
		if _, ok := told.Load("olena"); !ok {
			t.Error("nobody heard of it")
		}
		if err := s.MarkRead(t.Context(), "olena", "won/7"); err != nil {
			t.Fatal(err)
		}
		clock.Add(time.Hour)
		send(t, s, notify.Message{ID: "won/7", Member: "olena", Key: "auction.won"})
		if n := unread(t, s, "olena"); n != 0 {
			t.Error("telling again made it unread")
		}
	})
	t.Run("an id that is another message's is refused", func(t *testing.T) {
		s, _ := service(t)
		send(t, s, notify.Message{ID: "won/7", Member: "olena", Key: "auction.won"})
		for _, m := range []notify.Message{{ID: "won/7", Member: "petro", Key: "auction.won"}, {ID: "won/7", Member: "olena", Key: "auction.lost"}} {
			if err := s.Send(t.Context(), m); !fault.Is(err, fault.KeyReused) {
				t.Errorf("%v", err)
			}
		}
	})
	t.Run("what is no message is refused, and the field named", func(t *testing.T) {
		s, _ := service(t)
		for field, m := range map[string]notify.Message{
			"id":     {Member: "m", Key: "k"},
			"member": {ID: "i", Key: "k"},
			"key":    {ID: "i", Member: "m", Key: strings.Repeat("k", 501)},
			"link":   {ID: "i", Member: "m", Key: "k", Link: "//evil.example/"},
			"args":   {ID: "i", Member: "m", Key: "k", Args: map[string]any{"list": []int{1}}},
		} {
			err := s.Send(t.Context(), m)
			if f := fault.As(err); f == nil || f.Kind != fault.Invalid || f.Args["field"] != field {
				t.Errorf("%s: %v", field, err)
			}
		}
		for _, args := range []map[string]any{{"f": func() {}}, {"long": strings.Repeat("x", 5000)}, {"deep": map[string]any{"a": 1}}, {"none": nil}} {
			if err := s.Send(t.Context(), notify.Message{ID: "i", Member: "m", Key: "k", Args: args}); !fault.Is(err, fault.Invalid) {
				t.Errorf("%v: %v", args, err)
			}
		}
	})
}

func TestInbox(t *testing.T) {
	s, clock := service(t)
	for i := range 25 {
		if i%3 == 0 {
			clock.Add(time.Second) // three at each instant
		}
		send(t, s, notify.Message{ID: fmt.Sprintf("m%02d", i), Member: "olena", Key: "k"})
	}
	send(t, s, notify.Message{ID: "other", Member: "petro", Key: "k"})
	t.Run("pages neither skip nor repeat, the newest first", func(t *testing.T) {
		var ids []string
		for before := ""; ; before = ids[len(ids)-1] {
			page := inbox(t, s, "olena", before, 7)
			for _, m := range page {
				ids = append(ids, m.ID)
			}
			if len(page) < 7 {
				break
			}
		}
		if len(ids) != 25 || ids[0] != "m24" || ids[24] != "m00" {
			t.Errorf("%v", ids)
		}
	})
	t.Run("read is one's own only, and once", func(t *testing.T) {
		if err := s.MarkRead(t.Context(), "olena", "m03", "m04"); err != nil {
			t.Fatal(err)
		}
		if n := unread(t, s, "olena"); n != 23 {
			t.Errorf("%d unread", n)
		}
		first := inbox(t, s, "olena", "m05", 1)[0]
		clock.Add(time.Hour)
		if err := s.MarkRead(t.Context(), "olena", "m04"); err != nil {
			t.Fatal(err)
		}
		if again := inbox(t, s, "olena", "m05", 1)[0]; again.Read.IsZero() || !again.Read.Equal(first.Read) {
			t.Errorf("read at %s, then %s", first.Read, again.Read)
		}
		for _, id := range []string{"other", "none"} {
			if err := s.MarkRead(t.Context(), "olena", id); !fault.Is(err, fault.NotFound) {
				t.Errorf("%s: %v", id, err)
			}
		}
		if n := unread(t, s, "petro"); n != 1 {
			t.Error("somebody else's was marked")
		}
	})
	t.Run("all are read at a word, and counting ends at a hundred", func(t *testing.T) {
		for i := range 130 {
			send(t, s, notify.Message{ID: fmt.Sprintf("n%03d", i), Member: "olena", Key: "k"})
		}
		if n := unread(t, s, "olena"); n != notify.UnreadMost {
			t.Errorf("%d", n)
		}
		if err := s.MarkRead(t.Context(), "olena"); err != nil {
			t.Fatal(err)
		}
		if n := unread(t, s, "olena"); n != 0 {
			t.Errorf("%d left", n)
		}
	})
}

func TestSweep(t *testing.T) {
	s, clock := service(t)
	send(t, s, notify.Message{ID: "old", Member: "olena", Key: "k"})
	clock.Add(notify.Kept)
	send(t, s, notify.Message{ID: "young", Member: "olena", Key: "k"})
	for range 2 {
		if err := s.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
		if n := len(inbox(t, s, "olena", "", 0)); n != 2 {
			t.Errorf("%d left at %s", n, notify.Kept)
		}
	}
	clock.Add(time.Millisecond)
	if err := s.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	if left := inbox(t, s, "olena", "", 0); len(left) != 1 || left[0].ID != "young" {
		t.Errorf("%v", left)
	}
}
