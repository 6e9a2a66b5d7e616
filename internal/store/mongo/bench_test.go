package mongo_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	driver "go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"go.mongodb.org/mongo-driver/v2/mongo/writeconcern"

	"firebrand/internal/store"
	"firebrand/internal/store/mongo"
	"firebrand/internal/testenv"
)

// entry is shaped like a record of a stream: 1.5 KB, its place as id, a unique key and one more index by time.
type entry struct {
	Stream string    `json:"stream" bson:"stream"`
	Seq    int64     `json:"seq" bson:"seq"`
	Key    string    `json:"key" bson:"key"`
	At     time.Time `json:"at" bson:"at"`
	Body   string    `json:"body" bson:"body"`
}

var entries = store.Spec{Name: "entries", Indexes: []store.Index{
	{Name: "by_key", Fields: []string{"stream", "key"}, Unique: true},
	{Name: "by_time", Fields: []string{"at"}},
}}

var filler = strings.Repeat("x", 1380)

func newEntry(seq int64) entry {
	return entry{"stream", seq, fmt.Sprintf("key-%d", seq), time.UnixMilli(1790000000000 + seq).UTC(), filler}
}

func idOf(e entry) string { return fmt.Sprintf("%s/%012d", e.Stream, e.Seq) }

// BenchmarkAppend is one durable insert by the engine, and beside it the same by the driver alone: as few fields as it
// takes, the same indexes and concerns. Over FerretDB both figures are FerretDB's.
func BenchmarkAppend(b *testing.B) {
	b.Run("engine", func(b *testing.B) {
		uri, _ := testenv.Mongo(b)
		e, err := mongo.Open(b.Context(), uri, mongo.Options{})
		if err != nil {
			b.Fatal(err)
		}
		defer e.Close()
		c, err := store.OpenCollection[entry](b.Context(), e, entries)
		if err != nil {
			b.Fatal(err)
		}
		timed(b, func(ctx context.Context, next entry) error { return c.Insert(ctx, idOf(next), next) })
	})
	b.Run("bare driver", func(b *testing.B) {
		uri, _ := testenv.Mongo(b)
		journaled := true
		client, err := driver.Connect(options.Client().ApplyURI(uri).SetWriteConcern(
			&writeconcern.WriteConcern{W: writeconcern.WCMajority, Journal: &journaled}))
		if err != nil {
			b.Fatal(err)
		}
		defer func() { _ = client.Disconnect(context.Background()) }()
		c := client.Database(mongo.DatabaseOf(uri)).Collection("bare")
		_, err = c.Indexes().CreateMany(b.Context(), []driver.IndexModel{
			{Keys: bson.D{{Key: "stream", Value: 1}, {Key: "key", Value: 1}}, Options: options.Index().SetUnique(true)},
			{Keys: bson.D{{Key: "at", Value: 1}, {Key: "_id", Value: 1}}},
		})
		if err != nil {
			b.Fatal(err)
		}
		timed(b, func(ctx context.Context, next entry) error {
			_, err := c.InsertOne(ctx, bson.D{
				{Key: "_id", Value: idOf(next)}, {Key: "stream", Value: next.Stream}, {Key: "seq", Value: next.Seq},
				{Key: "key", Value: next.Key}, {Key: "at", Value: next.At}, {Key: "body", Value: next.Body},
			})
			return err
		})
	})
}

// timed inserts b.N entries one after another and reports the microseconds of one.
func timed(b *testing.B, insert func(context.Context, entry) error) {
	b.ResetTimer()
	for n := range b.N {
		if err := insert(b.Context(), newEntry(int64(n+1))); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N), "µs/append")
}
