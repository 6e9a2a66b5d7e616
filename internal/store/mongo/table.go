package mongo

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	driver "go.mongodb.org/mongo-driver/v2/mongo"

	"firebrand/internal/fault"
	"firebrand/internal/store"
)

// The fields of a stored document beside those of its indexes, whose names begin with a letter.
const (
	fieldID      = "_id"
	fieldVersion = "_version"
	// fieldShape tells by which declaration the fields were written; see fill.
	fieldShape = "_shape"
	// fieldIn has a field, true, for each unique index that the document is in; see table.keys.
	fieldIn   = "_in"
	fieldBody = "_body"
)

// table is one collection.
type table struct {
	engine *Engine
	layout *store.Layout
	docs   *driver.Collection
	shape  string
	// paths are the names of layout.Fields, taken apart.
	paths [][]string
	// uniques holds for each unique index the places in layout.Fields of its texts, of which none may be empty.
	uniques []unique
}

type unique struct {
	name  string
	texts []int
}

func newTable(e *Engine, layout *store.Layout) (*table, error) {
	t := &table{engine: e, layout: layout, docs: e.db.Collection(layout.Spec.Name)}
	for _, f := range layout.Fields {
		for _, other := range layout.Fields {
			if strings.HasPrefix(other.Name, f.Name+".") {
				return nil, fmt.Errorf("collection %s: field %q is indexed and has the indexed field %q within",
					layout.Spec.Name, f.Name, other.Name)
			}
		}
		t.paths = append(t.paths, strings.Split(f.Name, "."))
	}
	for _, x := range layout.Spec.Indexes {
		if x.Unique {
			t.uniques = append(t.uniques, unique{x.Name, t.textsOf(x)})
		}
	}
	t.shape = shapeOf(t.declarations())
	return t, nil
}

func (t *table) textsOf(x store.Index) (texts []int) {
	for i, f := range t.layout.Fields {
		for _, name := range x.Fields {
			if f.Name == name && f.Kind == store.Text {
				texts = append(texts, i)
			}
		}
	}
	return texts
}

// missing is the fault of a document that is not there.
func (t *table) missing(id string) error {
	return fault.New(fault.NotFound, "store.missing", "collection", t.layout.Spec.Name, "id", id)
}

// Insert adds a document; see store.Table. The driver repeats an insert whose answer was lost under the same number, so
// that the server answers again what it answered before: an insert is never a duplicate of itself.
func (t *table) Insert(ctx context.Context, id string, doc any) error {
	stored, err := t.encode(id, doc, 1)
	if err != nil {
		return err
	}
	return t.engine.bounded(ctx, func(ctx context.Context) error {
		_, err := t.docs.InsertOne(ctx, stored)
		return err
	})
}

// Get decodes a document; see store.Table.
func (t *table) Get(ctx context.Context, id string, doc any) (version int64, err error) {
	var raw bson.Raw
	err = t.engine.bounded(ctx, func(ctx context.Context) (err error) {
		raw, err = t.docs.FindOne(ctx, bson.D{{Key: fieldID, Value: id}}).Raw()
		if errors.Is(err, driver.ErrNoDocuments) {
			return t.missing(id)
		}
		return err
	})
	if err != nil {
		return 0, err
	}
	row, err := t.row(raw)
	if err != nil {
		return 0, err
	}
	return row.version, t.decode(row, doc)
}

// Replace writes a document where its version still is the given one; see store.Table. As with Insert a repetition by
// the driver is answered with what the first one did, never with a version that it raised itself.
func (t *table) Replace(ctx context.Context, id string, doc any, version int64) error {
	stored, err := t.encode(id, doc, version+1)
	if err != nil {
		return err
	}
	return t.engine.bounded(ctx, func(ctx context.Context) error {
		done, err := t.docs.ReplaceOne(ctx, bson.D{{Key: fieldID, Value: id}, {Key: fieldVersion, Value: version}}, stored)
		if err == nil && done.MatchedCount == 0 {
			return fault.New(fault.Conflict, "store.changed", "collection", t.layout.Spec.Name, "id", id)
		}
		return err
	})
}

// Delete removes a document; see store.Table.
func (t *table) Delete(ctx context.Context, id string) error {
	return t.engine.bounded(ctx, func(ctx context.Context) error {
		done, err := t.docs.DeleteOne(ctx, bson.D{{Key: fieldID, Value: id}})
		if err == nil && done.DeletedCount == 0 {
			return t.missing(id)
		}
		return err
	})
}

// encode makes the stored form of a document.
func (t *table) encode(id string, doc any, version int64) (bson.D, error) {
	values, err := t.layout.Values(doc)
	if err != nil {
		return nil, err
	}
	body, err := json.Marshal(doc)
	if err != nil {
		return nil, fmt.Errorf("encoding a document of %s: %w", t.layout.Spec.Name, err)
	}
	stored := bson.D{{Key: fieldID, Value: id}, {Key: fieldVersion, Value: version}}
	stored = append(stored, t.fieldsOf(values)...)
	return append(stored, bson.E{Key: fieldBody, Value: string(body)}), nil
}

// fieldsOf are the fields of a stored document that the indexes need.
func (t *table) fieldsOf(values []any) bson.D {
	fields := bson.D{{Key: fieldShape, Value: t.shape}}
	for i, value := range values {
		fields = put(fields, t.paths[i], kept(value))
	}
	in := bson.D{}
	for _, u := range t.uniques {
		if u.takes(values) {
			in = append(in, bson.E{Key: u.name, Value: true})
		}
	}
	if len(in) > 0 {
		fields = append(fields, bson.E{Key: fieldIn, Value: in})
	}
	return fields
}

func (u unique) takes(values []any) bool {
	for _, i := range u.texts {
		if values[i] == "" {
			return false
		}
	}
	return true
}

// put sets the value at a path; fields of one struct stand together.
func put(d bson.D, path []string, value any) bson.D {
	if len(path) == 1 {
		return append(d, bson.E{Key: path[0], Value: value})
	}
	for i, e := range d {
		if e.Key == path[0] {
			d[i].Value = put(e.Value.(bson.D), path[1:], value)
			return d
		}
	}
	return append(d, bson.E{Key: path[0], Value: put(nil, path[1:], value)})
}

// kept is a field's value as MongoDB keeps it: times as its dates, which are milliseconds too.
func kept(v any) any {
	if at, ok := v.(time.Time); ok {
		return bson.NewDateTimeFromTime(at)
	}
	return v
}

// found is one document of an answer.
type found struct {
	id      string
	version int64
	body    []byte
}

// row reads a stored document; the body is not copied.
func (t *table) row(raw bson.Raw) (found, error) {
	id, isText := raw.Lookup(fieldID).StringValueOK()
	version, isNumber := raw.Lookup(fieldVersion).AsInt64OK()
	body := raw.Lookup(fieldBody)
	if _, isBody := body.StringValueOK(); !isText || !isNumber || !isBody {
		return found{}, fmt.Errorf("document %v of %s was not written by this program", raw.Lookup(fieldID), t.layout.Spec.Name)
	}
	// A string is four bytes of length, the text and a zero.
	return found{id, version, body.Value[4 : len(body.Value)-1]}, nil
}

func (t *table) decode(row found, doc any) error {
	if err := json.Unmarshal(row.body, doc); err != nil {
		return fmt.Errorf("document %q of %s: %w", row.id, t.layout.Spec.Name, err)
	}
	store.CutTimes(doc)
	return nil
}
