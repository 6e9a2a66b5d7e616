package mongo_test

import (
	"context"
	"os"
	"os/exec"
	"testing"

	driver "go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"firebrand/internal/store"
	"firebrand/internal/store/mongo"
	"firebrand/internal/store/storetest"
	"firebrand/internal/testenv"
)

func open(ctx context.Context, uri string) (store.Engine, error) {
	e, err := mongo.Open(ctx, uri, mongo.Options{})
	if err != nil {
		return nil, err
	}
	return e, nil
}

func TestMain(m *testing.M) {
	storetest.RunChild(open)
	os.Exit(m.Run())
}

func TestContract(t *testing.T) {
	s := testenv.MongoDB(t)
	t.Logf("held against %s", s.Says)
	tellUnseen(t, s)
	small := map[string]string{} // the URIs of the small disks, by the data that was to be filled
	h := storetest.Harness{
		Data: func(testing.TB) string { return s.Database() },
		Open: func(ctx context.Context, data string) (store.Engine, error) {
			if uri, is := small[data]; is {
				data = uri
			}
			return open(ctx, data)
		},
		DropIndex: dropIndex,
		Child:     func() *exec.Cmd { return exec.Command(os.Args[0]) },
		Skip:      leaveOut,
	}
	if !s.Genuine {
		h.Full = func(t testing.TB, data string) (store.Engine, func()) {
			small[data] = testenv.StartFerret(t, 1024)
			return full(t, small[data])
		}
	}
	storetest.Run(t, h)
}

// leaveOut names what no MongoDB at hand can show; a genuine one's disk is not filled by a test.
func leaveOut(t testing.TB, reason string) {
	t.Helper()
	t.Skip(reason)
}

// unseen is what only a genuine MongoDB shows, and so what a run against a look-alike leaves open.
var unseen = []string{
	"writes by many at the same instant: the proxy lets one message through at a time, since FerretDB loses updates that meet",
	"majority and journaled writes, majority reads: FerretDB takes the words and does nothing for them",
	"retryable writes, which need sessions and their numbers: through FerretDB a lost answer is told to the caller",
	"an election, and a primary that steps down in the middle of a write: the proxy's cut stands in for it",
	"partial unique indexes: FerretDB has none, there the documents outside are told apart by the absent mark",
	"hints, plans without a sort, and indexes that are built while others write: FerretDB reads whole collections",
	"a sharded cluster, TLS, and credentials",
}

func tellUnseen(t *testing.T, s *testenv.MongoServer) {
	if s.Genuine {
		return
	}
	for _, what := range unseen {
		t.Logf("only a genuine MongoDB shows: %s", what)
	}
}

// behind does something to the database behind the engine's back.
func behind(t testing.TB, uri, database string, do func(*driver.Database) error) {
	t.Helper()
	client, err := driver.Connect(options.Client().ApplyURI(uri))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = client.Disconnect(context.Background()) }()
	if err := do(client.Database(database)); err != nil {
		t.Fatal(err)
	}
}

func dropIndex(t testing.TB, uri, collection, index string) {
	t.Helper()
	behind(t, uri, mongo.DatabaseOf(uri), func(db *driver.Database) error {
		return db.Collection(collection).Indexes().DropOne(t.Context(), index)
	})
}

// full opens an engine over a small disk, with some ballast on it that can be dropped.
func full(t testing.TB, uri string) (store.Engine, func()) {
	t.Helper()
	e, err := open(t.Context(), uri)
	if err != nil {
		t.Fatal(err)
	}
	ballast, err := store.OpenCollection[[]byte](t.Context(), e, store.Spec{Name: "ballast"})
	if err == nil {
		err = ballast.Insert(t.Context(), "ballast", make([]byte, 512<<10))
	}
	if err != nil {
		t.Fatal(err)
	}
	return e, func() {
		if err := ballast.Delete(t.Context(), "ballast"); err != nil {
			t.Fatal(err)
		}
	}
}
