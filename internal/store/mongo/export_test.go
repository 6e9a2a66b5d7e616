package mongo

import (
	"context"

	"go.mongodb.org/mongo-driver/v2/bson"

	"firebrand/internal/store"
)

// DatabaseOf is the database that a URI names.
var DatabaseOf = databaseOf

// Plans are how the server would answer a query, one for each stretch that is read.
func (e *Engine) Plans(ctx context.Context, spec store.Spec, q store.Query) (plans []bson.Raw, err error) {
	layout, err := store.NewLayout(spec)
	if err != nil {
		return nil, err
	}
	t, err := newTable(e, layout)
	if err != nil {
		return nil, err
	}
	asked, err := layout.Ask(q)
	if err != nil {
		return nil, err
	}
	for _, a := range asked {
		for _, r := range t.runs(a) {
			raw, err := e.run(ctx, bson.D{
				{Key: "explain", Value: bson.D{
					{Key: "find", Value: spec.Name}, {Key: "filter", Value: r.filter}, {Key: "sort", Value: r.sort},
					{Key: "hint", Value: r.hint}, {Key: "limit", Value: a.Limit},
				}},
				{Key: "verbosity", Value: "queryPlanner"},
			})
			if err != nil {
				return nil, err
			}
			plans = append(plans, raw)
		}
	}
	return plans, nil
}

// ClientOptions are what the driver is told for a URI.
var ClientOptions = clientOptions

// Greeted is what follows from a server's word on whether it is the primary.
func Greeted(writable bool) error { return primary(greeting{Writable: writable}) }
