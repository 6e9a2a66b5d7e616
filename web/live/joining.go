package live

import (
	"slices"

	"github.com/gofiber/websocket/v2"

	"firebrand/internal/fault"
)

func (c *client) handle(text []byte) {
	req, err := parse(text)
	switch {
	case err != nil:
	case req.Type == "ping":
		c.note(note{pong: true})
	case req.Type == "leave":
		c.leave(req.Room)
	default:
		err = c.join(req.Room)
	}
	if err != nil {
		c.hub.failedUnlessDown(err)
		c.note(note{room: req.Room, err: err})
	}
}

// join enters a room, or asks for its snapshot again where the client is in it.
func (c *client) join(name string) error {
	before := c.checks()
	if err := c.authorise(name); err != nil {
		return err
	}
	for {
		r, err := c.hub.room(name)
		if err != nil {
			return err
		}
		s, err := c.enter(r)
		if err != nil {
			return err
		}
		if c.hub.join(c, r, s) {
			break
		}
		c.left(s)
	}
	if c.checks() != before {
		c.recheckRooms()
	}
	return nil
}

// authorise asks the hub and the room's kind whether the client may watch it.
func (c *client) authorise(name string) error {
	if c.hub.Authorise != nil {
		if err := c.hub.Authorise(c.identity, name); err != nil {
			return err
		}
	}
	c.hub.mu.Lock()
	kind, err := c.hub.kind(name)
	c.hub.mu.Unlock()
	if err != nil || kind.Authorise == nil {
		return err
	}
	return kind.Authorise(c.identity, name)
}

func (c *client) checks() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.rechecked
}

// recheck asks anew whether the client may stay, and where; false where it may not.
func (c *client) recheck() bool {
	if c.still != nil && !c.still() {
		c.end(websocket.ClosePolicyViolation, "signed_out")
		return false
	}
	c.recheckRooms()
	return true
}

// recheckRooms puts the client out of rooms that it may watch no more. A store that does not answer puts nobody out: the
// next ping asks again.
func (c *client) recheckRooms() {
	c.mu.Lock()
	c.rechecked++
	places := slices.Clone(c.places)
	c.mu.Unlock()
	for _, s := range places {
		err := c.authorise(s.room.name)
		if f := fault.As(err); f == nil || f.Kind == fault.Unavailable {
			c.hub.failed(err)
			continue
		}
		if c.left(s) {
			s.room.remove(c, s)
			c.note(note{room: s.room.name, err: err})
		}
	}
}

// enter makes a place for the room's states; the next one goes out as a snapshot.
func (c *client) enter(r *room) (*slot, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, s := range c.places {
		if s.room == r {
			*s = slot{room: r}
			return s, nil
		}
	}
	if len(c.places) >= MaxRooms {
		return nil, fault.New(fault.TooMany, "live.too_many_rooms", "max", MaxRooms)
	}
	s := &slot{room: r}
	c.places = append(c.places, s)
	return s, nil
}

func (c *client) leave(name string) {
	c.mu.Lock()
	i := slices.IndexFunc(c.places, func(s *slot) bool { return s.room.name == name })
	var s *slot
	if i >= 0 {
		s = c.places[i]
		c.places = slices.Delete(c.places, i, i+1)
	}
	c.mu.Unlock()
	if s != nil {
		s.room.remove(c, s)
	}
}

// left takes a place away; false where it was gone already.
func (c *client) left(s *slot) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	i := slices.Index(c.places, s)
	if i >= 0 {
		c.places = slices.Delete(c.places, i, i+1)
	}
	return i >= 0
}

// leaveAll takes all places away and returns them.
func (c *client) leaveAll() []*slot {
	c.mu.Lock()
	defer c.mu.Unlock()
	places := c.places
	c.places = nil
	return places
}
