package exchange_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"firebrand/catalog/purchase"
	"firebrand/catalog/purchase/exchange"
	"firebrand/catalog/purchase/rule"
	"firebrand/internal/calendar"
	"firebrand/internal/fault"
	"firebrand/internal/member"
	"firebrand/internal/points"
	"firebrand/internal/testenv"
)

// world is the room over stores of its own, with a company "Sun" whose number in the ERP is C-1.
type world struct {
	testing.TB
	ctx context.Context
	*purchase.Service
	zone  calendar.Zone
	clock *testenv.Clock
}

func newWorld(t testing.TB) *world {
	t.Helper()
	zone, err := calendar.Load("Europe/Kyiv")
	w := &world{TB: t, ctx: context.Background(), zone: zone, clock: testenv.At("2026-11-24T10:00:00Z")}
	w.ok(err)
	engine := testenv.Engine(t)
	journal := testenv.Journal(t, engine, w.clock.Now, points.Family, purchase.Family, purchase.BuyerFamily, "consent")
	members, err := member.Open(w.ctx, engine, w.clock.Now)
	w.ok(err)
	members.Journal = journal
	admin := member.Member{ID: "admin", Role: member.RoleAdmin}
	_, err = members.CreateCompany(w.ctx, admin, member.Company{Name: "Sun", Region: "Київ", Code: "C-1"})
	w.ok(err)
	rules, err := rule.OpenVersions(w.ctx, engine, w.clock.Now)
	w.ok(err)
	w.Service, err = purchase.Open(w.ctx, engine, purchase.Service{
		Journal: journal, Buyers: members, Rules: rules, Zone: zone, Now: w.clock.Now,
		Points: &points.Service{Journal: journal, Zone: zone, Policy: points.DefaultPolicy(), Now: w.clock.Now},
	})
	w.ok(err)
	return w
}

func (w *world) ok(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

// takes imports a text and writes the report on its rows down in short.
func (w *world) takes(data string, o exchange.Options) (string, exchange.Report, error) {
	w.Helper()
	var rows []string
	o.Zone = w.zone
	o.Row = func(r exchange.Row) error {
		s := fmt.Sprintf("%d:%s", r.Line, r.Outcome)
		if (r.Outcome == exchange.Refused) != (r.Fault != nil) {
			w.Errorf("%+v", r)
		}
		if r.Fault != nil {
			s += "=" + r.Fault.Key[strings.IndexByte(r.Fault.Key, '.')+1:]
			if r.Fault.Field != "" {
				s += "@" + r.Fault.Field
			}
		}
		rows = append(rows, s)
		return nil
	}
	report, err := exchange.Import(w.ctx, w.Service, "test", strings.NewReader(data), int64(len(data)), o)
	return strings.Join(rows, " "), report, err
}

// reports imports a text and wants these rows.
func (w *world) reports(data, want string, o exchange.Options) exchange.Report {
	w.Helper()
	got, report, err := w.takes(data, o)
	w.ok(err)
	if got != want {
		w.Errorf("got  %s\nwant %s", got, want)
	}
	return report
}

func (w *world) fails(err error, key string) {
	w.Helper()
	if !fault.Is(err, fault.Invalid) || fault.As(err).Key != key {
		w.Errorf("%v is not %s", err, key)
	}
}

func (w *world) order(id string) purchase.Order {
	w.Helper()
	o, err := w.Order(w.ctx, id)
	w.ok(err)
	return o
}
