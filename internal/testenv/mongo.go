package testenv

import (
	"context"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

// MongoServer is a MongoDB that a test may use, with a proxy of the test's own in front of it.
type MongoServer struct {
	// Proxy stands before the server; nil where none can: over TLS, or where the hosts are looked up by name service.
	*Proxy
	// Genuine says that it is a MongoDB and no look-alike.
	Genuine bool
	// URI reaches the server, as the variable has it or, for a look-alike, through the proxy. It names no database.
	URI string
	// Says is what the server calls itself, for the log.
	Says string

	prefix string
	count  atomic.Int64
}

// Mongo returns the URI of an empty database on the test's MongoDB, and the proxy before that; see MongoDB. Programs in
// other processes can use the URI too, as long as the test runs. On a genuine replica set it goes through the proxy to
// what is the primary now.
func Mongo(t testing.TB) (uri string, proxy *Proxy) {
	t.Helper()
	s := MongoDB(t)
	if s.Proxy == nil {
		return s.Database(), nil
	}
	return s.Through(s.Database()), s.Proxy
}

// MongoDB is the server that FIREBRAND_TEST_MONGO names: a genuine replica set, or a FerretDB. Where it names none, the
// FerretDB whose binary FIREBRAND_FERRET names is started for the length of the test; it is built from the module
// internal/store/mongo/ferret. Without either the test is left out through Skip. What the test has written is dropped at
// its end.
func MongoDB(t testing.TB) *MongoServer {
	t.Helper()
	uri := os.Getenv("FIREBRAND_TEST_MONGO")
	if uri == "" {
		uri = "mongodb://" + startFerret(t)
	}
	s := &MongoServer{prefix: fmt.Sprintf("firebrand_test_%d_%d", os.Getpid(), time.Now().UnixNano()%1e9)}
	s.meet(t, uri)
	t.Cleanup(func() { s.drop(t) })
	return s
}

// StartFerret starts a FerretDB whose databases may have so many pages of 4 KB each, as on a small disk, for the length of
// the test; it is left out through Skip where FIREBRAND_FERRET names no binary. The URI goes through a serial proxy.
func StartFerret(t testing.TB, pages int) (uri string) {
	t.Helper()
	p := startProxy(t, startFerret(t, "-pages", strconv.Itoa(pages)), true)
	return "mongodb://" + p.Addr() + "/small"
}

// Database is the URI of one more empty database on the server.
func (s *MongoServer) Database() string {
	return withDatabase(s.URI, fmt.Sprintf("%s_%d", s.prefix, s.count.Add(1)))
}

// Through is the same database asked through the proxy, at one server and without looking for others.
func (s *MongoServer) Through(uri string) string {
	u, query := parsed(uri)
	if u.Host == s.Addr() {
		return uri
	}
	u.Host = s.Addr()
	query.Del("replicaSet")
	query.Set("directConnection", "true")
	u.RawQuery = query.Encode()
	return u.String()
}

// meet asks the server what it is and puts the proxy before it.
func (s *MongoServer) meet(t testing.TB, uri string) {
	t.Helper()
	client := connect(t, uri)
	defer func() { _ = client.Disconnect(context.Background()) }()
	info, err := client.Database("admin").RunCommand(t.Context(), bson.D{{Key: "buildInfo", Value: 1}}).Raw()
	if err != nil {
		t.Fatalf("the MongoDB does not answer: %v", err)
	}
	hello, err := client.Database("admin").RunCommand(t.Context(), bson.D{{Key: "hello", Value: 1}}).Raw()
	if err != nil {
		t.Fatalf("the MongoDB does not answer: %v", err)
	}
	version, _ := info.Lookup("version").StringValueOK()
	ferret, _ := info.Lookup("ferretdbVersion").StringValueOK()
	set, _ := hello.Lookup("setName").StringValueOK()
	s.Genuine = ferret == ""
	s.Says = fmt.Sprintf("MongoDB %s, replica set %q", version, set)
	if !s.Genuine {
		s.Says = "FerretDB, one message at a time, in place of MongoDB " + version
	}
	u, query := parsed(uri)
	plain := u.Scheme == "mongodb" && query.Get("tls") != "true" && query.Get("ssl") != "true"
	primary, known := hello.Lookup("primary").StringValueOK()
	if !known {
		primary = u.Host
	}
	if plain && !strings.Contains(primary, ",") {
		s.Proxy = startProxy(t, primary, !s.Genuine)
	}
	s.URI = uri
	if !s.Genuine {
		u.Host = s.Addr()
		s.URI = u.String()
	}
}

// drop removes the databases of this test.
func (s *MongoServer) drop(t testing.TB) {
	if s.Proxy != nil {
		s.Mend()
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	client := connect(t, s.URI)
	defer func() { _ = client.Disconnect(ctx) }()
	names, err := client.ListDatabaseNames(ctx, bson.D{})
	if err != nil {
		t.Errorf("the test's databases are left behind: %v", err)
	}
	for _, name := range names {
		if strings.HasPrefix(name, s.prefix) {
			if err := client.Database(name).Drop(ctx); err != nil {
				t.Errorf("the database %s is left behind: %v", name, err)
			}
		}
	}
}

func connect(t testing.TB, uri string) *mongo.Client {
	t.Helper()
	client, err := mongo.Connect(options.Client().ApplyURI(uri).SetServerSelectionTimeout(20 * time.Second))
	if err != nil {
		t.Fatalf("the MongoDB's URI: %v", err)
	}
	return client
}

// withDatabase puts a database into a URI, and keeps credentials where they are looked for.
func withDatabase(uri, name string) string {
	u, query := parsed(uri)
	if u.User != nil && query.Get("authSource") == "" {
		query.Set("authSource", "admin")
		if before := strings.Trim(u.Path, "/"); before != "" {
			query.Set("authSource", before)
		}
	}
	u.Path, u.RawQuery = "/"+name, query.Encode()
	return u.String()
}

// parsed takes a URI apart; several hosts are one Host with commas, of which only the last may have a port for net/url.
func parsed(uri string) (*url.URL, url.Values) {
	scheme, rest, _ := strings.Cut(uri, "://")
	rest, query, _ := strings.Cut(rest, "?")
	hosts, path, _ := strings.Cut(rest, "/")
	u := &url.URL{Scheme: scheme, Path: "/" + path}
	if i := strings.LastIndex(hosts, "@"); i >= 0 {
		name, password, _ := strings.Cut(hosts[:i], ":")
		name, _ = url.PathUnescape(name)
		password, _ = url.PathUnescape(password)
		u.User, hosts = url.UserPassword(name, password), hosts[i+1:]
	}
	u.Host = hosts
	values, _ := url.ParseQuery(query)
	return u, values
}

// startFerret runs the FerretDB for the length of the test and returns its address.
func startFerret(t testing.TB, args ...string) string {
	t.Helper()
	binary := os.Getenv("FIREBRAND_FERRET")
	if binary == "" {
		Skip(t, "neither FIREBRAND_TEST_MONGO names a MongoDB nor FIREBRAND_FERRET the binary of a FerretDB")
	}
	return startListening(t, listens, func(addr string) *exec.Cmd {
		cmd := exec.Command(binary, append([]string{"-listen", addr, "-dir", t.TempDir()}, args...)...)
		cmd.Stderr = os.Stderr
		return cmd
	})
}

// listens waits up to ten seconds until addr takes connections, as long as its process lives.
func listens(addr string, ended <-chan struct{}) bool {
	for range 500 {
		if conn, err := net.Dial("tcp", addr); err == nil {
			_ = conn.Close()
			return true
		}
		select {
		case <-ended:
			return false
		case <-time.After(20 * time.Millisecond):
		}
	}
	return false
}
