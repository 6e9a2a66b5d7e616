package fault_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"firebrand/internal/fault"
)

func TestFault(t *testing.T) {
	cause := errors.New("disk on fire")
	err := fmt.Errorf("placing: %w", fault.New(fault.Unavailable, "store.down", "seconds", 3).On("price").After(time.Second).Because(cause))

	t.Run("the kind is found through wrapping", func(t *testing.T) {
		if !fault.Is(err, fault.Unavailable) || fault.Is(err, fault.Conflict) {
			t.Fatalf("kind of %v = %v", err, fault.KindOf(err))
		}
		if fault.KindOf(cause) != 0 || fault.Is(nil, 0) {
			t.Fatal("an error that is no fault has a kind")
		}
	})
	t.Run("the cause stays reachable and the parts are kept", func(t *testing.T) {
		f := fault.As(err)
		if !errors.Is(err, cause) || f.Args["seconds"] != 3 || f.Field != "price" || f.RetryAfter != time.Second {
			t.Fatalf("lost a part: %+v", f)
		}
	})
	t.Run("a copy does not change its origin", func(t *testing.T) {
		a := fault.New(fault.Invalid, "x")
		_ = a.On("field")
		if a.Field != "" {
			t.Fatal("On changed its receiver")
		}
	})
	t.Run("every kind has its word", func(t *testing.T) {
		for k := fault.Invalid; k <= fault.Unavailable; k++ {
			if k.String() == "" {
				t.Errorf("kind %d has no word", k)
			}
		}
	})
}
