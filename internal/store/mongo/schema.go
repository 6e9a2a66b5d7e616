package mongo

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	driver "go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"firebrand/internal/store"
)

// catalogue is the collection that remembers which indexes were built. It is how an index that was removed from outside is
// told from one that is new. Its name has a digit, which no other collection's has.
//
// Deleting an index's document here, with every process stopped, is the way to have it built again.
const catalogue = "indexes.v1"

// Begun reports whether a programme was ever opened in the database. It writes nothing, so that a mistyped name leaves
// nothing behind.
func (e *Engine) Begun(ctx context.Context) (begun bool, err error) {
	err = e.bounded(ctx, func(ctx context.Context) error {
		err := e.db.Collection(catalogue).FindOne(ctx, bson.D{}).Err()
		if errors.Is(err, driver.ErrNoDocuments) {
			return nil
		}
		begun = err == nil
		return err
	})
	return begun, err
}

// Name is the database's name.
func (e *Engine) Name() string { return e.db.Name() }

// built is one index in the catalogue.
type built struct {
	ID         string    `bson:"_id"`
	Collection string    `bson:"collection"`
	Name       string    `bson:"name"`
	Definition string    `bson:"definition"`
	At         time.Time `bson:"at"`
	// Left is since when a release has run that declares the index no longer and writes documents without its fields.
	Left *time.Time `bson:"left,omitempty"`
	// Going says that the index is being dropped and counts as one that was never built.
	Going bool `bson:"going"`
}

// schema makes or checks one collection's indexes. Nothing in it minds that other processes do the same at this moment.
type schema struct {
	table *table
	marks *driver.Collection
	// built are the indexes in the catalogue, stands the definitions of those on the collection, by name.
	built  map[string]built
	stands map[string]string
}

// prepare makes the collection's indexes, or checks those that stand there.
func (t *table) prepare(ctx context.Context) error {
	s := &schema{table: t, marks: t.engine.db.Collection(catalogue)}
	if err := s.look(ctx); err != nil {
		return err
	}
	var missing []store.Index
	for _, x := range t.layout.Spec.Indexes {
		if mark, known := s.built[x.Name]; !known || mark.Going {
			missing = append(missing, x)
		} else if err := s.check(x); err != nil {
			return err
		}
	}
	now, err := t.engine.Now(ctx)
	if err != nil {
		return err
	}
	if err := s.leave(ctx, now); err != nil {
		return err
	}
	return s.build(ctx, missing, now)
}

// look reads what stands there.
func (s *schema) look(ctx context.Context) error {
	if err := s.plain(ctx); err != nil {
		return err
	}
	cursor, err := s.marks.Find(ctx, bson.D{{Key: "collection", Value: s.table.layout.Spec.Name}})
	if err != nil {
		return failed(ctx, err)
	}
	var marks []built
	if err := cursor.All(ctx, &marks); err != nil {
		return failed(ctx, err)
	}
	s.built = map[string]built{}
	for _, m := range marks {
		s.built[m.Name] = m
	}
	s.stands, err = s.list(ctx)
	return err
}

// plain refuses a collection that does not keep documents as this room needs them: one with a collation would compare
// texts otherwise than by their bytes, and a capped one would forget.
func (s *schema) plain(ctx context.Context) error {
	name := s.table.layout.Spec.Name
	all, err := s.table.engine.db.ListCollectionSpecifications(ctx, bson.D{{Key: "name", Value: name}})
	if err != nil {
		return failed(ctx, err)
	}
	for _, c := range all {
		for _, option := range []string{"collation", "capped", "viewOn", "timeseries", "expireAfterSeconds"} {
			v, err := c.Options.LookupErr(option)
			if off, isBool := v.BooleanOK(); err != nil || isBool && !off {
				continue
			}
			return fmt.Errorf("collection %q was made with the option %s and cannot be used", name, option)
		}
	}
	return nil
}

// list reads the collection's indexes.
func (s *schema) list(ctx context.Context) (map[string]string, error) {
	cursor, err := s.table.docs.Indexes().List(ctx)
	if hasCode(err, codeNamespaceNotFound) {
		return map[string]string{}, nil
	}
	if err != nil {
		return nil, failed(ctx, err)
	}
	var all []bson.Raw
	if err := cursor.All(ctx, &all); err != nil {
		return nil, failed(ctx, err)
	}
	stands := map[string]string{}
	for _, raw := range all {
		stands[raw.Lookup("name").StringValue()] = described(raw)
	}
	return stands, nil
}

// check compares an index with its declaration.
func (s *schema) check(x store.Index) error {
	want := s.table.definition(x)
	stands, there := s.stands[x.Name]
	if !there {
		return fmt.Errorf("index %q of collection %q is missing: it was removed from outside",
			x.Name, s.table.layout.Spec.Name)
	}
	if stands == want {
		// The database does not say of which kind the values are.
		stands, want = s.built[x.Name].Definition, s.table.declaration(x)
	}
	if stands != want {
		return fmt.Errorf("index %q of collection %q differs from its declaration: stands %s, declared %s",
			x.Name, s.table.layout.Spec.Name, stands, want)
	}
	return nil
}

// settle is how long after an index was built each start fills documents again: a process of the release before may have
// written some without the new fields while it was on its way out.
const settle = 24 * time.Hour

// build makes the indexes that are declared for the first time, over the documents that are already there. An index over
// fields that are filled tells of duplicates. One that was left for a while lacks what was written meanwhile, and is as a
// new one.
func (s *schema) build(ctx context.Context, missing []store.Index, now time.Time) error {
	young := len(missing) > 0
	var back []built
	for name, mark := range s.built {
		if mark.Left != nil && s.declares(name) {
			back = append(back, mark)
		}
		young = young || now.Sub(mark.At) < settle
	}
	if young || len(back) > 0 {
		if err := s.table.fill(ctx); err != nil {
			return err
		}
	}
	for _, mark := range back {
		change := bson.D{
			{Key: "$set", Value: bson.D{{Key: "at", Value: now}}}, {Key: "$unset", Value: bson.D{{Key: "left", Value: ""}}},
		}
		if _, err := s.marks.UpdateOne(ctx, bson.D{{Key: fieldID, Value: mark.ID}}, change); err != nil {
			return failed(ctx, err)
		}
	}
	for _, x := range missing {
		if err := s.make(ctx, x, now); err != nil {
			return err
		}
	}
	return nil
}

func (s *schema) make(ctx context.Context, x store.Index, now time.Time) error {
	name := s.table.layout.Spec.Name
	definition := s.table.definition(x)
	if stands, there := s.stands[x.Name]; there && stands != definition {
		return fmt.Errorf("index %q of collection %q was made by another program: stands %s, declared %s",
			x.Name, name, stands, definition)
	}
	opts := options.Index().SetName(x.Name)
	if x.Unique {
		opts.SetUnique(true)
		if !s.table.engine.ferret {
			opts.SetPartialFilterExpression(bson.D{{Key: fieldIn + "." + x.Name, Value: true}})
		}
	}
	creation := options.CreateIndexes()
	if s.table.engine.replicated {
		// The server would wait for every member else, and so no process could start while one is away.
		creation.SetCommitQuorumMajority()
	}
	_, err := s.table.docs.Indexes().CreateOne(ctx, driver.IndexModel{Keys: s.table.keys(x), Options: opts}, creation)
	if err != nil {
		return fmt.Errorf("building index %q of collection %q: %w", x.Name, name, failed(ctx, err))
	}
	_, err = s.marks.InsertOne(ctx, built{
		ID: name + "/" + x.Name, Collection: name, Name: x.Name, Definition: s.table.declaration(x), At: now,
	})
	if driver.IsDuplicateKeyError(err) {
		return nil // another process built it at the same time
	}
	return failed(ctx, err)
}

// keys are an index's keys: its fields, then the id, so that equal documents are read in its order. A unique index ends
// with the mark of the documents that are in it. It is partial to those; and where a server knows no partial indexes but
// takes no two absent values for the same, the mark keeps the others apart.
func (t *table) keys(x store.Index) bson.D {
	keys := bson.D{}
	for _, name := range x.Fields {
		keys = append(keys, bson.E{Key: name, Value: 1})
	}
	if x.Unique {
		return append(keys, bson.E{Key: fieldIn + "." + x.Name, Value: 1})
	}
	return append(keys, bson.E{Key: fieldID, Value: 1})
}

// definition is an index as described writes it.
func (t *table) definition(x store.Index) string {
	var parts []string
	for _, key := range t.keys(x) {
		parts = append(parts, key.Key+" 1")
	}
	if !x.Unique {
		return strings.Join(parts, ", ")
	}
	parts = append(parts, "unique")
	if !t.engine.ferret {
		parts = append(parts, "where "+fieldIn+"."+x.Name)
	}
	return strings.Join(parts, ", ")
}

// described writes what listIndexes says of an index, whatever version says it: numbers of any type, and of the options
// those that change what the index holds or who may use it.
func described(raw bson.Raw) string {
	var parts []string
	if keys, isDocument := raw.Lookup("key").DocumentOK(); isDocument {
		elements, _ := keys.Elements()
		for _, key := range elements {
			parts = append(parts, key.Key()+" "+number(key.Value()))
		}
	}
	if isSet(raw, "unique") {
		parts = append(parts, "unique")
	}
	if filter, isDocument := raw.Lookup("partialFilterExpression").DocumentOK(); isDocument {
		parts = append(parts, "where "+condition(filter))
	}
	for _, option := range []string{"sparse", "hidden", "prepareUnique", "expireAfterSeconds", "collation"} {
		if isSet(raw, option) {
			parts = append(parts, option)
		}
	}
	return strings.Join(parts, ", ")
}

// isSet reports whether an option is there and is not false.
func isSet(raw bson.Raw, option string) bool {
	v, err := raw.LookupErr(option)
	set, isBool := v.BooleanOK()
	return err == nil && (set || !isBool)
}

func number(v bson.RawValue) string {
	if n, isNumber := v.AsInt64OK(); isNumber {
		return fmt.Sprint(n)
	}
	return v.String() // "hashed", "text"
}

// condition writes a filter of one mark by its name, and any other as it is.
func condition(filter bson.Raw) string {
	if elements, err := filter.Elements(); err == nil && len(elements) == 1 {
		if in, isBool := elements[0].Value().BooleanOK(); isBool && in {
			return elements[0].Key()
		}
	}
	return filter.String()
}

// kindNames are the kinds as the catalogue writes them.
var kindNames = map[store.Kind]string{
	store.Text: "text", store.Bool: "bool", store.Int: "int", store.Time: "time", store.Texts: "texts",
}

// declaration is an index as the catalogue remembers it: its definition and the kinds of its fields.
func (t *table) declaration(x store.Index) string {
	var kinds []string
	for _, f := range t.layout.FieldsOf(x.Name) {
		kinds = append(kinds, kindNames[f.Kind])
	}
	return t.definition(x) + " (" + strings.Join(kinds, ", ") + ")"
}

// declarations are all of a table's indexes, in the order of their declaration.
func (t *table) declarations() string {
	var all []string
	for _, x := range t.layout.Spec.Indexes {
		all = append(all, x.Name+": "+t.declaration(x))
	}
	return strings.Join(all, "; ")
}

// shapeOf is a short name for declarations.
func shapeOf(declarations string) string {
	sum := sha256.Sum256([]byte(declarations))
	return hex.EncodeToString(sum[:4])
}
