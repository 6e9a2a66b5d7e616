package web_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/uuid"

	"firebrand/internal/member"
	"firebrand/internal/points"
)

func TestMergePages(t *testing.T) {
	s := newSite(t)
	ctx := context.Background()
	admin := s.as(s.Admin)
	dealer := s.company("Stroymarket", "Kyiv")
	old := s.person(member.RoleMember, dealer.ID, "Olena Koval", "old@example.com", "en")
	young := s.person(member.RoleMember, dealer.ID, "Olena Koval", "young@example.com", "en")
	give := func(m member.Member, n int64) {
		_, err := s.Points.Award(ctx, points.Award{Key: uuid.NewString(), Account: m.ID, Amount: n, Source: points.SourceGame, Played: true, Ref: "play/x"})
		must(t, err)
	}
	alive := func(m member.Member) int64 {
		view, err := s.Points.Balance(ctx, m.ID)
		must(t, err)
		return view.Alive
	}
	give(old, 70)
	give(young, 30)

	t.Run("the second account is looked for by the name of the first", func(t *testing.T) {
		shows(t, admin.get("/people/merge"), http.StatusOK, "Find the first one")
		shows(t, admin.get("/people/"+old.ID), http.StatusOK, "/people/merge?one="+old.ID)
		page := admin.get("/people/merge?one=" + old.ID)
		shows(t, page, http.StatusOK, "old@example.com", "young@example.com", "one="+old.ID+"&two="+young.ID)
		if strings.Contains(page.Body, "two="+old.ID) {
			t.Error("she is offered to herself")
		}
		shows(t, admin.get("/people/merge?one="+s.Admin.ID), http.StatusConflict)
		shows(t, admin.get("/people/merge?one=nobody"), http.StatusNotFound)
	})
	t.Run("both are seen side by side with their points", func(t *testing.T) {
		page := admin.get("/people/merge?one=" + old.ID + "&two=" + young.ID)
		shows(t, page, http.StatusOK, "Is this one person?", "70 points", "30 points", "old@example.com", "young@example.com", "cannot be parted")
	})
	form := url.Values{"one": {old.ID}, "two": {young.ID}, "keep": {young.ID}, "key": {uuid.NewString()}}
	t.Run("without a reason nothing happens", func(t *testing.T) {
		shows(t, admin.post("/people/merge", form), http.StatusUnprocessableEntity, "Write why this is one person", `value="`+young.ID+`" checked`)
		if alive(old) != 70 {
			t.Error("points have moved")
		}
	})
	t.Run("then they are one, and sent again nothing changes", func(t *testing.T) {
		form.Set("reason", "one passport")
		for range 2 {
			leadsTo(t, admin.post("/people/merge", form), "/people/"+young.ID+"?said=said.merge_done")
			if alive(young) != 100 || alive(old) != 0 {
				t.Errorf("%d here, %d there", alive(young), alive(old))
			}
		}
		page := admin.get("/people/" + old.ID)
		shows(t, page, http.StatusOK, "Merged into", "/people/"+young.ID)
		if strings.Contains(page.Body, "/restore") || strings.Contains(page.Body, "/people/merge?one=") {
			t.Error("it is offered to give access back or to merge again")
		}
		a := s.browser().post("/sign-in", url.Values{"login": {"old@example.com"}, "password": {password}})
		shows(t, a, http.StatusForbidden, "Sign in with your other phone or e-mail")
	})
	t.Run("points that are set aside follow later", func(t *testing.T) {
		third := s.person(member.RoleMember, dealer.ID, "Olena Koval", "third@example.com", "en")
		give(third, 50)
		_, err := s.Points.Hold(ctx, points.HoldRequest{Key: "prize", Account: third.ID, Amount: 20, Ref: "redemption/x"})
		must(t, err)
		later := url.Values{"one": {third.ID}, "two": {young.ID}, "keep": {young.ID}, "reason": {"one passport"}}
		leadsTo(t, admin.post("/people/merge", later), "/people/"+young.ID+"?said=said.merge_points_later")
		must(t, s.Members.FinishMerges(ctx, s.MergePoints))
		if alive(young) != 100 {
			t.Errorf("%d are there too early", alive(young))
		}
		_, err = s.Points.Release(ctx, points.End{Key: "back", Account: third.ID, Hold: "prize", Ref: "redemption/x"})
		must(t, err)
		must(t, s.Members.FinishMerges(ctx, s.MergePoints))
		if alive(young) != 150 || alive(third) != 0 {
			t.Errorf("%d here, %d there", alive(young), alive(third))
		}
	})
}
