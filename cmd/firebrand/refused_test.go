package main

import (
	"net"
	"path/filepath"
	"strings"
	"testing"
)

func TestAddressTaken(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	defer l.Close()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	folder := filepath.Join(t.TempDir(), "demo")
	out, err := run(t, "demo", "--port", port, "--data", folder)
	if err == nil || !strings.Contains(out, "another program listens on 127.0.0.1:"+port+": stop it, or name another with --port") || strings.Contains(out, "Making") {
		t.Errorf("%v\n%s", err, out)
	}
	out, err = run(t, "serve", "--listen", l.Addr().String(), "--data", t.TempDir())
	if err == nil || !strings.Contains(out, "another program listens on 127.0.0.1:"+port+": stop it, or name another with --listen") {
		t.Errorf("%v\n%s", err, out)
	}
}

func TestSaysWhatToDo(t *testing.T) {
	for want, args := range map[string][]string{
		`unknown time zone "Kyiv": name it as IANA does, such as Europe/Kyiv`: {"serve", "--data", t.TempDir(), "--zone", "Kyiv"},
		"is copied with mongodump: see docs/operations.md":                    {"backup", filepath.Join(t.TempDir(), "file"), "--data", t.TempDir()},
	} {
		cmd := program(t, args...)
		cmd.Env = append(cmd.Environ(), "FIREBRAND_MONGO=")
		if args[0] == "backup" {
			cmd.Env = append(cmd.Env, "FIREBRAND_MONGO=mongodb://db:27017/programme")
		}
		if out, err := cmd.CombinedOutput(); err == nil || !strings.Contains(string(out), want) {
			t.Errorf("%v: %v\n%s", args, err, out)
		}
	}
}
