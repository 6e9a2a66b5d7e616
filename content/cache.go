package content

import (
	"container/list"
	"sync"
)

// cacheSize bounds a cache; a month has some ten quizzes, a day's players meet a few revisions of each.
const cacheSize = 256

// cache keeps the values that were used last. The zero cache is ready.
type cache[T any] struct {
	mu    sync.Mutex
	order list.List
	byKey map[string]*list.Element
}

type cached[T any] struct {
	key   string
	value T
}

func (c *cache[T]) get(key string) (value T, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e, ok := c.byKey[key]
	if !ok {
		return value, false
	}
	c.order.MoveToFront(e)
	return e.Value.(cached[T]).value, true
}

func (c *cache[T]) put(key string, value T) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, ok := c.byKey[key]; ok {
		return
	}
	if c.byKey == nil {
		c.byKey = map[string]*list.Element{}
	}
	c.byKey[key] = c.order.PushFront(cached[T]{key, value})
	if c.order.Len() > cacheSize {
		oldest := c.order.Back()
		delete(c.byKey, oldest.Value.(cached[T]).key)
		c.order.Remove(oldest)
	}
}
