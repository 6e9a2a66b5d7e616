package leaderboard

import (
	"cmp"
	"slices"
	"strings"

	"firebrand/internal/member"
)

// Score is what ranks a team, in thousandths of a point: the average of its staff as if Shrink more people of the
// class's average (mean, in thousandths) belonged to it. So a lucky team of three does not stand above everybody, nor an
// unlucky one below. Halves are rounded up.
//
// 240 points of 6 people in a class of mean 31.5: (240 + 5 × 31.5) ÷ (6 + 5) = 36.136.
func Score(sum int64, staff int, mean int64) int64 {
	return divide(sum*1000+Shrink*mean, int64(staff)+Shrink)
}

// divide rounds halves up; both are not negative.
func divide(a, b int64) int64 {
	if b == 0 {
		return 0
	}
	return (2*a + b) / (2 * b)
}

// classesOf ranks companies in classes by the brand's own size; those with fewer staff than LeastPlayers stand together,
// a team for each region, in PoolClass. Classes are by name, the pool last.
func classesOf(r roll, sums map[string]part) []Class {
	teams := map[string][]Team{}
	pools := map[string]*Team{}
	for id, staff := range r.staff {
		c, known := r.companies[id]
		if !known || staff == 0 {
			continue
		}
		if class, pool := classOf(c, staff); !pool {
			teams[class] = append(teams[class], Team{
				Company: id, Name: c.Name, Region: c.Region, Staff: staff, Players: sums[id].players, Sum: sums[id].points,
			})
			continue
		}
		p := pools[c.Region]
		if p == nil {
			p = &Team{Name: c.Region, Region: c.Region}
			pools[c.Region] = p
		}
		p.Staff, p.Players, p.Sum = p.Staff+staff, p.Players+sums[id].players, p.Sum+sums[id].points
	}
	var classes []Class
	for name, of := range teams {
		classes = append(classes, ranked(name, of))
	}
	slices.SortFunc(classes, func(a, b Class) int { return strings.Compare(a.Name, b.Name) })
	var pooled []Team
	for _, p := range pools {
		pooled = append(pooled, *p)
	}
	if len(pooled) > 0 {
		classes = append(classes, ranked(PoolClass, pooled))
	}
	return classes
}

// classOf is the class of a company, or that it belongs to its region's pool.
func classOf(c member.Company, staff int) (class string, pool bool) {
	if staff < LeastPlayers {
		return PoolClass, true
	}
	return c.Size, false
}

// ranked orders the teams of a class; those with too few players stand behind the others without a rank.
func ranked(name string, teams []Team) Class {
	c := Class{Name: name, Teams: teams}
	var sum, staff int64
	for i, t := range teams {
		teams[i].Average = divide(t.Sum*1000, int64(t.Staff))
		if t.Players >= LeastPlayers {
			sum, staff = sum+t.Sum, staff+int64(t.Staff)
		}
	}
	c.Mean = divide(sum*1000, staff)
	for i, t := range teams {
		teams[i].Score = Score(t.Sum, t.Staff, c.Mean)
	}
	slices.SortFunc(teams, func(a, b Team) int {
		return cmp.Or(
			compareBool(b.Players >= LeastPlayers, a.Players >= LeastPlayers), cmp.Compare(b.Score, a.Score),
			cmp.Compare(b.Average, a.Average), cmp.Compare(b.Staff, a.Staff), strings.Compare(a.Name, b.Name),
			strings.Compare(a.Company, b.Company),
		)
	})
	for i, t := range teams {
		if t.Players >= LeastPlayers {
			teams[i].Rank = i + 1
		}
	}
	return c
}

func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	}
	return -1
}
