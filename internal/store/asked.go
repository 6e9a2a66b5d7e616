package store

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
)

// defaultLimit bounds a Find that names no limit.
const defaultLimit = 1000

// Asked is a Query checked against its Layout, with every value in the form of Field.Of. An In has become several
// questions, so that every engine reads one run of one index at a time and in its order.
type Asked struct {
	// Index is nil for the order of ids.
	Index *Index
	// Fields are the index's fields; the first len(Equal) of them are fixed.
	Fields []Field
	Equal  []any
	// From and To are nil where that side is open; they speak of the field after Equal, or of the id.
	From, To any
	Desc     bool
	// After is nil at the beginning; else it has the values of the fields behind Equal.
	After *Position
	Limit int
}

// Ask checks q and returns the questions that answer it, to be asked one after another until Limit documents are found
// in all. Its errors are defects of the caller.
func (l *Layout) Ask(q Query) ([]Asked, error) {
	a, err := l.ask(q)
	if err != nil {
		return nil, fmt.Errorf("query of collection %s by index %q: %w", l.Spec.Name, q.Index, err)
	}
	return a, nil
}

func (l *Layout) ask(q Query) ([]Asked, error) {
	a := Asked{Desc: q.Desc, Limit: q.Limit}
	if a.Limit <= 0 {
		a.Limit = defaultLimit
	}
	if q.Index != "" {
		at := slices.IndexFunc(l.Spec.Indexes, func(x Index) bool { return x.Name == q.Index })
		if at < 0 {
			return nil, fmt.Errorf("no such index")
		}
		a.Index, a.Fields = &l.Spec.Indexes[at], l.FieldsOf(q.Index)
	}
	if err := fits(q, a.Fields); err != nil {
		return nil, err
	}
	var err error
	if a.Equal, err = valuesOf(q.Equal, a.Fields); err != nil {
		return nil, err
	}
	rest := a.Fields[len(q.Equal):]
	if err := a.bound(q, rest); err != nil {
		return nil, err
	}
	if q.After != nil {
		if len(q.After.Values) != len(rest) {
			return nil, fmt.Errorf("after needs %d values and has %d", len(rest), len(q.After.Values))
		}
		values, err := valuesOf(q.After.Values, rest)
		if err != nil {
			return nil, err
		}
		a.After = &Position{values, q.After.ID}
	}
	if q.In == nil {
		return []Asked{a}, nil
	}
	return a.each(q.In)
}

// fits checks the shape of a query, before its values.
func fits(q Query, fields []Field) error {
	ranged := q.From != nil || q.To != nil
	texts := len(fields) == 1 && fields[0].Kind == Texts
	switch {
	case len(q.Equal) > len(fields):
		return fmt.Errorf("%d values for %d fields", len(q.Equal), len(fields))
	case q.In != nil && ranged:
		return fmt.Errorf("in and a range exclude each other")
	case q.In != nil && len(q.Equal) == len(fields):
		return fmt.Errorf("no field is left for in")
	case ranged && len(fields) > 0 && len(q.Equal) == len(fields):
		return fmt.Errorf("no field is left for the range")
	case texts && len(q.Equal) == 0 && q.In == nil:
		return fmt.Errorf("an index over a slice is asked by equal or in")
	}
	return nil
}

func (a *Asked) bound(q Query, rest []Field) error {
	id := Field{Name: "id", Kind: Text}
	if len(rest) > 0 {
		id = rest[0]
	}
	for _, side := range []struct {
		from any
		to   *any
	}{{q.From, &a.From}, {q.To, &a.To}} {
		if side.from == nil {
			continue
		}
		value, err := id.Value(side.from)
		if err != nil {
			return err
		}
		*side.to = value
	}
	return nil
}

func valuesOf(values []any, fields []Field) ([]any, error) {
	plain := make([]any, len(values))
	for i, v := range values {
		value, err := fields[i].Value(v)
		if err != nil {
			return nil, err
		}
		plain[i] = value
	}
	return plain, nil
}

// each makes one question for each different value of in, in reading order, leaving out what After has passed.
func (a Asked) each(in []any) ([]Asked, error) {
	field := a.Fields[len(a.Equal)]
	values := make([]any, len(in))
	for i, v := range in {
		value, err := field.Value(v)
		if err != nil {
			return nil, err
		}
		values[i] = value
	}
	order := func(x, y any) int {
		if a.Desc {
			return Compare(y, x)
		}
		return Compare(x, y)
	}
	slices.SortFunc(values, order)
	var asked []Asked
	for _, v := range slices.Compact(values) {
		one := a
		one.Equal = append(slices.Clone(a.Equal), v)
		if a.After != nil {
			switch c := order(v, a.After.Values[0]); {
			case c < 0:
				continue
			case c == 0:
				one.After = &Position{a.After.Values[1:], a.After.ID}
			default:
				one.After = nil
			}
		}
		asked = append(asked, one)
	}
	return asked, nil
}

// Compare orders two values of one field, as Asked holds them and as every engine does: strings by their bytes, false
// before true.
func Compare(x, y any) int {
	switch x := x.(type) {
	case string:
		return strings.Compare(x, y.(string))
	case int64:
		return cmp.Compare(x, y.(int64))
	case time.Time:
		return x.Compare(y.(time.Time))
	}
	switch {
	case x == y:
		return 0
	case x == false:
		return -1
	}
	return 1
}
