package herd

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"time"
)

// answer is a line that a herd's process writes.
type answer struct {
	Report Report
	Error  string
}

// Command is the life of a herd's process: it reads a Config as a line of JSON, opens it and answers; after that it
// answers each further line with a report. The end of in ends it.
func Command(ctx context.Context, now func() time.Time, in io.Reader, out io.Writer) error {
	lines, answers := bufio.NewReader(in), json.NewEncoder(out)
	text, err := lines.ReadBytes('\n')
	if err != nil {
		return err
	}
	var c Config
	if err := json.Unmarshal(text, &c); err != nil {
		return err
	}
	h, err := Open(ctx, now, c)
	if err != nil {
		return errors.Join(err, answers.Encode(answer{Error: err.Error()}))
	}
	defer h.Close()
	for {
		if err := answers.Encode(answer{Report: h.Report()}); err != nil {
			return err
		}
		if _, err := lines.ReadBytes('\n'); err != nil {
			if errors.Is(err, io.EOF) {
				return nil
			}
			return err
		}
	}
}

// Remote is a herd in another process.
type Remote struct {
	cmd *exec.Cmd
	in  io.WriteCloser
	out *json.Decoder
}

// Start runs cmd, a program that calls Command, and returns once its herd is open.
func Start(cmd *exec.Cmd, c Config) (*Remote, error) {
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	r := &Remote{cmd, in, json.NewDecoder(out)}
	text, err := json.Marshal(c)
	if err == nil {
		_, err = r.ask(string(text))
	}
	if err != nil {
		return nil, errors.Join(err, r.Close())
	}
	return r, nil
}

func (r *Remote) ask(line string) (Report, error) {
	if _, err := io.WriteString(r.in, line+"\n"); err != nil {
		return Report{}, fmt.Errorf("the herd: %w", err)
	}
	var a answer
	if err := r.out.Decode(&a); err != nil {
		return Report{}, fmt.Errorf("the herd: %w", err)
	}
	if a.Error != "" {
		return Report{}, fmt.Errorf("the herd: %s", a.Error)
	}
	return a.Report, nil
}

// Report is what the herd heard since the one before.
func (r *Remote) Report() (Report, error) { return r.ask("report") }

// Close ends the herd and its process.
func (r *Remote) Close() error {
	return errors.Join(r.in.Close(), r.cmd.Wait())
}
