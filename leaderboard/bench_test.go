package leaderboard_test

import (
	"context"
	"fmt"
	"testing"

	"firebrand/internal/member"
	"firebrand/internal/testenv"
	"firebrand/leaderboard"
)

// everybody is a crowd that costs nothing to ask, so that a benchmark measures boards.
type everybody struct{}

func (everybody) Many(_ context.Context, ids []string) (map[string]member.Member, error) {
	people := make(map[string]member.Member, len(ids))
	for _, id := range ids {
		people[id] = member.Member{ID: id, Role: member.RoleMember, Company: "c" + id[len(id)-2:], Display: member.Display{Alias: "Badger " + id}}
	}
	return people, nil
}

func (everybody) CompanyByID(context.Context, string) (member.Company, error) {
	return member.Company{Name: "Northern Tools", Region: "North"}, nil
}

func (everybody) Companies(context.Context) ([]member.Company, error) { return nil, nil }

func (everybody) All(context.Context, func(member.Member) error) error { return nil }

// BenchmarkBoards reads and writes a board of 10,000; "after a change" is the price of the first read after a write.
func BenchmarkBoards(b *testing.B) {
	for _, real := range []bool{false, true} {
		b.Run(map[bool]string{false: "embedded", true: "real"}[real], func(b *testing.B) {
			url := ""
			if real {
				url = testenv.RedisURL(b)
			}
			w := newWorld(b, url)
			boards := leaderboard.Open(leaderboard.Config{
				Journal: w.journal, Redis: w.redis, People: everybody{}, Zone: w.zone, Now: w.clock.Now,
			})
			const people = 10_000
			totals := map[string]int64{}
			for i := range people {
				totals[fmt.Sprintf("p%05d", i)] = int64(i + 1)
			}
			if err := leaderboard.Fill(boards, b.Context(), november, totals); err != nil {
				b.Fatal(err)
			}
			each := func(name string, f func(i int) error) {
				b.Run(name, func(b *testing.B) {
					b.ReportAllocs()
					for i := 0; b.Loop(); i++ {
						if err := f(i); err != nil {
							b.Fatal(err)
						}
					}
				})
			}
			ctx := b.Context()
			top := func(int) error { _, err := boards.Top(ctx, november, leaderboard.All, 100); return err }
			seq := int64(1)
			put := func(i int) error {
				seq++
				return leaderboard.Put(boards, ctx, november, fmt.Sprintf("p%05d", i%people), seq, int64(i%people)+seq)
			}
			each("top 100", top)
			each("around 20", func(i int) error {
				_, err := boards.Around(ctx, november, leaderboard.All, fmt.Sprintf("p%05d", i%people), 20)
				return err
			})
			each("rank", func(i int) error { _, err := boards.Mine(ctx, november, fmt.Sprintf("p%05d", i%people)); return err })
			each("put", put)
			each("put, then top 100", func(i int) error {
				w.clock.Add(leaderboard.Refresh)
				if err := put(i); err != nil {
					return err
				}
				return top(i)
			})
		})
	}
}
