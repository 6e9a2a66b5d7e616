package demo_test

import (
	"slices"
	"testing"
	"time"

	"firebrand/cmd/firebrand/demo"
	"firebrand/internal/member"
)

// One person of a company bids: the crowd must leave the places of those who look at the demo free.
func TestCrowdIsOfOtherCompanies(t *testing.T) {
	l := demo.Loaded{SignIns: []demo.SignIn{{Role: member.RoleMember, Login: "+380391000000"}, {Role: member.RoleAdmin, Login: "admin@example.com"}}}
	all := []member.Member{
		{ID: "guest", Role: member.RoleMember, Company: "a", Phone: "+380391000000"},
		{ID: "colleague", Role: member.RoleMember, Company: "a", Phone: "+380391000001"},
		{ID: "stranger", Role: member.RoleMember, Company: "b", Phone: "+380391000002"},
		{ID: "gone", Role: member.RoleMember, Company: "b", Dismissed: time.Now()},
		{ID: "owner", Role: member.RolePrincipal, Company: "b", Phone: "+380391000003"},
		{ID: "admin", Role: member.RoleAdmin, Email: "admin@example.com"},
	}
	var ids []string
	for _, m := range demo.Strangers(l, all) {
		ids = append(ids, m.ID)
	}
	if !slices.Equal(ids, []string{"stranger"}) {
		t.Errorf("the crowd is %v", ids)
	}
}
