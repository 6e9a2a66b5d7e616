// Ferret serves FerretDB over SQLite files: a second, independent implementation of MongoDB's wire protocol that the
// tests of store/mongo are held against where no MongoDB is installed. It is a module of its own, so that the program
// itself depends on none of it.
//
//	go build -o /tmp/ferret . && /tmp/ferret -listen 127.0.0.1:27018 -dir /tmp/data
//
// It loses concurrent updates: whoever uses it puts testenv's serial proxy in front.
package main

import (
	"context"
	"flag"
	"log/slog"
	"net/url"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"

	"github.com/FerretDB/FerretDB/ferretdb"
)

func main() {
	listen := flag.String("listen", "127.0.0.1:27018", "the address to serve on")
	dir := flag.String("dir", "", "an existing folder for the data")
	pages := flag.Int("pages", 0, "how many pages of 4 KB each database may have at most; 0 sets no bound")
	flag.Parse()
	logger := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError}))
	if err := serve(*listen, *dir, *pages, logger); err != nil {
		logger.Error("ferret ends", "error", err)
		os.Exit(1)
	}
}

// serve runs until the process is told to end. The database need not survive the machine, so it does not wait for the disk.
func serve(listen, dir string, pages int, logger *slog.Logger) error {
	pragmas := url.Values{"_pragma": {"synchronous(OFF)"}}
	if pages > 0 {
		pragmas.Add("_pragma", "max_page_count("+strconv.Itoa(pages)+")")
	}
	f, err := ferretdb.New(&ferretdb.Config{
		Listener:  ferretdb.ListenerConfig{TCP: listen},
		Logger:    logger,
		Handler:   "sqlite",
		SQLiteURL: "file:" + strings.TrimSuffix(dir, "/") + "/?" + pragmas.Encode(),
	})
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	return f.Run(ctx)
}
