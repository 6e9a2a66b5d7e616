package store

// Recent remembers the latest of what was read, written or done, so that nobody looks it up again. What it has forgotten
// is looked up, and another process may have written something newer. The zero value is ready; whoever owns it guards it.
type Recent[V any] struct {
	// young takes what comes; when it is half of what may be remembered it becomes old, and what was old is forgotten.
	young, old map[string]V
}

// Get is what is remembered under the key.
func (r *Recent[V]) Get(key string) (V, bool) {
	if v, ok := r.young[key]; ok {
		return v, true
	}
	v, ok := r.old[key]
	return v, ok
}

// Put remembers v under the key, and no more than most values altogether.
func (r *Recent[V]) Put(key string, v V, most int) {
	if r.young == nil || len(r.young) >= most/2 {
		r.young, r.old = map[string]V{}, r.young
	}
	r.young[key] = v
	delete(r.old, key)
}

// Drop forgets the key.
func (r *Recent[V]) Drop(key string) {
	delete(r.young, key)
	delete(r.old, key)
}

// Clear forgets everything.
func (r *Recent[V]) Clear() { r.young, r.old = nil, nil }
