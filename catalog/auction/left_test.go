package auction_test

import (
	"fmt"
	"testing"
	"time"

	"firebrand/catalog/auction"
	"firebrand/internal/member"
)

// Whoever is no dealer staff at the end wins nothing: in a sealed auction the next best does, in an ascending one the piece
// goes back, since whoever was outbid has their points for something else by then.
func TestALeaderWhoHasLeft(t *testing.T) {
	leave := map[string]func(w *world, id string) error{
		"dismissed": func(w *world, id string) error { return w.members.Dismiss(t.Context(), w.admin, id) },
		"merged into a colleague's account": func(w *world, id string) error {
			_, err := w.members.MergeMembers(t.Context(), w.admin, id, name(2), "one person", "merge")
			return err
		},
		"one of the brand's people now": func(w *world, id string) error {
			m, err := w.members.ByID(t.Context(), id)
			m.Role, m.Company = member.RoleMarketer, ""
			if err == nil {
				_, err = w.members.Update(t.Context(), w.admin, m)
			}
			return err
		},
	}
	for how, leave := range leave {
		for _, many := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, may win often %t", how, many), func(t *testing.T) {
				w := newWorld(t)
				for i := range 3 {
					w.person(name(i), 1000)
				}
				w.sell("bike", func(a *auction.Auction) { a.ManyWins = many })
				w.sell("seal", func(a *auction.Auction) { a.ManyWins, a.Form = many, auction.Sealed })
				must(t, w.bid("bike", name(1), 100))
				must(t, w.bid("bike", name(0), 200))
				must(t, w.bid("seal", name(1), 300))
				must(t, w.bid("seal", name(0), 400))
				must(t, leave(w, name(0)))
				w.end("bike")
				w.end("seal")
				want(t, "winners of the ascending one", len(w.view("bike", "").Leads), 0)
				want(t, "its stock", w.stock("bike"), 1)
				want(t, "the next best of the sealed one", w.view("seal", name(1)).Mine.Standing, auction.Won)
				want(t, "paid", w.account(name(1)).Alive, 700)
				want(t, "whoever left has", w.account(name(0)).Alive, 1000)
				w.free(name(0), name(1))
				w.whole("bike", "seal")
			})
		}
	}
}

func TestTheWinOfOneWhoCameBackIsFree(t *testing.T) {
	w := newWorld(t)
	w.person("ada", 1000)
	w.sell("bike")
	must(t, w.bid("bike", "ada", 100))
	must(t, w.members.Dismiss(t.Context(), w.admin, "ada"))
	w.end("bike")
	must(t, w.members.Restore(t.Context(), w.admin, "ada"))
	w.sell("other")
	w.clock.Add(6 * time.Second) // what is known of people a moment ago is believed so long
	must(t, w.bid("other", "ada", 100))
	w.end("other")
	want(t, "standing", w.view("other", "ada").Mine.Standing, auction.Won)
	w.whole("bike", "other")
}
