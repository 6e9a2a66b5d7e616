package journal

import (
	"context"

	"firebrand/internal/fault"
	"firebrand/internal/store"
)

// spec declares a family's collection. Both unique indexes begin with the stream, which is the shard key of a cluster.
func spec(family string) store.Spec {
	return store.Spec{Name: "journal_" + family, Indexes: []store.Index{
		{Name: "stream_seq", Fields: []string{"stream", "seq"}, Unique: true},
		{Name: "stream_key", Fields: []string{"stream", "key"}, Unique: true},
		{Name: "at", Fields: []string{"at"}},
	}}
}

// Last returns the newest record of a stream, or the zero Record (Seq 0) of an empty one.
func (j *Journal) Last(ctx context.Context, stream string) (Record, error) {
	found, err := j.find(ctx, stream, store.Query{Index: "stream_seq", Equal: []any{stream}, Desc: true, Limit: 1})
	if err != nil || len(found) == 0 {
		return Record{}, err
	}
	return found[0], nil
}

// Read returns up to limit records of a stream in their order, beginning with seq from; zero limit means 1,000.
func (j *Journal) Read(ctx context.Context, stream string, from int64, limit int) ([]Record, error) {
	return j.find(ctx, stream, store.Query{Index: "stream_seq", Equal: []any{stream}, From: from, Limit: limit})
}

// ReadBack returns up to limit records of a stream, newest first, with a seq below before; zero before means from the end.
func (j *Journal) ReadBack(ctx context.Context, stream string, before int64, limit int) ([]Record, error) {
	q := store.Query{Index: "stream_seq", Equal: []any{stream}, Desc: true, Limit: limit}
	if before > 0 {
		q.To = before
	}
	return j.find(ctx, stream, q)
}

// ByKey returns the record that a key made in a stream; found is false when it never acted.
func (j *Journal) ByKey(ctx context.Context, stream, key string) (rec Record, found bool, err error) {
	recs, err := j.find(ctx, stream, store.Query{Index: "stream_key", Equal: []any{stream, key}, Limit: 1})
	if err != nil || len(recs) == 0 {
		return Record{}, false, err
	}
	return recs[0], true, nil
}

// Prefix returns up to limit records of all streams whose name begins with prefix, by stream and seq, behind the record
// with the id after; an empty after begins at the start. It is for audits: verify and rebuild.
func (j *Journal) Prefix(ctx context.Context, prefix, after string, limit int) ([]Record, error) {
	q := store.Query{From: prefix, To: prefix + "\U0010FFFF", Limit: limit}
	if after != "" {
		q.After = &store.Position{ID: after}
	}
	return j.find(ctx, prefix, q)
}

func (j *Journal) find(ctx context.Context, stream string, q store.Query) ([]Record, error) {
	c, err := j.family(stream)
	if err != nil {
		return nil, err
	}
	entries, err := c.Find(ctx, q)
	if err != nil {
		return nil, err
	}
	recs := make([]Record, len(entries))
	for i, e := range entries {
		recs[i] = e.Value
	}
	return recs, nil
}

// raced reports whether err is a lost race for a seq, after which a decision is made again.
func raced(err error) bool {
	return fault.Is(err, fault.Conflict) && fault.As(err).Key == "journal.raced"
}
