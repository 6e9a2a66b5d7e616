package sqlite

import (
	"context"
	"database/sql"
	"strings"

	"firebrand/internal/store"
)

// found is one row of an answer.
type found struct {
	id      string
	version int64
	body    []byte
}

// Find reads the whole answer before it calls each, so that each may ask the store again and may take its time: an open
// read would hold a connection and keep the log from being folded into the file. See store.Table.
func (t *table) Find(ctx context.Context, q store.Query, each func(store.Raw) error) error {
	asked, err := t.layout.Ask(q)
	if err != nil {
		return err
	}
	var rows []found
	for _, a := range asked {
		if a.Limit -= len(rows); a.Limit == 0 {
			break
		}
		if rows, err = t.read(ctx, a, rows); err != nil {
			return err
		}
	}
	for _, row := range rows {
		err := each(store.Raw{ID: row.id, Version: row.version, Decode: func(doc any) error {
			return t.decode(row.id, row.body, doc)
		}})
		if err != nil {
			return err
		}
	}
	return nil
}

// read appends the rows that one question asks for.
func (t *table) read(ctx context.Context, a store.Asked, rows []found) ([]found, error) {
	query, args := t.question(a)
	err := t.engine.readers.use(ctx, func(r *session) error {
		stmt, err := r.prepared(query)
		if err != nil {
			return down(err)
		}
		cursor, err := stmt.QueryContext(context.Background(), args...)
		if err != nil {
			return down(err)
		}
		defer cursor.Close()
		rows, err = collect(cursor, rows)
		return err
	})
	return rows, err
}

func collect(cursor *sql.Rows, rows []found) ([]found, error) {
	for cursor.Next() {
		var row found
		if err := cursor.Scan(&row.id, &row.version, &row.body); err != nil {
			return rows, down(err)
		}
		rows = append(rows, row)
	}
	if err := cursor.Err(); err != nil {
		return rows, down(err)
	}
	return rows, nil
}

// question is the SQL of one question. It names its index, so that a wrong plan is an error and never a slow answer;
// its shapes are few, which keeps the prepared statements few.
func (t *table) question(a store.Asked) (string, []any) {
	q := &builder{desc: a.Desc}
	switch {
	case a.Index == nil:
		q.source = t.name
		q.order = []string{"_id"}
	case len(a.Fields) == 1 && a.Fields[0].Kind == store.Texts:
		return t.sideQuestion(a)
	default:
		q.source = t.name + " INDEXED BY " + quote(t.layout.Spec.Name+"."+a.Index.Name)
		q.order = columnsOf(a.Fields[len(a.Equal):], "")
		if !a.Index.Unique || len(q.order) == 0 {
			q.order = append(q.order, "_id")
		}
		q.where = notEmpty(*a.Index, a.Fields)
	}
	for i, v := range a.Equal {
		q.add(quote(a.Fields[i].Name)+" = ?", column(v))
	}
	q.bound(a)
	return q.build(`_id, _version, _body`, a.Limit)
}

// sideQuestion reads an index over a slice: by one element, in the order of ids.
func (t *table) sideQuestion(a store.Asked) (string, []any) {
	side := quote(t.layout.Spec.Name + "." + a.Index.Name)
	// CROSS JOIN keeps SQLite from turning the two around.
	q := &builder{desc: a.Desc, source: side + " s CROSS JOIN " + t.name + " d ON d._id = s.id", order: []string{"s.id"}}
	q.add("s.value = ?", a.Equal[0])
	q.bound(a)
	return q.build(`d._id, d._version, d._body`, a.Limit)
}

// notEmpty is the condition of a unique index: without it SQLite could not tell that the index holds the whole answer.
func notEmpty(x store.Index, fields []store.Field) []string {
	if !x.Unique {
		return nil
	}
	var conditions []string
	for _, f := range fields {
		if f.Kind == store.Text {
			conditions = append(conditions, quote(f.Name)+" <> ''")
		}
	}
	return conditions
}

// builder puts a SELECT together.
type builder struct {
	source string
	where  []string
	args   []any
	// order is what the rows are sorted by; the conditions on a place in the index speak of the same columns.
	order []string
	desc  bool
}

func (b *builder) add(condition string, args ...any) {
	b.where, b.args = append(b.where, condition), append(b.args, args...)
}

// bound adds the range and the place to go on from. Where both bound the same end of the run, only the place may choose
// where the index is entered (a plus keeps the other condition out of that): else each page would read all before it.
func (b *builder) bound(a store.Asked) {
	from, to := b.order[0], b.order[0]
	switch {
	case a.After != nil && a.Desc:
		to = "+" + to
	case a.After != nil:
		from = "+" + from
	}
	if a.From != nil {
		b.add(from+" >= ?", column(a.From))
	}
	if a.To != nil {
		b.add(to+" < ?", column(a.To))
	}
	if a.After == nil {
		return
	}
	var args []any
	for _, v := range a.After.Values {
		args = append(args, column(v))
	}
	if len(args) < len(b.order) {
		args = append(args, a.After.ID)
	}
	than := " > "
	if a.Desc {
		than = " < "
	}
	marks := strings.Repeat(", ?", len(b.order))[2:]
	b.add("("+strings.Join(b.order, ", ")+")"+than+"("+marks+")", args...)
}

func (b *builder) build(columns string, limit int) (string, []any) {
	var s strings.Builder
	s.WriteString("SELECT " + columns + " FROM " + b.source)
	if len(b.where) > 0 {
		s.WriteString(" WHERE " + strings.Join(b.where, " AND "))
	}
	direction := ""
	if b.desc {
		direction = " DESC"
	}
	// Were the limit a bare parameter, SQLite would plan the statement anew each time its value is bound.
	s.WriteString(" ORDER BY " + strings.Join(b.order, direction+", ") + direction + " LIMIT ?+0")
	return s.String(), append(b.args, limit)
}
