package storetest

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"firebrand/internal/fault"
	"firebrand/internal/store"
)

// The environment of a child process: what it is to do, and where its data is.
const (
	taskVariable = "FIREBRAND_STORETEST_TASK"
	dataVariable = "FIREBRAND_STORETEST_DATA"
)

// RunChild does the work of a child process and ends it. In the test process itself it does nothing, so that a TestMain
// can begin with it.
func RunChild(open func(ctx context.Context, data string) (store.Engine, error)) {
	task := os.Getenv(taskVariable)
	if task == "" {
		return
	}
	e, err := open(context.Background(), os.Getenv(dataVariable))
	switch {
	case err != nil:
		fmt.Println("refused", err)
	case task == "write":
		fmt.Println("failed", writeForEver(e))
	default:
		fmt.Println("opened")
	}
	os.Exit(0)
}

// writeForEver inserts and counts, and prints each id and count once the store has acknowledged it.
func writeForEver(e store.Engine) error {
	ctx := context.Background()
	c, err := store.OpenCollection[thing](ctx, e, things)
	if err != nil {
		return err
	}
	if err := c.Insert(ctx, "counter", thing{}); err != nil && !fault.Is(err, fault.Conflict) {
		return err
	}
	failed := make(chan error, 9)
	go func() {
		for {
			done, err := c.Update(ctx, "counter", func(d *thing) error { d.Rank++; return nil })
			if err != nil {
				failed <- err
				return
			}
			fmt.Printf("count %d\n", done.Value.Rank)
		}
	}()
	for w := range 8 {
		go func() {
			for n := 0; ; n++ {
				id := fmt.Sprintf("%d-%d-%d", os.Getpid(), w, n)
				if err := c.Insert(ctx, id, thing{Group: "g", Code: id, Tags: []string{"w"}}); err != nil {
					failed <- err
					return
				}
				fmt.Printf("id %s\n", id)
			}
		}()
	}
	return <-failed
}

func child(h Harness, task, data string) *exec.Cmd {
	cmd := h.Child()
	cmd.Env = append(os.Environ(), taskVariable+"="+task, dataVariable+"="+data)
	cmd.Stderr = os.Stderr
	return cmd
}

func testProcesses(t *testing.T, h Harness) {
	if h.Child == nil {
		h.Skip(t, "this engine cannot be tried from another process here")
	}
	if h.Exclusive {
		testExclusive(t, h)
	}
	t.Run("acknowledged writes survive kill -9 in the middle of writing", func(t *testing.T) {
		data := h.Data(t)
		written, count := map[string]bool{}, int64(0)
		for round := range 4 {
			counted := killWriting(t, child(h, "write", data), 100*(round+1), written)
			count = max(count, counted)
			e := reopen(t, h, data)
			holdsWritten(t, collection[thing](t, e, things), written, count)
			must(t, e.Close())
		}
		t.Logf("%d documents and %d increments acknowledged", len(written), count)
	})
}

func testExclusive(t *testing.T, h Harness) {
	data := h.Data(t)
	e := reopen(t, h, data)
	t.Run("data in use is refused to a second process, and the answer says whose it is", func(t *testing.T) {
		out, err := child(h, "open", data).Output()
		must(t, err)
		for _, part := range []string{"refused", "store.locked", data, fmt.Sprint(os.Getpid())} {
			if !strings.Contains(string(out), part) {
				t.Errorf("the second process says %q, without %q", out, part)
			}
		}
	})
	t.Run("data in use is refused within the process too", func(t *testing.T) {
		_, err := h.Open(t.Context(), data)
		expect(t, err, fault.Unavailable, "store.locked")
	})
	t.Run("data that was closed is free", func(t *testing.T) {
		must(t, e.Close())
		out, err := child(h, "open", data).Output()
		must(t, err)
		same(t, "the second process", strings.TrimSpace(string(out)), "opened")
	})
}

// killWriting runs a writing child, kills it once it has acknowledged enough writes or a second after the first, and adds
// all that it acknowledged until its end. It returns the last count.
func killWriting(t *testing.T, cmd *exec.Cmd, enough int, written map[string]bool) (count int64) {
	t.Helper()
	out, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	var once sync.Once
	kill := func() { once.Do(func() { _ = cmd.Process.Kill() }) }
	timer := time.AfterFunc(time.Minute, kill)
	defer timer.Stop()
	lines := 0
	reader := bufio.NewReader(out)
	for {
		line, err := reader.ReadString('\n')
		if err == io.EOF {
			break // a line without its end was not acknowledged in full
		}
		must(t, err)
		kind, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		switch kind {
		case "id":
			written[rest] = true
		case "count":
			_, err := fmt.Sscan(rest, &count)
			must(t, err)
		default:
			t.Fatalf("the writing process: %s", line)
		}
		switch lines++; lines {
		case 1:
			timer.Reset(time.Second)
		case enough:
			kill()
		}
	}
	kill()
	_ = cmd.Wait()
	if lines == 0 {
		t.Fatal("no write was acknowledged")
	}
	return count
}

// holdsWritten checks that everything acknowledged is there, by its id and by its indexes.
func holdsWritten(t *testing.T, c *store.Collection[thing], written map[string]bool, count int64) {
	t.Helper()
	for _, q := range []store.Query{
		{Limit: 1 << 20},
		{Index: "by_code", Equal: []any{"g"}, Limit: 1 << 20},
		{Index: "by_tag", Equal: []any{"w"}, Limit: 1 << 20},
	} {
		there := map[string]bool{}
		for _, id := range idsOf(t, c, q) {
			there[id] = true
		}
		for id := range written {
			if !there[id] {
				t.Errorf("%s was acknowledged and is not found by %q", id, q.Index)
			}
		}
	}
	e, err := c.Get(t.Context(), "counter")
	must(t, err)
	if e.Value.Rank < count || e.Version != e.Value.Rank+1 {
		t.Errorf("the counter stands at %d, version %d, after %d acknowledged", e.Value.Rank, e.Version, count)
	}
}
