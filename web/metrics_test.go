package web_test

import (
	"io"
	"net/http"
	"strings"
	"testing"
)

func TestMetrics(t *testing.T) {
	s := newSite(t)
	ask := func(forwarded string) (int, string) {
		t.Helper()
		req, err := http.NewRequest(http.MethodGet, s.URL+"/metrics", nil)
		must(t, err)
		if forwarded != "" {
			req.Header.Set("X-Forwarded-For", forwarded)
		}
		res, err := http.DefaultClient.Do(req)
		must(t, err)
		defer res.Body.Close()
		body, err := io.ReadAll(res.Body)
		must(t, err)
		return res.StatusCode, string(body)
	}
	if code, body := ask(""); code != http.StatusOK || !strings.Contains(body, "test_gauge 7") {
		t.Errorf("from this machine: %d\n%s", code, body)
	}
	if code, _ := ask("10.0.0.9"); code != http.StatusOK {
		t.Errorf("from the private network: %d", code)
	}
	if code, body := ask("203.0.113.9"); code != http.StatusNotFound || strings.Contains(body, "test_gauge") {
		t.Errorf("from the public, through a proxy: %d", code)
	}
}
