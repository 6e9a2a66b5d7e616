package mongo_test

import (
	"testing"

	"firebrand/internal/fault"
	"firebrand/internal/store/mongo"
)

// TestOptions holds that no URI makes a write count before a majority has it, or truth be read elsewhere.
func TestOptions(t *testing.T) {
	const uri = "mongodb://one,two/shop?replicaSet=rs0&w=1&journal=false&readConcernLevel=local&readPreference=secondaryPreferred" +
		"&retryWrites=false&retryReads=false&timeoutMS=1000&maxPoolSize=7&appName=shop"
	opts, err := mongo.ClientOptions(uri)
	if err != nil {
		t.Fatal(err)
	}
	if w := opts.WriteConcern; w.W != "majority" || w.Journal == nil || !*w.Journal {
		t.Errorf("writes are acknowledged by %v, journaled %v", w.W, w.Journal)
	}
	if opts.ReadConcern.Level != "majority" || opts.ReadPreference.Mode().String() != "primary" || !*opts.RetryWrites || !*opts.RetryReads {
		t.Errorf("reads are %v of %v; repeated: writes %v, reads %v", opts.ReadConcern, opts.ReadPreference, *opts.RetryWrites, *opts.RetryReads)
	}
	if opts.Timeout != nil {
		t.Errorf("building an index would end after %v", *opts.Timeout)
	}
	if *opts.MaxPoolSize != 7 || *opts.AppName != "shop" {
		t.Errorf("a pool of %d for %q", *opts.MaxPoolSize, *opts.AppName)
	}
}

func TestPrimary(t *testing.T) {
	if err := mongo.Greeted(true); err != nil {
		t.Error(err)
	}
	expect(t, mongo.Greeted(false), fault.Unavailable, "store.down")
}
