package sqlite

import (
	"fmt"

	"firebrand/internal/store"
)

// side is the side table of an index over a slice: a row for each element and document. It changes together with the
// document, in one operation.
type side struct {
	index string
	name  string
	// field is the slice's place in Layout.Fields.
	field int

	add, remove string
}

func sidesOf(layout *store.Layout) []side {
	var sides []side
	for _, x := range layout.Spec.Indexes {
		for i, f := range layout.Fields {
			if f.Kind == store.Texts && f.Name == x.Fields[0] {
				name := quote(layout.Spec.Name + "." + x.Name)
				sides = append(sides, side{
					index: x.Name, name: name, field: i,
					add:    fmt.Sprintf(`INSERT INTO %s (value, id) VALUES (?, ?)`, name),
					remove: fmt.Sprintf(`DELETE FROM %s WHERE id = ?`, name),
				})
			}
		}
	}
	return sides
}

func (s side) adds(id string, values []any) []statement {
	var adds []statement
	for _, element := range values[s.field].([]string) {
		adds = append(adds, statement{sql: s.add, args: []any{element, id}})
	}
	return adds
}

func (s side) removes(id string) statement {
	return statement{sql: s.remove, args: []any{id}}
}
