package mongo

import (
	"context"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"
	driver "go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"firebrand/internal/store"
)

// batch is how many documents come in one message at most.
const batch = 1000

// Find reads the whole answer before it calls each, so that each may take its time: the server ends cursors that rest.
// See store.Table.
func (t *table) Find(ctx context.Context, q store.Query, each func(store.Raw) error) error {
	asked, err := t.layout.Ask(q)
	if err != nil {
		return err
	}
	var rows []found
	for _, a := range asked {
		for _, r := range t.runs(a) {
			if len(rows) == a.Limit {
				break
			}
			if rows, err = t.read(ctx, r, a.Limit, rows); err != nil {
				return err
			}
		}
	}
	for _, row := range rows {
		err := each(store.Raw{ID: row.id, Version: row.version, Decode: func(doc any) error { return t.decode(row, doc) }})
		if err != nil {
			return err
		}
	}
	return nil
}

// run is one stretch of one index, which the server reads from its beginning to its end without sorting.
type run struct {
	filter bson.D
	sort   bson.D
	hint   string
}

// runs are the stretches that answer a question, in their order. MongoDB does not compare rows of values, so a place to go
// on from becomes: equal in all fields but the last and behind in that, then equal in all but two, and so on. One filter
// with all of them would leave it to the planner whether the index is entered at the right place.
func (t *table) runs(a store.Asked) []run {
	hint, order := "_id_", []string{fieldID}
	var fixed bson.D
	if a.Index != nil {
		hint, order = a.Index.Name, orderOf(a)
		if a.Index.Unique {
			fixed = bson.D{{Key: fieldIn + "." + a.Index.Name, Value: true}}
		}
	}
	sort := sortBy(order, a.Desc)
	if a.Index != nil && a.Index.Unique && len(a.Equal) == len(a.Fields) {
		sort = bson.D{} // one document at most
	}
	for i, v := range a.Equal {
		fixed = append(fixed, bson.E{Key: a.Fields[i].Name, Value: kept(v)})
	}
	if a.After == nil {
		return []run{{withRange(fixed, order, conditions(a)), sort, hint}}
	}
	var runs []run
	for same := len(order) - 1; same >= 0; same-- {
		if same == 0 || within(a) {
			runs = append(runs, run{behind(a, fixed, order, same), sort, hint})
		}
	}
	return runs
}

// behind is the filter of what shares as many values with the place to go on from and stands behind it in the next one.
func behind(a store.Asked, fixed bson.D, order []string, same int) bson.D {
	filter := slices.Clone(fixed)
	for i := range same {
		filter = append(filter, bson.E{Key: order[i], Value: kept(a.After.Values[i])})
	}
	if same == 0 {
		return withRange(filter, order, beyondWithin(a))
	}
	var last any = a.After.ID
	if same < len(a.After.Values) {
		last = kept(a.After.Values[same])
	}
	return append(filter, bson.E{Key: order[same], Value: bson.D{{Key: beyond(a.Desc), Value: last}}})
}

// orderOf are the fields that an index sorts by behind those that are fixed. Equal documents come by id, which a unique
// index never needs.
func orderOf(a store.Asked) (order []string) {
	for _, f := range a.Fields[len(a.Equal):] {
		order = append(order, f.Name)
	}
	if !a.Index.Unique || len(order) == 0 {
		order = append(order, fieldID)
	}
	return order
}

// conditions are the ends of a question's range.
func conditions(a store.Asked) (ends bson.D) {
	if a.From != nil {
		ends = append(ends, bson.E{Key: "$gte", Value: kept(a.From)})
	}
	if a.To != nil {
		ends = append(ends, bson.E{Key: "$lt", Value: kept(a.To)})
	}
	return ends
}

func withRange(filter bson.D, order []string, ends bson.D) bson.D {
	filter = slices.Clone(filter)
	if len(ends) > 0 {
		filter = append(filter, bson.E{Key: order[0], Value: ends})
	}
	if filter == nil {
		filter = bson.D{}
	}
	return filter
}

// within reports whether the place to go on from is inside the question's range: else no document that shares its first
// value is asked for.
func within(a store.Asked) bool {
	first := firstOf(a)
	return (a.From == nil || store.Compare(first, a.From) >= 0) && (a.To == nil || store.Compare(first, a.To) < 0)
}

// firstOf is the value of the place to go on from that the range speaks of.
func firstOf(a store.Asked) any {
	if len(a.After.Values) > 0 {
		return a.After.Values[0]
	}
	return a.After.ID
}

// beyondWithin is the range without what the place has passed, each end named once.
func beyondWithin(a store.Asked) bson.D {
	first, rest := firstOf(a), a
	if a.Desc && (a.To == nil || store.Compare(first, a.To) < 0) {
		rest.To = nil
		return append(conditions(rest), bson.E{Key: "$lt", Value: kept(first)})
	}
	if !a.Desc && (a.From == nil || store.Compare(first, a.From) >= 0) {
		rest.From = nil
		return append(conditions(rest), bson.E{Key: "$gt", Value: kept(first)})
	}
	return conditions(a)
}

func beyond(desc bool) string {
	if desc {
		return "$lt"
	}
	return "$gt"
}

func sortBy(order []string, desc bool) bson.D {
	direction := 1
	if desc {
		direction = -1
	}
	sort := bson.D{}
	for _, name := range order {
		sort = append(sort, bson.E{Key: name, Value: direction})
	}
	return sort
}

// read appends what one run finds until there are limit rows. It names its index, so that a wrong plan is an error and
// never a slow answer.
func (t *table) read(ctx context.Context, r run, limit int, rows []found) ([]found, error) {
	most := limit - len(rows)
	// A batch of exactly the limit would leave the cursor open, which costs a second question to find that nothing follows.
	opts := options.Find().SetSort(r.sort).SetHint(r.hint).SetLimit(int64(most)).SetBatchSize(int32(min(most, batch) + 1))
	var cursor *driver.Cursor
	err := t.engine.bounded(ctx, func(ctx context.Context) (err error) {
		cursor, err = t.docs.Find(ctx, r.filter, opts)
		return err
	})
	if err != nil {
		return rows, err
	}
	defer t.end(ctx, cursor)
	for more := true; more; {
		var documents []bson.Raw
		err := t.engine.bounded(ctx, func(ctx context.Context) (err error) {
			documents, more, err = take(ctx, cursor)
			return err
		})
		if err != nil {
			return rows, err
		}
		for _, raw := range documents {
			row, err := t.row(raw)
			if err != nil {
				return rows, err
			}
			rows = append(rows, row)
		}
	}
	return rows, nil
}

// take returns what has come, after a question for more where nothing is left of it. More is false at the end.
func take(ctx context.Context, cursor *driver.Cursor) (documents []bson.Raw, more bool, err error) {
	for first := true; first || cursor.RemainingBatchLength() > 0; first = false {
		if !cursor.Next(ctx) {
			return documents, false, cursor.Err()
		}
		documents = append(documents, slices.Clone(cursor.Current))
	}
	return documents, cursor.ID() != 0, nil
}

// end tells the server that nobody reads on; it would find out by itself some minutes later.
func (t *table) end(ctx context.Context, cursor *driver.Cursor) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), t.engine.answer)
	defer cancel()
	_ = cursor.Close(ctx)
}
