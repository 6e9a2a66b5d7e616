package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/google/uuid"

	"firebrand/internal/journal"
	"firebrand/internal/store"
	"firebrand/internal/store/mongo"
	"firebrand/internal/store/sqlite"
)

// openStores opens what rooms stand on: the store, Redis with the notices between processes, and the journal.
func (a *App) openStores(ctx context.Context, s Settings) error {
	engine, err := openEngine(ctx, s)
	if err != nil {
		return err
	}
	a.Engine = a.gauges.store.measure(engine)
	if a.Redis, err = store.OpenRedis(ctx, s.Redis); err != nil {
		return err
	}
	if err := a.Redis.Away(); err != nil {
		a.Log.Warn("redis does not answer: boards are unavailable until it does, all else is served", "error", err)
	}
	a.Notices = store.OpenNotices(a.Redis, a.failed("notices"))
	if a.Journal, err = journal.Open(ctx, a.Engine, a.Now, Families...); err != nil {
		return err
	}
	a.Journal.Leases, err = journal.OpenLeases(ctx, a.Engine, holder(), a.Now)
	return err
}

func openEngine(ctx context.Context, s Settings) (store.Engine, error) {
	if s.Mongo != "" {
		return openMongo(ctx, s)
	}
	if s.Standing {
		info, err := os.Stat(filepath.Join(s.Data, sqlite.File))
		if errors.Is(err, fs.ErrNotExist) || err == nil && info.Size() == 0 {
			return nil, fmt.Errorf("%s holds no programme", s.Data)
		}
	}
	return sqlite.Open(ctx, s.Data, sqlite.Options{})
}

func openMongo(ctx context.Context, s Settings) (store.Engine, error) {
	engine, err := mongo.Open(ctx, s.Mongo, mongo.Options{})
	if err != nil || !s.Standing {
		return engine, err
	}
	begun, err := engine.Begun(ctx)
	if err == nil && !begun {
		err = fmt.Errorf("the database %s of the MongoDB holds no programme", engine.Name())
	}
	if err != nil {
		return nil, errors.Join(err, engine.Close())
	}
	return engine, nil
}

// holder names this process in leases, so that people see who holds what; no two are the same.
func holder() string {
	host, err := os.Hostname()
	if err != nil {
		host = "unknown"
	}
	return fmt.Sprintf("%s/%d/%s", host, os.Getpid(), uuid.NewString()[:8])
}
