package load

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"path/filepath"
	"regexp"
	"slices"
	"time"

	"firebrand/cmd/firebrand/app"
	"firebrand/cmd/firebrand/demo"
	"firebrand/game"
	"firebrand/internal/member"
)

const (
	// starts is how often the server is started; the median counts.
	starts = 5
	// firstPageLimit is in seconds, bundleLimit in bytes of a phone's first load, restLimit in MiB.
	firstPageLimit = 1
	bundleLimit    = 15 << 10
	restLimit      = 80
)

// driveStart starts the program on a loaded demo: how soon its first page comes and what that takes, what a question's
// page loads besides itself, and what memory the server keeps when nobody is there.
func driveStart(ctx context.Context, r run) (err error) {
	data := filepath.Join(r.dir, "demo")
	token, quiz, err := loadDemo(ctx, data)
	if err != nil {
		return err
	}
	var pages, bare, cpu []float64
	for range starts {
		took, err := help(ctx)
		if err != nil {
			return err
		}
		bare = append(bare, took.Seconds())
		took, server, err := firstPage(ctx, data)
		if err != nil {
			return err
		}
		pages = append(pages, took.Seconds())
		used, err := cpuOf(server.pid())
		cpu = append(cpu, used.Seconds())
		// What a server does besides at its start must not be cut off.
		_, noisy := server.quiet(ctx)
		if err := errors.Join(err, noisy, server.stop()); err != nil {
			return err
		}
	}
	r.report(figure("start.first_page", median(pages), "s").beside(median(bare)).atMost(firstPageLimit))
	r.report(figure("start.cpu", median(cpu), "s"))
	_, server, err := firstPage(ctx, data)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, server.stop()) }()
	bytes, err := bundle(ctx, server.url, "/quiz/"+quiz, token)
	if err != nil {
		return err
	}
	r.report(figure("play.bundle_gz", float64(bytes), "bytes").atMost(bundleLimit))
	return rest(ctx, r, server)
}

// loadDemo makes the demo and lets its guest begin the game that was left to them; the page of its first question is
// the one that is weighed.
func loadDemo(ctx context.Context, data string) (token, quiz string, err error) {
	a, err := app.Open(ctx, app.Settings{Data: data, Zone: homeZone, Brand: "Velmar"})
	if err != nil {
		return "", "", err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	loaded, err := demo.Load(ctx, a, func(int, int) {})
	if err != nil {
		return "", "", err
	}
	m, token, err := a.Members.SignIn(ctx, loaded.SignIns[0].Login, demo.Password, member.Device{Agent: "load"})
	if err != nil {
		return "", "", err
	}
	p := game.Player{ID: m.ID, Lang: m.Lang, Pace: m.Pace}
	cards, err := a.Game.Month(ctx, p)
	if err != nil {
		return "", "", err
	}
	i := slices.IndexFunc(cards, func(c game.Card) bool { return c.State == game.StateNew })
	if i < 0 {
		return "", "", errors.New("the demo's guest has nothing left to play")
	}
	quiz = cards[i].Quiz
	if _, err = a.Game.Start(ctx, p, quiz, m.Lang, "load-start"); err == nil {
		_, err = a.Game.Next(ctx, p, quiz, "load-next")
	}
	return token, quiz, err
}

// help is how long this program takes to do nothing but say what it can.
func help(ctx context.Context) (time.Duration, error) {
	out := &heard{}
	cmd, err := program(ctx, out, "--help")
	if err != nil {
		return 0, err
	}
	born := time.Now()
	if err := cmd.Run(); err != nil {
		return 0, fmt.Errorf("%w: %s", err, out.text())
	}
	return time.Since(born), nil
}

// firstPage starts the server and returns how long it took, from before the process was made until the sign-in page was
// there as a whole.
func firstPage(ctx context.Context, data string) (time.Duration, *child, error) {
	server, err := serve(ctx, data)
	if err != nil {
		return 0, nil, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, server.url+"/sign-in", nil)
	if err == nil {
		_, err = wanted(newClient(), req)
	}
	if err != nil {
		return 0, nil, errors.Join(err, server.stop())
	}
	return time.Since(server.born), server, nil
}

// linked finds the scripts and styles of a page.
var linked = regexp.MustCompile(`(?:src|href)="(/assets/[^"]+)"`)

// bundle sums the bytes, packed as browsers get them, of all scripts and styles that a page names.
func bundle(ctx context.Context, at, page, token string) (int, error) {
	client := newClient()
	get := func(path string) ([]byte, error) {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, at+path, nil)
		if err != nil {
			return nil, err
		}
		req.Header.Set("Cookie", "fb_session="+token)
		if path != page {
			req.Header.Set("Accept-Encoding", "gzip")
		}
		return wanted(client, req)
	}
	html, err := get(page)
	if err != nil {
		return 0, err
	}
	sum, seen := 0, map[string]bool{}
	for _, found := range linked.FindAllSubmatch(html, -1) {
		path := string(found[1])
		if seen[path] {
			continue
		}
		seen[path] = true
		body, err := get(path)
		if err != nil {
			return 0, err
		}
		sum += len(body)
	}
	if len(seen) < 3 {
		return 0, fmt.Errorf("%s names only %d scripts and styles: it is not the page of a question", page, len(seen))
	}
	return sum, nil
}

// rest waits some seconds in which nobody asks for anything, and reads what the server keeps. VmRSS is what is held
// against the limit: it counts the pages of the program's file too, which the system could take back.
func rest(ctx context.Context, r run, server *child) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(min(r.lasts/2, 10*time.Second)):
	}
	resident, err := memoryOf(server.pid(), "VmRSS")
	if err != nil {
		return err
	}
	r.report(figure("idle.rss", resident, "MiB").atMost(restLimit))
	own, err := memoryOf(server.pid(), "RssAnon")
	if err != nil {
		return err
	}
	r.report(figure("idle.own", own, "MiB"))
	return nil
}

func median(of []float64) float64 {
	sorted := slices.Sorted(slices.Values(of))
	return sorted[len(sorted)/2]
}
