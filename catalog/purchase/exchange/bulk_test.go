package exchange_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"firebrand/catalog/purchase"
	"firebrand/catalog/purchase/exchange"
)

func decode(raw []byte) (m purchase.Message, err error) {
	err = json.Unmarshal(raw, &m)
	return m, err
}

func (w *world) bulk(r io.Reader) (string, exchange.Sum, error) {
	w.Helper()
	var rows []string
	sum, err := exchange.Bulk(w.ctx, w.Service, "key:1", 8, r, decode, func(a exchange.Answer) error {
		s := fmt.Sprintf("%d:%s", a.Line, a.Outcome)
		if a.Fault != nil {
			s += "=" + a.Fault.Key
		}
		rows = append(rows, s)
		return nil
	})
	return strings.Join(rows, " "), sum, err
}

func message(id string, revision int, state string, quantity int) string {
	return fmt.Sprintf(`{"id":%q,"revision":%d,"state":%q,"placed":"2026-11-20T10:00:00Z","buyer":{"company":"C-1"},`+
		`"lines":[{"id":"1","product":"P","quantity":%d,"price":1000}]}`+"\n", id, revision, state, quantity)
}

func TestBulk(t *testing.T) {
	w := newWorld(t)
	t.Run("bad lines are told by their number, and the rest goes on", func(t *testing.T) {
		got, sum, err := w.bulk(strings.NewReader(message("A", 1, "placed", 1) + "\n{\"id\":\n" + message("B", 1, "placed", -1) +
			strings.Repeat("x", exchange.MaxMessage+1) + "\n" + message("A", 1, "placed", 1) + message("A", 1, "placed", 2)))
		w.ok(err)
		want := "1:taken 3:refused=orders_in.message 4:refused=purchase.quantity 5:refused=orders_in.message_long 6:repeated 7:refused=purchase.revision_reused"
		if got != want || sum.Lines != 6 || sum.Outcomes[exchange.Refused] != 4 {
			t.Errorf("got  %s\nwant %s\n%+v", got, want, sum)
		}
	})
	t.Run("messages of one order are taken in their order, whatever else is under way", func(t *testing.T) {
		var all strings.Builder
		for revision := 1; revision <= 20; revision++ {
			for i := range 12 {
				all.WriteString(message(fmt.Sprintf("M-%d", i), revision, "changed", revision))
			}
		}
		got, sum, err := w.bulk(strings.NewReader(all.String()))
		w.ok(err)
		if sum.Outcomes[purchase.Taken] != 240 {
			t.Errorf("%+v %s", sum, got)
		}
	})
	t.Run("a stream that breaks off keeps what was taken, and is sent again", func(t *testing.T) {
		var all strings.Builder
		for i := range 100 {
			all.WriteString(message(fmt.Sprintf("C-%d", i), 1, "placed", 1))
		}
		errCut := errors.New("the line went dead")
		_, _, err := w.bulk(io.MultiReader(strings.NewReader(all.String()[:all.Len()/2]), broken{errCut}))
		if !errors.Is(err, errCut) {
			t.Fatal(err)
		}
		_, sum, err := w.bulk(strings.NewReader(all.String()))
		w.ok(err)
		if sum.Outcomes[purchase.Taken]+sum.Outcomes[purchase.Repeated] != 100 || sum.Outcomes[exchange.Refused] != 0 {
			t.Errorf("%+v", sum)
		}
	})
}

type broken struct{ error }

func (b broken) Read([]byte) (int, error) { return 0, b.error }
