// Package mongo keeps collections in a MongoDB, 4.4 or newer: the store that any number of processes share.
//
// The rule that matters most: a write counts only when a majority of the replica set has it in its journal, and truth is
// read from the primary as the majority has it. Whoever asks waits a bounded time and is then told fault.Unavailable; a
// write so answered may have happened, which is why every write above this room can be repeated.
//
// A document is kept as the JSON that the embedded store keeps, in _body, so that every type that a room stores comes
// back the same from both. Beside it stand the fields of the declared indexes, each by its json name and in a type of the
// database's own: a collection can be sharded by one of them, as the journal's families are by "stream".
package mongo

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"sync"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	driver "go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"go.mongodb.org/mongo-driver/v2/mongo/readconcern"
	"go.mongodb.org/mongo-driver/v2/mongo/readpref"
	"go.mongodb.org/mongo-driver/v2/mongo/writeconcern"

	"firebrand/internal/fault"
	"firebrand/internal/store"
)

const (
	// defaultAnswer outlasts a planned change of the primary, which takes a second or two, and is short enough for a person
	// to be told before they turn away.
	defaultAnswer = 5 * time.Second
	// minWire is the protocol of MongoDB 4.4, the oldest that it was tried on.
	minWire = 9
)

// Options of an engine; the zero value is right.
type Options struct {
	// Answer is how long one question or write may take, a change of the primary included, before it is answered with
	// fault.Unavailable ("store.down"). Zero is five seconds. Building an index takes as long as it takes.
	Answer time.Duration
}

// Engine is a store.Engine over one database.
type Engine struct {
	client *driver.Client
	db     *driver.Database
	answer time.Duration
	// ferret says that the server is FerretDB 1, which tests use: it knows no partial indexes (see table.keys), and reads the
	// whole collection for every document that is not asked for by its id alone (see table.filling).
	ferret bool
	// replicated says that there are replicas, of one set or of each shard.
	replicated bool

	mu sync.Mutex
	// declared holds the declarations of each collection that was opened.
	declared map[string]string
	// unused are the indexes that these declare no longer, by their ids in the catalogue.
	unused  map[string]built
	closing sync.Once
	closed  error
}

// Open connects to the MongoDB that uri names (mongodb:// or mongodb+srv://, with whatever credentials, TLS, compression
// and pool it asks for) and waits for its primary. The concerns of reads and writes, retryable writes and the
// time of one answer are this room's and override the URI's. It fails with fault.Unavailable ("store.down") where no primary
// answers in time, also where the URI connects directly to a server that is none; a wrong uri, one that names no database,
// or a server older than 4.4 is a plain error.
func Open(ctx context.Context, uri string, o Options) (*Engine, error) {
	opts, err := clientOptions(uri)
	if err != nil {
		return nil, err
	}
	name := databaseOf(uri)
	if name == "" {
		return nil, errors.New("mongo uri: it names no database; its path does, as in mongodb://db:27017/programme?replicaSet=rs0")
	}
	e := &Engine{answer: o.Answer, declared: map[string]string{}, unused: map[string]built{}}
	if e.answer <= 0 {
		e.answer = defaultAnswer
	}
	if e.client, err = driver.Connect(opts); err != nil {
		return nil, fmt.Errorf("mongo uri: %w", err)
	}
	e.db = e.client.Database(name)
	if err := e.meet(ctx); err != nil {
		_ = e.Close()
		return nil, err
	}
	return e, nil
}

// clientOptions are the URI's, with what this room must have and, where the URI says nothing, with waits that end.
func clientOptions(uri string) (*options.ClientOptions, error) {
	opts := options.Client().ApplyURI(uri)
	if err := opts.Validate(); err != nil {
		return nil, fmt.Errorf("mongo uri: %w", err)
	}
	opts.SetWriteConcern(durable()).SetReadConcern(readconcern.Majority()).SetReadPreference(readpref.Primary())
	opts.SetRetryWrites(true).SetRetryReads(true)
	opts.Timeout = nil // it would end the building of an index; answers have their own bound
	if opts.ConnectTimeout == nil {
		opts.SetConnectTimeout(defaultAnswer)
	}
	if opts.ServerSelectionTimeout == nil {
		opts.SetServerSelectionTimeout(defaultAnswer)
	}
	if opts.HeartbeatInterval == nil {
		opts.SetHeartbeatInterval(defaultAnswer)
	}
	if opts.AppName == nil {
		opts.SetAppName("firebrand")
	}
	return opts, nil
}

// durable is acknowledged by a majority that has the write in its journal.
func durable() *writeconcern.WriteConcern {
	journaled := true
	return &writeconcern.WriteConcern{W: writeconcern.WCMajority, Journal: &journaled}
}

// databaseOf is the database in the URI's path, empty where it names none: one that was forgotten must not lead two
// programmes into one database. Neither credentials nor hosts can hold a slash that is not escaped.
func databaseOf(uri string) string {
	_, rest, _ := strings.Cut(uri, "://")
	rest, _, _ = strings.Cut(rest, "?")
	_, path, _ := strings.Cut(rest, "/")
	name, err := url.PathUnescape(path)
	if err != nil {
		return ""
	}
	return name
}

// greeting is what the primary says of itself.
type greeting struct {
	LocalTime time.Time `bson:"localTime"`
	Wire      int       `bson:"maxWireVersion"`
	// Writable is true of a primary, a server without a set, and a cluster's router.
	Writable bool `bson:"isWritablePrimary"`
	// Set is the replica set's name; Says is "isdbgrid" of a cluster's router.
	Set  string `bson:"setName"`
	Says string `bson:"msg"`
}

// meet asks the primary what it is.
func (e *Engine) meet(ctx context.Context) error {
	hello, err := e.hello(ctx)
	if err != nil {
		return err
	}
	if hello.Wire < minWire {
		return fmt.Errorf("the MongoDB is older than 4.4 (wire version %d)", hello.Wire)
	}
	info, err := e.run(ctx, bson.D{{Key: "buildInfo", Value: 1}})
	if err != nil {
		return err
	}
	_, err = info.LookupErr("ferretdbVersion")
	e.ferret = err == nil
	e.replicated = hello.Set != "" || hello.Says == "isdbgrid"
	return nil
}

// hello fails where no primary answers. A URI that connects directly to one server makes the driver take any for a primary,
// one that has stepped down included: its reads would be old, and its refusals to write come one by one.
func (e *Engine) hello(ctx context.Context) (greeting, error) {
	var g greeting
	raw, err := e.run(ctx, bson.D{{Key: "hello", Value: 1}})
	if err != nil {
		return g, err
	}
	if err := bson.Unmarshal(raw, &g); err != nil {
		return g, err
	}
	return g, primary(g)
}

func primary(g greeting) error {
	if !g.Writable {
		return down(errors.New("the server that the uri connects to directly is not the primary"))
	}
	return nil
}

// run asks the primary one command.
func (e *Engine) run(ctx context.Context, command bson.D) (bson.Raw, error) {
	var raw bson.Raw
	err := e.bounded(ctx, func(ctx context.Context) (err error) {
		raw, err = e.db.RunCommand(ctx, command).Raw()
		return err
	})
	return raw, err
}

// bounded runs one request, for as long as an answer may take, and turns its error into a fault. Within that time the
// driver repeats what is safe to repeat: reads, and writes that the server knows again by their number.
func (e *Engine) bounded(ctx context.Context, ask func(context.Context) error) error {
	if ctx.Err() != nil {
		return busy(ctx)
	}
	within, cancel := context.WithTimeout(ctx, e.answer)
	defer cancel()
	return failed(ctx, ask(within))
}

// Open makes or checks a collection; see store.Engine. A second Open of one collection must declare it as the first did.
// Several processes may open the same collection at once.
func (e *Engine) Open(ctx context.Context, spec store.Spec) (store.Table, error) {
	layout, err := store.NewLayout(spec)
	if err != nil {
		return nil, err
	}
	t, err := newTable(e, layout)
	if err != nil {
		return nil, err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if err := e.declare(ctx, t); err != nil {
		return nil, fmt.Errorf("opening collection %s: %w", spec.Name, err)
	}
	return t, nil
}

func (e *Engine) declare(ctx context.Context, t *table) error {
	name, declarations := t.layout.Spec.Name, t.declarations()
	if before, again := e.declared[name]; again {
		if before != declarations {
			return fmt.Errorf("it is open with other indexes already")
		}
		return nil // made and checked when it was opened first
	}
	err := t.prepare(ctx)
	if err == nil {
		e.declared[name] = declarations
	}
	return err
}

// Alone is false: other processes write too.
func (e *Engine) Alone() bool { return false }

// Now is the primary's clock, to the millisecond.
func (e *Engine) Now(ctx context.Context) (time.Time, error) {
	hello, err := e.hello(ctx)
	return hello.LocalTime.UTC(), err
}

// Ping reports whether a primary answers.
func (e *Engine) Ping(ctx context.Context) error {
	_, err := e.hello(ctx)
	return err
}

// Close waits for the requests under way, as long as one may take, and ends the connections. Calls after it fail with
// fault.Unavailable.
func (e *Engine) Close() error {
	e.closing.Do(func() {
		ctx, cancel := context.WithTimeout(context.Background(), e.answer)
		defer cancel()
		e.closed = e.client.Disconnect(ctx)
	})
	return e.closed
}

// down is the fault of a database that does not answer.
func down(cause error) error {
	return fault.New(fault.Unavailable, "store.down").Because(cause)
}

// busy is the fault of a caller whose context ended first.
func busy(ctx context.Context) error {
	return fault.New(fault.Unavailable, "store.busy").Because(context.Cause(ctx))
}
