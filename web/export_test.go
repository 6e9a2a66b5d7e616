package web

import "firebrand/internal/member"

// Route is one line of the route tables.
type Route struct {
	Method, Path string
	Roles        []member.Role // nil for visitors too
}

// Routes are all lines of the route tables.
func Routes() (all []Route) {
	for _, table := range tables {
		for _, r := range table {
			all = append(all, Route{r.method, r.path, r.need})
		}
	}
	return all
}
