package mongo

import (
	"context"
	"fmt"
	"reflect"

	"go.mongodb.org/mongo-driver/v2/bson"
	driver "go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"firebrand/internal/fault"
)

const (
	// fillPage is how many documents are held in memory and changed at once while their fields are filled; some are
	// pictures of megabytes.
	fillPage = 20
	// fillPasses bounds how often fill begins again because documents changed under it.
	fillPasses = 20
)

// fill writes the fields of the declared indexes into every document that was written by another declaration, from its
// body. A document that changes meanwhile is left to the next pass.
func (t *table) fill(ctx context.Context) error {
	for range fillPasses {
		settled, err := t.fillPass(ctx)
		if settled || err != nil {
			return err
		}
	}
	return fault.New(fault.Unavailable, "store.busy").Because(
		fmt.Errorf("the documents of %s change faster than their fields are filled", t.layout.Spec.Name))
}

// fillPass goes once through the collection; settled says that nothing changed under it.
func (t *table) fillPass(ctx context.Context) (settled bool, err error) {
	settled = true
	last := bson.D{}
	for {
		page, err := t.others(ctx, last)
		if err != nil || len(page) == 0 {
			return settled, err
		}
		var changes []driver.WriteModel
		for _, row := range page {
			change, err := t.filling(row)
			if err != nil {
				return false, err
			}
			changes = append(changes, change)
		}
		done, err := t.docs.BulkWrite(ctx, changes, options.BulkWrite().SetOrdered(false))
		if err != nil {
			return false, fmt.Errorf("filling the fields of collection %q: %w", t.layout.Spec.Name, failed(ctx, err))
		}
		settled = settled && int(done.MatchedCount) == len(page)
		last = bson.D{{Key: "$gt", Value: page[len(page)-1].id}}
	}
}

// others are the next documents of another declaration.
func (t *table) others(ctx context.Context, last bson.D) ([]found, error) {
	filter := bson.D{{Key: fieldShape, Value: bson.D{{Key: "$ne", Value: t.shape}}}}
	if len(last) > 0 {
		filter = append(filter, bson.E{Key: fieldID, Value: last})
	}
	opts := options.Find().SetSort(bson.D{{Key: fieldID, Value: 1}}).SetLimit(fillPage).SetBatchSize(fillPage)
	cursor, err := t.docs.Find(ctx, filter, opts)
	if err != nil {
		return nil, failed(ctx, err)
	}
	var documents []bson.Raw
	if err := cursor.All(ctx, &documents); err != nil {
		return nil, failed(ctx, err)
	}
	rows := make([]found, len(documents))
	for i, raw := range documents {
		if rows[i], err = t.row(raw); err != nil {
			return nil, err
		}
	}
	return rows, nil
}

// filling is the change that gives one document its fields, where it still is what was read. Its version stays: nobody
// who reads it sees another document.
func (t *table) filling(row found) (driver.WriteModel, error) {
	doc := reflect.New(t.layout.Spec.Type)
	if err := t.decode(row, doc.Interface()); err != nil {
		return nil, err
	}
	values, err := t.layout.Values(doc.Elem().Interface())
	if err != nil {
		return nil, err
	}
	fields := t.fieldsOf(values)
	change := bson.D{{Key: "$set", Value: fields}}
	if fields[len(fields)-1].Key != fieldIn {
		change = append(change, bson.E{Key: "$unset", Value: bson.D{{Key: fieldIn, Value: ""}}})
	}
	same := bson.D{{Key: fieldID, Value: row.id}}
	if !t.engine.ferret {
		same = append(same, bson.E{Key: fieldVersion, Value: row.version})
	}
	return driver.NewUpdateOneModel().SetFilter(same).SetUpdate(change), nil
}
