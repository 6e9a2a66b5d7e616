package auction_test

import (
	"context"
	"strings"
	"testing"

	"firebrand/catalog/auction"
	"firebrand/internal/store"
)

// lookedAt calls back once, right behind a look at a stream's end.
type lookedAt struct {
	shared
	behind *func()
}

func (e lookedAt) Open(ctx context.Context, spec store.Spec) (store.Table, error) {
	t, err := e.shared.Open(ctx, spec)
	return lookedTable{t, e.behind}, err
}

type lookedTable struct {
	store.Table
	behind *func()
}

func (t lookedTable) Find(ctx context.Context, q store.Query, each func(store.Raw) error) error {
	err := t.Table.Find(ctx, q, each)
	if q.Index == "stream_seq" && q.Desc && q.Limit == 1 && strings.HasPrefix(q.Equal[0].(string), auction.Family+"/") && *t.behind != nil {
		then := *t.behind
		*t.behind = nil
		then()
	}
	return err
}

func TestAnEndThatIsOldAtOnce(t *testing.T) {
	for _, c := range []struct {
		name   string
		amount int64
		wins   bool
	}{{"a bid that is high enough still is taken", 130, true}, {"one that is too low by now is told so", 110, false}} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			w.sell("lot")
			w.person("anna", 1000)
			w.person("boris", 1000)
			other := w.another()
			var behind func()
			slow := start(t, lookedAt{shared{w.store, w.clock.Now}, &behind}, w.clock.Now, nil)
			slow.view("lot", "anna")
			behind = func() {
				must(t, other.bid("lot", "boris", 120))
				slow.view("lot", "anna") // somebody else looks, and this process knows of the bid
			}
			err := slow.bid("lot", "anna", c.amount)
			if behind != nil {
				t.Fatal("nobody looked at the end")
			}
			if c.wins {
				must(t, err)
			} else if err == nil || !strings.Contains(err.Error(), "auction.too_low") {
				t.Errorf("the bid ends with %v", err)
			}
			w.end("lot")
			w.whole("lot")
			w.free("anna", "boris")
		})
	}
}
