package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"firebrand/internal/fault"
	"firebrand/internal/store"
)

// table is one collection: an SQL table with the document as JSON, beside it a column for each indexed field, and a
// side table for each index over a slice.
type table struct {
	engine *Engine
	layout *store.Layout
	name   string
	// columns are the places in layout.Fields that have a column; sides are those that have a side table.
	columns []int
	sides   []side

	insert, get, replace, remove string
}

func newTable(e *Engine, layout *store.Layout) *table {
	t := &table{engine: e, layout: layout, name: quote(layout.Spec.Name), sides: sidesOf(layout)}
	names, marks, sets := "", "", ""
	for i, f := range layout.Fields {
		if f.Kind != store.Texts {
			t.columns = append(t.columns, i)
			names, marks, sets = names+", "+quote(f.Name), marks+", ?", sets+", "+quote(f.Name)+" = ?"
		}
	}
	t.insert = fmt.Sprintf(`INSERT INTO %s (_id, _version, _body%s) VALUES (?, 1, ?%s)`, t.name, names, marks)
	t.get = fmt.Sprintf(`SELECT _version, _body FROM %s WHERE _id = ?`, t.name)
	t.replace = fmt.Sprintf(
		`UPDATE %s SET _version = _version + 1, _body = ?%s WHERE _id = ? AND _version = ?`, t.name, sets)
	t.remove = fmt.Sprintf(`DELETE FROM %s WHERE _id = ?`, t.name)
	return t
}

// quote writes a name that was checked against its pattern as an SQL identifier.
func quote(name string) string { return `"` + name + `"` }

// missing is the fault of a document that is not there.
func (t *table) missing(id string) error {
	return fault.New(fault.NotFound, "store.missing", "collection", t.layout.Spec.Name, "id", id)
}

// Insert adds a document; see store.Table.
func (t *table) Insert(ctx context.Context, id string, doc any) error {
	body, values, err := t.encode(doc)
	if err != nil {
		return err
	}
	statements := []statement{{sql: t.insert, args: t.columnArgs([]any{id, body}, values)}}
	for _, s := range t.sides {
		statements = append(statements, s.adds(id, values)...)
	}
	return t.engine.writer.write(ctx, statements...)
}

// Get decodes a document; see store.Table.
func (t *table) Get(ctx context.Context, id string, doc any) (version int64, err error) {
	var body []byte
	err = t.engine.readers.row(ctx, t.get, []any{id}, &version, &body)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, t.missing(id)
	}
	if err != nil {
		return 0, err
	}
	return version, t.decode(id, body, doc)
}

// Replace writes a document where its version still is the given one; see store.Table.
func (t *table) Replace(ctx context.Context, id string, doc any, version int64) error {
	body, values, err := t.encode(doc)
	if err != nil {
		return err
	}
	statements := []statement{{
		sql:       t.replace,
		args:      append(t.columnArgs([]any{body}, values), id, version),
		untouched: fault.New(fault.Conflict, "store.changed", "collection", t.layout.Spec.Name, "id", id),
	}}
	for _, s := range t.sides {
		statements = append(statements, s.removes(id))
		statements = append(statements, s.adds(id, values)...)
	}
	return t.engine.writer.write(ctx, statements...)
}

// Delete removes a document; see store.Table.
func (t *table) Delete(ctx context.Context, id string) error {
	statements := []statement{{sql: t.remove, args: []any{id}, untouched: t.missing(id)}}
	for _, s := range t.sides {
		statements = append(statements, s.removes(id))
	}
	return t.engine.writer.write(ctx, statements...)
}

func (t *table) encode(doc any) (body []byte, values []any, err error) {
	if values, err = t.layout.Values(doc); err != nil {
		return nil, nil, err
	}
	if body, err = json.Marshal(doc); err != nil {
		return nil, nil, fmt.Errorf("encoding a document of %s: %w", t.layout.Spec.Name, err)
	}
	return body, values, nil
}

func (t *table) decode(id string, body []byte, doc any) error {
	if err := json.Unmarshal(body, doc); err != nil {
		return fmt.Errorf("document %q of %s: %w", id, t.layout.Spec.Name, err)
	}
	store.CutTimes(doc)
	return nil
}

// columnArgs appends the values of the fields that have a column, in the order of the columns.
func (t *table) columnArgs(args, values []any) []any {
	for _, i := range t.columns {
		args = append(args, column(values[i]))
	}
	return args
}

// column is a field's value as SQLite keeps it: times as Unix milliseconds.
func column(v any) any {
	if at, ok := v.(time.Time); ok {
		return at.UnixMilli()
	}
	return v
}

// columnsOf lists fields as SQL does, each followed by suffix.
func columnsOf(fields []store.Field, suffix string) []string {
	names := make([]string, len(fields))
	for i, f := range fields {
		names[i] = quote(f.Name) + suffix
	}
	return names
}

// both joins conditions that hold together.
func both(conditions []string) string { return strings.Join(conditions, " AND ") }
