package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"firebrand/cmd/firebrand/app"
	"firebrand/internal/member"
)

// made is a folder with a whole demo, made once by the program itself; tests work on copies.
var made = sync.OnceValues(func() (string, error) {
	binary, err := built()
	if err != nil {
		return "", err
	}
	return filepath.Join(filepath.Dir(binary), "demo"), nil
})

// demoFolder returns a copy of the made demo that this test may use up.
func demoFolder(t *testing.T) string {
	t.Helper()
	folder, err := made()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(folder, marker)); errors.Is(err, fs.ErrNotExist) {
		s := start(t, "demo", "--port", "0", "--data", folder)
		s.kill()
	}
	copied := filepath.Join(t.TempDir(), "demo")
	if err := os.CopyFS(copied, os.DirFS(folder)); err != nil {
		t.Fatal(err)
	}
	return copied
}

// caller is a member who knows the site by its API.
type caller struct {
	member  member.Member
	session string
}

// callers lets some of the demo's people in who have not played this month, with sessions of their own. Their password
// hashes are cheap: what is tested is not the hashing.
func callers(t *testing.T, folder string, n int) []*caller {
	t.Helper()
	a, err := app.Open(t.Context(), app.Settings{Data: folder, Zone: "Europe/Kyiv"})
	if err != nil {
		t.Fatal(err)
	}
	a.Members.Cost = member.Cost{Memory: 64, Passes: 1, Lanes: 1}
	admin := member.Member{ID: "test", Role: member.RoleAdmin}
	enough := errors.New("enough")
	var all []*caller
	err = a.Members.All(t.Context(), func(m member.Member) error {
		unplayed, err := a.Game.Unplayed(t.Context(), m.ID)
		if err != nil || m.Role != member.RoleMember || len(unplayed) == 0 {
			return err
		}
		token, _, err := a.Members.Invite(t.Context(), admin, m.ID)
		if err != nil {
			return err
		}
		_, session, err := a.Members.Accept(t.Context(), token, member.Acceptance{Password: uuid.NewString()}, member.Device{})
		all = append(all, &caller{m, session})
		if len(all) == n {
			return enough
		}
		return err
	})
	if !errors.Is(err, enough) {
		t.Fatalf("%d of %d people let in: %v", len(all), n, err)
	}
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	return all
}

// errRefused is an answer of the API that is no success, with its problem.
type errRefused struct {
	status  int
	problem string
}

func (e *errRefused) Error() string { return fmt.Sprintf("%d: %s", e.status, e.problem) }

// client bounds every call, since servers are killed under it. It waits longer than a server does for its store.
var client = &http.Client{Timeout: 8 * time.Second}

// call is one request; key is empty where nothing changes. Into may be nil.
func (c *caller) call(at, method, path, key string, body, into any) error {
	raw, err := json.Marshal(body)
	if err != nil {
		return err
	}
	req, err := http.NewRequest(method, at+"/api/v1"+path, bytes.NewReader(raw))
	if err != nil {
		return err
	}
	req.Header.Set("Origin", at)
	req.Header.Set("Cookie", "fb_session="+c.session)
	if key != "" {
		req.Header.Set("Idempotency-Key", key)
		req.Header.Set("Content-Type", "application/json")
	}
	answer, err := client.Do(req)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	got, err := io.ReadAll(answer.Body)
	if err != nil {
		return err
	}
	if answer.StatusCode >= http.StatusBadRequest {
		return &errRefused{answer.StatusCode, string(got)}
	}
	if into == nil {
		return nil
	}
	return json.Unmarshal(got, into)
}
