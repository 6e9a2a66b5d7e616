package catalog_test

import (
	"bytes"
	"crypto/rand"
	"io"
	"strings"
	"testing"

	"firebrand/catalog"
	"firebrand/internal/fault"
)

func TestVouchers(t *testing.T) {
	w := newWorld(t)
	w.reward("mug", 1, 100, 0)
	w.award("ada", 100)

	t.Run("two redemptions never share a code, even where chance repeats itself", func(t *testing.T) {
		w.catalog.Random = io.MultiReader(bytes.NewReader(make([]byte, 16)), rand.Reader)
		a, err := w.redeem("ada", "mug", 1, "form-1")
		must(t, err)
		b, err := w.redeem("ada", "mug", 1, "form-2")
		must(t, err)
		want(t, "the first voucher", a.Voucher(), "0000-0000")
		if a.Code == b.Code {
			t.Fatal("one code for two")
		}
		found, err := w.catalog.ByCode(t.Context(), "oooo oooo")
		must(t, err)
		want(t, "found by its code", found.ID, a.ID)
	})
	t.Run("randomness that only repeats itself is an error, not a shared code", func(t *testing.T) {
		w.catalog.Random = zeros{}
		_, err := w.redeem("ada", "mug", 1, "form-3")
		if err == nil || fault.As(err) != nil {
			t.Fatalf("got %v", err)
		}
		w.catalog.Random = rand.Reader
		w.sweep()
		w.agrees()
	})
	t.Run("an unknown code and one that is none are told apart", func(t *testing.T) {
		_, err := w.catalog.ByCode(t.Context(), "7777-7777")
		wantFault(t, err, fault.NotFound, "catalog.code_unknown")
		_, err = w.catalog.ByCode(t.Context(), "777")
		wantFault(t, err, fault.Invalid, "catalog.code")
	})
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

func FuzzParseCode(f *testing.F) {
	for _, s := range []string{"7K3M-9QWZ", " oOiIlL00 ", "UUUUUUUU", "", "7K3M9QWZ1", "ЖЖЖЖ-ЖЖЖЖ", "ıııı-ıııı", "\xff"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, typed string) {
		code, err := catalog.ParseCode(typed)
		if err != nil {
			wantFault(t, err, fault.Invalid, "catalog.code")
			return
		}
		if len(code) != 8 || strings.Trim(code, "0123456789ABCDEFGHJKMNPQRSTVWXYZ") != "" {
			t.Fatalf("%q is read as %q", typed, code)
		}
		shown := catalog.Redemption{Code: code}.Voucher()
		again, err := catalog.ParseCode(shown)
		must(t, err)
		want(t, "read again", again, code)
	})
}
