package mongo_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	driver "go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"firebrand/internal/fault"
	"firebrand/internal/store"
	"firebrand/internal/store/mongo"
	"firebrand/internal/testenv"
)

// openParcels opens an engine of its own and the collection of parcels.
func openParcels(t *testing.T, uri string) (*store.Collection[parcel], error) {
	t.Helper()
	e, err := open(t.Context(), uri)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.Close() })
	return store.OpenCollection[parcel](t.Context(), e, parcels)
}

func TestSchema(t *testing.T) {
	s := testenv.MongoDB(t)
	t.Run("several processes may open a new collection at once", func(t *testing.T) {
		uri := s.Database()
		opened := make(chan error, 4)
		for range cap(opened) {
			go func() {
				_, err := openParcels(t, uri)
				opened <- err
			}()
		}
		for range cap(opened) {
			if err := <-opened; err != nil {
				t.Error(err)
			}
		}
	})
	t.Run("an index that was removed is built again once the catalogue forgets it", func(t *testing.T) {
		uri := s.Database()
		c, err := openParcels(t, uri)
		if err == nil {
			err = c.Insert(t.Context(), "p", parcel{Owner: "o", Code: "c", Tags: []string{"t"}})
		}
		if err != nil {
			t.Fatal(err)
		}
		dropIndex(t, uri, "parcels", "by_code")
		if _, err := openParcels(t, uri); err == nil {
			t.Fatal("it opened without its index")
		}
		raw(t, uri, func(ctx context.Context, db *driver.Database) error {
			_, err := db.Collection("indexes.v1").DeleteOne(ctx, bson.D{{Key: "name", Value: "by_code"}})
			return err
		})
		if c, err = openParcels(t, uri); err != nil {
			t.Fatal(err)
		}
		err = c.Insert(t.Context(), "q", parcel{Owner: "o", Code: "c"})
		expect(t, err, fault.Conflict, "store.duplicate")
	})
	testOtherRelease(t, s)
	testReleaseBefore(t, s)
	testForeign(t, s)
}

func testOtherRelease(t *testing.T, s *testenv.MongoServer) {
	t.Run("what a process of another release wrote meanwhile is found after the next start", func(t *testing.T) {
		uri := s.Database()
		c, err := openParcels(t, uri)
		if err == nil {
			err = c.Insert(t.Context(), "p", parcel{Owner: "o", Code: "c", Tags: []string{"t"}})
		}
		if err != nil {
			t.Fatal(err)
		}
		raw(t, uri, func(ctx context.Context, db *driver.Database) error {
			fields := bson.D{{Key: "owner", Value: ""}, {Key: "code", Value: ""}, {Key: "tags", Value: ""},
				{Key: "_in", Value: ""}, {Key: "_shape", Value: ""}}
			_, err := db.Collection("parcels").UpdateOne(ctx, bson.D{}, bson.D{{Key: "$unset", Value: fields}})
			return err
		})
		if c, err = openParcels(t, uri); err != nil {
			t.Fatal(err)
		}
		for _, q := range []store.Query{{Index: "by_code", Equal: []any{"o", "c"}}, {Index: "by_tag", Equal: []any{"t"}}} {
			if found, err := c.Find(t.Context(), q); err != nil || len(found) != 1 {
				t.Errorf("by %s: %v, %v", q.Index, found, err)
			}
		}
	})
}

// testReleaseBefore holds that both releases of a rolling upgrade find what they ask for.
func testReleaseBefore(t *testing.T, s *testenv.MongoServer) {
	t.Run("a process of the release before asks on by an index that this one declares no longer", func(t *testing.T) {
		uri := s.Database()
		before, err := openParcels(t, uri)
		if err == nil {
			err = before.Insert(t.Context(), "p", parcel{Owner: "o", Code: "c", Tags: []string{"t"}})
		}
		if err != nil {
			t.Fatal(err)
		}
		e, err := open(t.Context(), uri)
		if err != nil {
			t.Fatal(err)
		}
		defer e.Close() //nolint:errcheck // only read
		now := parcels
		now.Indexes = parcels.Indexes[:2]
		if _, err := store.OpenCollection[parcel](t.Context(), e, now); err != nil {
			t.Fatal(err)
		}
		found, err := before.Find(t.Context(), store.Query{Index: "by_tag", Equal: []any{"t"}})
		if err != nil || len(found) != 1 || !slices.Contains(indexes(t, uri, "parcels"), "by_tag") {
			t.Errorf("got %v, %v of the indexes %v", found, err, indexes(t, uri, "parcels"))
		}
		if err := e.DropUnused(t.Context()); err != nil || slices.Contains(indexes(t, uri, "parcels"), "by_tag") {
			t.Errorf("got %v, and there are %v", err, indexes(t, uri, "parcels"))
		}
	})
}

// indexes are the names of a collection's indexes.
func indexes(t *testing.T, uri, collection string) (names []string) {
	t.Helper()
	raw(t, uri, func(ctx context.Context, db *driver.Database) error {
		all, err := db.Collection(collection).Indexes().ListSpecifications(ctx)
		for _, x := range all {
			names = append(names, x.Name)
		}
		return err
	})
	return names
}

// testForeign holds what somebody else has done to the database.
func testForeign(t *testing.T, s *testenv.MongoServer) {
	t.Run("an index of that name that is another program's is not taken over", func(t *testing.T) {
		uri := s.Database()
		raw(t, uri, func(ctx context.Context, db *driver.Database) error {
			_, err := db.Collection("parcels").Indexes().CreateOne(ctx, driver.IndexModel{
				Keys: bson.D{{Key: "owner", Value: 1}}, Options: options.Index().SetName("by_rank"),
			})
			return err
		})
		if _, err := openParcels(t, uri); err == nil || !strings.Contains(err.Error(), `"by_rank"`) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("an operator's own index is left alone", func(t *testing.T) {
		uri := s.Database()
		raw(t, uri, func(ctx context.Context, db *driver.Database) error {
			_, err := db.Collection("parcels").Indexes().CreateOne(ctx, driver.IndexModel{
				Keys: bson.D{{Key: "at", Value: -1}}, Options: options.Index().SetName("mine"),
			})
			return err
		})
		for range 2 {
			if _, err := openParcels(t, uri); err != nil {
				t.Fatal(err)
			}
		}
		dropIndex(t, uri, "parcels", "mine")
	})
	t.Run("a collection that forgets is refused", func(t *testing.T) {
		uri := s.Database()
		raw(t, uri, func(ctx context.Context, db *driver.Database) error {
			return db.CreateCollection(ctx, "parcels", options.CreateCollection().SetCapped(true).SetSizeInBytes(1<<20))
		})
		if _, err := openParcels(t, uri); err == nil || !strings.Contains(err.Error(), "capped") {
			t.Errorf("got %v", err)
		}
	})
}

// raw does something to the database behind the engine's back.
func raw(t *testing.T, uri string, do func(context.Context, *driver.Database) error) {
	t.Helper()
	behind(t, uri, mongo.DatabaseOf(uri), func(db *driver.Database) error { return do(t.Context(), db) })
}

func TestOpening(t *testing.T) {
	for uri, want := range map[string]string{
		"mongodb://h": "", "mongodb://h/": "", "mongodb://h/?replicaSet=r": "", "mongodb://h/%zz": "",
		"mongodb://u:p%2F@h:1,i:2/shop?tls=true": "shop", "mongodb+srv://h/a%2Db": "a-b",
	} {
		if got := mongo.DatabaseOf(uri); got != want {
			t.Errorf("%s names %q, want %q", uri, got, want)
		}
	}
	for _, uri := range []string{"", "http://h", "mongodb://", "mongodb://h/?w=x&maxPoolSize=y"} {
		if _, err := mongo.Open(t.Context(), uri, mongo.Options{}); err == nil || fault.As(err) != nil {
			t.Errorf("%q: got %v, want a plain error", uri, err)
		}
	}
	t.Run("a uri without a database is refused with an example of one, and nothing is asked", func(t *testing.T) {
		for _, uri := range []string{"mongodb://127.0.0.1:1", "mongodb://127.0.0.1:1/", "mongodb://127.0.0.1:1/?replicaSet=rs0"} {
			_, err := mongo.Open(t.Context(), uri, mongo.Options{})
			if err == nil || fault.As(err) != nil || !strings.Contains(err.Error(), "names no database; its path does, as in mongodb://db:27017/programme") {
				t.Errorf("%s: got %v", uri, err)
			}
		}
	})
	t.Run("a server that does not answer is unavailable, in time", func(t *testing.T) {
		began := time.Now()
		// Port 1 is reserved, and nobody listens there.
		_, err := mongo.Open(t.Context(), "mongodb://127.0.0.1:1/shop", mongo.Options{Answer: time.Second})
		expect(t, err, fault.Unavailable, "store.down")
		if took := time.Since(began); took > 20*time.Second { // the driver itself would take 30 s
			t.Errorf("it took %v", took)
		}
	})
	t.Run("a caller whose time is over is told so, not that the store is down", func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
		defer cancel()
		_, err := mongo.Open(ctx, "mongodb://127.0.0.1:1/shop", mongo.Options{})
		expect(t, err, fault.Unavailable, "store.busy")
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
	})
}
