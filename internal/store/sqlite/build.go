package sqlite

import (
	"fmt"
	"reflect"
	"strings"

	"firebrand/internal/store"
)

// buildPage is how many documents are held in memory at once while indexes are built.
const buildPage = 500

// build makes the indexes that are declared for the first time, over the documents that are already there.
func (s *schema) build(missing []store.Index, fresh bool) error {
	if len(missing) == 0 {
		return nil
	}
	var late []store.Index
	for _, x := range missing {
		if s.table.layout.FieldsOf(x.Name)[0].Kind != store.Texts {
			late = append(late, x)
		} else if err := s.makeSide(x); err != nil {
			return err
		}
	}
	if !fresh {
		if err := s.fill(missing); err != nil {
			return err
		}
	}
	// An index over columns that are filled already is built at once, and tells of duplicates.
	for _, x := range late {
		if err := s.exec(s.table.definition(x)); err != nil {
			return fmt.Errorf("building index %q of collection %q: %w", x.Name, s.table.layout.Spec.Name, err)
		}
	}
	for _, x := range missing {
		err := s.exec(`INSERT INTO "indexes.v1" (collection, name, definition) VALUES (?, ?, ?)`,
			s.table.layout.Spec.Name, x.Name, s.table.definition(x))
		if err != nil {
			return err
		}
	}
	return nil
}

// makeSide makes the side table of an index over a slice; one left from before was not kept up and goes.
func (s *schema) makeSide(x store.Index) error {
	side := s.table.layout.Spec.Name + "." + x.Name
	if err := s.exec(`DROP TABLE IF EXISTS ` + quote(side)); err != nil {
		return err
	}
	if err := s.exec(s.table.definition(x)); err != nil {
		return err
	}
	return s.exec(`CREATE INDEX ` + quote(side+".id") + ` ON ` + quote(side) + ` (id)`)
}

// fill writes the columns and side rows of the new indexes for every document, from its body.
func (s *schema) fill(indexes []store.Index) error {
	isNew := map[string]bool{}
	for _, x := range indexes {
		isNew[x.Name] = true
	}
	last := ""
	for {
		page, err := s.page(last)
		if err != nil {
			return err
		}
		for _, row := range page {
			if err := s.fillOne(row, isNew); err != nil {
				return err
			}
			last = row.id
		}
		if len(page) < buildPage {
			return nil
		}
	}
}

func (s *schema) page(after string) ([]found, error) {
	rows, err := s.conn.QueryContext(s.ctx,
		`SELECT _id, _version, _body FROM `+s.table.name+` WHERE _id > ? ORDER BY _id LIMIT ?`, after, buildPage)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	return collect(rows, nil)
}

func (s *schema) fillOne(row found, isNew map[string]bool) error {
	doc := reflect.New(s.table.layout.Spec.Type)
	if err := s.table.decode(row.id, row.body, doc.Interface()); err != nil {
		return err
	}
	values, err := s.table.layout.Values(doc.Elem().Interface())
	if err != nil {
		return err
	}
	if len(s.table.columns) > 0 {
		var sets []string
		for _, i := range s.table.columns {
			sets = append(sets, quote(s.table.layout.Fields[i].Name)+" = ?")
		}
		sql := `UPDATE ` + s.table.name + ` SET ` + strings.Join(sets, ", ") + ` WHERE _id = ?`
		if err := s.exec(sql, append(s.table.columnArgs(nil, values), row.id)...); err != nil {
			return err
		}
	}
	for _, side := range s.table.sides {
		if !isNew[side.index] {
			continue
		}
		for _, add := range side.adds(row.id, values) {
			if err := s.exec(add.sql, add.args...); err != nil {
				return err
			}
		}
	}
	return nil
}
