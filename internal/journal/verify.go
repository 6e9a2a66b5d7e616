package journal

import (
	"context"
	"slices"
)

// Verify reads every stream of a family from its first record and checks its chain; then it hands the whole stream to
// each, which may check what the records mean. It stops at the first fault: a *Broken, or the error of each.
// It returns how many streams and records it read.
func (j *Journal) Verify(ctx context.Context, family string, each func(stream string, recs []Record) error) (streams, records int, err error) {
	var stream []Record
	flush := func() error {
		if len(stream) == 0 {
			return nil
		}
		streams++
		defer func() { stream = stream[:0] }()
		return each(stream[0].Stream, slices.Clip(stream))
	}
	after := ""
	for {
		page, err := j.Prefix(ctx, family+"/", after, 1000)
		if err != nil {
			return streams, records, err
		}
		for _, rec := range page {
			prev := Record{}
			if n := len(stream); n > 0 && stream[n-1].Stream == rec.Stream {
				prev = stream[n-1]
			} else if err := flush(); err != nil {
				return streams, records, err
			}
			if err := CheckChain(prev, rec); err != nil {
				return streams, records, err
			}
			stream = append(stream, rec)
			records++
			after = rec.ID()
		}
		if len(page) < 1000 {
			return streams, records, flush()
		}
	}
}

// Families lists the families that the journal was opened with, sorted.
func (j *Journal) Families() []string {
	var names []string
	for name := range j.families {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
