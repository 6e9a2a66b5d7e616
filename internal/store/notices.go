package store

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
)

// noticesChannel is tagged as every key is, so that a cluster routes it by that alone.
const noticesChannel = "fb:{notices}"

const (
	// noticesApart is the least time between two messages; what is told meanwhile goes as one.
	noticesApart = 20 * time.Millisecond
	// noticesMost bounds what waits to be sent; beyond it the others hear only that they missed something.
	noticesMost = 4096
	// noticesAgain is how long a broken connection rests before the next one.
	noticesAgain = 500 * time.Millisecond
	// noticesPatience bounds one publish, and is how long a silent connection is trusted.
	noticesPatience = 3 * time.Second
)

// Notices tells the other processes on the same Redis that something changed. Truth never rides on it: a notice may be
// lost, so whoever listens also asks again now and then. A nil *Notices does nothing.
type Notices struct {
	redis  *Redis
	self   string
	failed func(error)
	stop   context.CancelFunc
	ended  sync.WaitGroup

	mu      sync.Mutex
	ears    map[string]map[int]ear
	next    int
	waiting []notice
	known   map[notice]bool
	// lost says that something told did not get out, so that the others must look for themselves.
	lost  bool
	awake chan struct{}
}

type ear struct {
	hear   func(text string)
	missed func()
}

// notice is one pair of topic and text.
type notice struct {
	Topic string `json:"t"`
	Text  string `json:"x,omitempty"`
}

// message is what goes over the channel.
type message struct {
	From    string   `json:"from"`
	Notices []notice `json:"notices,omitempty"`
	// Missed says that the sender could not send all that it had.
	Missed bool `json:"missed,omitempty"`
}

// OpenNotices connects to the other processes over r. An embedded Redis has no others: then it reaches nobody, and only
// its methods are there. Failed hears of connections that broke and messages that did not get out; nil for silence.
func OpenNotices(r *Redis, failed func(error)) *Notices {
	if failed == nil {
		failed = func(error) {}
	}
	n := &Notices{
		redis: r, self: rand.Text(), failed: failed, stop: func() {},
		ears: map[string]map[int]ear{}, known: map[notice]bool{}, awake: make(chan struct{}, 1),
	}
	if r.Embedded() {
		return n
	}
	var ctx context.Context
	ctx, n.stop = context.WithCancel(context.Background())
	n.ended.Go(func() { n.send(ctx) })
	n.ended.Go(func() { n.receive(ctx) })
	return n
}

// Tell sends a notice to the other processes, never to this one. It never blocks. The same pair told again within 20 ms
// goes once; what was told last goes out at or after that telling.
func (n *Notices) Tell(topic, text string) {
	if n == nil || n.redis.Embedded() {
		return
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	one := notice{topic, text}
	switch {
	case n.known[one]:
		return
	case len(n.waiting) >= noticesMost:
		n.lost = true
	default:
		n.known[one] = true
		n.waiting = append(n.waiting, one)
	}
	n.wake()
}

// Listen calls hear for every notice of a topic that another process tells, and missed (it may be nil) after each
// connection and reconnection, and where a sender could not send all: anything may have been missed then. Who listens
// later than that connection hears of the next. Both are called from one goroutine and must be quick.
func (n *Notices) Listen(topic string, hear func(text string), missed func()) (stop func()) {
	if n == nil {
		return func() {}
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.next++
	id := n.next
	if n.ears[topic] == nil {
		n.ears[topic] = map[int]ear{}
	}
	n.ears[topic][id] = ear{hear, missed}
	return func() {
		n.mu.Lock()
		defer n.mu.Unlock()
		delete(n.ears[topic], id)
	}
}

// Close ends the connections. What was told and has not gone out yet is lost, as a notice may be.
func (n *Notices) Close() error {
	if n == nil {
		return nil
	}
	n.stop()
	n.ended.Wait()
	return nil
}

// send publishes what waits, at once where nothing went out lately.
func (n *Notices) send(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-n.awake:
		}
		rest := noticesApart
		if err := n.publish(ctx); err != nil && ctx.Err() == nil {
			n.failed(fmt.Errorf("notices: %w", err))
			n.wake() // the others must hear that they missed something, though nobody tells anything more
			rest = noticesAgain
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(rest):
		}
	}
}

// wake lets send look at what waits.
func (n *Notices) wake() {
	select {
	case n.awake <- struct{}{}:
	default:
	}
}

func (n *Notices) publish(ctx context.Context) error {
	n.mu.Lock()
	m := message{n.self, n.waiting, n.lost}
	n.waiting, n.lost = nil, false
	clear(n.known)
	n.mu.Unlock()
	text, err := json.Marshal(m)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, noticesPatience)
	defer cancel()
	if err := n.redis.Publish(ctx, noticesChannel, text).Err(); err != nil {
		n.mu.Lock()
		n.lost = true
		n.mu.Unlock()
		return err
	}
	return nil
}

// receive hears the others until ctx ends, over one connection after another.
func (n *Notices) receive(ctx context.Context) {
	for ctx.Err() == nil {
		err := n.subscribe(ctx)
		if ctx.Err() != nil {
			return
		}
		n.failed(fmt.Errorf("notices: %w", err))
		select {
		case <-ctx.Done():
		case <-time.After(noticesAgain):
		}
	}
}

// subscribe hears the others over one connection until it breaks or falls silent.
func (n *Notices) subscribe(ctx context.Context) error {
	sub := n.redis.Subscribe(ctx, noticesChannel)
	defer context.AfterFunc(ctx, func() { _ = sub.Close() })()
	defer sub.Close()
	asked := false
	for {
		got, err := sub.ReceiveTimeout(ctx, noticesPatience)
		var late net.Error
		switch {
		case errors.As(err, &late) && late.Timeout() && !asked:
			// Nothing was said for a while: does the server still answer?
			if err := sub.Ping(ctx); err != nil {
				return err
			}
			asked = true
			continue
		case err != nil:
			return err
		}
		asked = false
		switch got := got.(type) {
		case *redis.Subscription:
			n.missedAll()
		case *redis.Message:
			n.heard(got.Payload)
		}
	}
}

// heard hands one message to whom it concerns.
func (n *Notices) heard(payload string) {
	var m message
	if err := json.Unmarshal([]byte(payload), &m); err != nil || m.From == n.self {
		return // another version's message may be unreadable; it is only a notice
	}
	for _, one := range m.Notices {
		for _, e := range n.earsOf(one.Topic) {
			e.hear(one.Text)
		}
	}
	if m.Missed {
		n.missedAll()
	}
}

func (n *Notices) earsOf(topic string) []ear {
	n.mu.Lock()
	defer n.mu.Unlock()
	all := make([]ear, 0, len(n.ears[topic]))
	for _, e := range n.ears[topic] {
		all = append(all, e)
	}
	return all
}

func (n *Notices) missedAll() {
	n.mu.Lock()
	var all []func()
	for _, ears := range n.ears {
		for _, e := range ears {
			if e.missed != nil {
				all = append(all, e.missed)
			}
		}
	}
	n.mu.Unlock()
	for _, missed := range all {
		missed()
	}
}
