package app_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"firebrand/cmd/firebrand/app"
)

// board is a Grafana dashboard as far as its queries go.
type board struct {
	Panels []struct {
		ID      int
		Title   string
		Type    string
		Targets []struct{ Expr string }
	}
	Templating struct {
		List []struct{ Query any }
	}
}

var (
	quoted  = regexp.MustCompile(`"[^"]*"`)
	labels  = regexp.MustCompile(`\{[^}]*\}|by \([^)]*\)`)
	windows = regexp.MustCompile(`\[\d+[smhd]\]`)
	words   = regexp.MustCompile(`[a-zA-Z_:][a-zA-Z0-9_:]*`)
	// functions are what the queries use of PromQL.
	functions = regexp.MustCompile(`^(sum|min|max|count|rate|absent|histogram_quantile)$`)
	expr      = regexp.MustCompile(`(?m)^ +expr: (.*)$`)
)

// asked checks a query: every word of it must be a metric of ours or a function, and it must name a metric.
func asked(t *testing.T, where, query string, names map[string]bool) {
	t.Helper()
	bare := windows.ReplaceAllString(labels.ReplaceAllString(quoted.ReplaceAllString(query, ""), ""), "")
	metrics := 0
	for _, word := range words.FindAllString(bare, -1) {
		switch {
		case names[word]:
			metrics++
		case !functions.MatchString(word):
			t.Errorf("%s: %s is neither a metric nor a function: %s", where, word, query)
		}
	}
	if metrics == 0 {
		t.Errorf("%s asks for nothing: %q", where, query)
	}
	if strings.Count(query, "(") != strings.Count(query, ")") {
		t.Errorf("%s: brackets: %s", where, query)
	}
}

func TestDashboardAndAlerts(t *testing.T) {
	a := open(t, app.Settings{})
	names := a.MetricNames()
	read := func(name string) []byte {
		t.Helper()
		raw, err := os.ReadFile(filepath.Join("..", "..", "..", "deploy", name))
		if err != nil {
			t.Fatal(err)
		}
		return raw
	}
	shown := ""
	t.Run("every query of the dashboard names metrics that there are", func(t *testing.T) {
		var b board
		if err := json.Unmarshal(read("grafana.json"), &b); err != nil {
			t.Fatal(err)
		}
		ids := map[int]bool{}
		for _, p := range b.Panels {
			if ids[p.ID] {
				t.Errorf("two panels have the number %d", p.ID)
			}
			ids[p.ID] = true
			if p.Type != "row" && len(p.Targets) == 0 {
				t.Errorf("%s shows nothing", p.Title)
			}
			for _, target := range p.Targets {
				asked(t, p.Title, target.Expr, names)
				shown += target.Expr + "\n"
			}
		}
	})
	t.Run("every metric of ours is shown", func(t *testing.T) {
		for name := range names {
			if strings.HasPrefix(name, "firebrand_") && !strings.Contains(shown, strings.TrimSuffix(strings.TrimSuffix(name, "_sum"), "_count")) && !unshown[name] {
				t.Errorf("%s is on no panel", name)
			}
		}
	})
	t.Run("every alert names metrics that there are", func(t *testing.T) {
		found := expr.FindAllStringSubmatch(string(read("alerts.yaml")), -1)
		if len(found) < 8 {
			t.Fatalf("only %d alerts", len(found))
		}
		for _, m := range found {
			asked(t, "alerts.yaml", m[1], names)
		}
	})
}

// unshown are for whoever looks into one process.
var unshown = map[string]bool{
	"firebrand_follower_held": true, "firebrand_follower_checkpoint_age_seconds": true, "firebrand_points_swept_total": true,
}
