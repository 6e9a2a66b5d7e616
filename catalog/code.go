package catalog

import (
	"context"
	"fmt"
	"io"
	"strings"

	"firebrand/internal/calendar"
	"firebrand/internal/fault"
)

// alphabet is Crockford's base 32: no I, L, O and U, which are misread or misheard.
const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

// codeLength gives 40 bits: too many to guess at a desk, few enough to read out.
const codeLength = 8

// codeTries bounds how often another code is drawn; so many taken ones in a row mean that Random is broken.
const codeTries = 20

// Voucher is the code as it is shown and read out, in two groups; empty before the redemption is placed.
func (r Redemption) Voucher() string {
	if len(r.Code) != codeLength {
		return r.Code
	}
	return r.Code[:codeLength/2] + "-" + r.Code[codeLength/2:]
}

// ParseCode reads a code as people type it: any case, spaces and hyphens anywhere, I and L for 1, O for 0.
// It fails with fault.Invalid ("catalog.code") when that is no code.
func ParseCode(typed string) (string, error) {
	code := make([]byte, 0, codeLength)
	for _, c := range strings.ToUpper(typed) {
		switch c {
		case ' ', '-':
			continue
		case 'I', 'L':
			c = '1'
		case 'O':
			c = '0'
		}
		if !strings.ContainsRune(alphabet, c) || len(code) == codeLength {
			return "", fault.New(fault.Invalid, "catalog.code").On("code")
		}
		code = append(code, byte(c))
	}
	if len(code) != codeLength {
		return "", fault.New(fault.Invalid, "catalog.code").On("code")
	}
	return string(code), nil
}

// newCode draws a code, five bits a character.
func newCode(random io.Reader) (string, error) {
	var b [codeLength]byte
	if _, err := io.ReadFull(random, b[:]); err != nil {
		return "", fmt.Errorf("catalog: a voucher code: %w", err)
	}
	for i := range b {
		b[i] = alphabet[b[i]&31]
	}
	return string(b[:]), nil
}

// claimCode draws codes until one was never claimed before. The claim is one insert and outlives every shadow; a claim
// that a crash left without its voucher only makes that code unusable.
func (s *Service) claimCode(ctx context.Context, redemption string) (string, error) {
	for range codeTries {
		code, err := newCode(s.Random)
		if err != nil {
			return "", err
		}
		err = s.vouchers.Insert(ctx, code, voucher{Redemption: redemption, At: calendar.Milli(s.Now())})
		if !fault.Is(err, fault.Conflict) {
			return code, err
		}
	}
	return "", fmt.Errorf("catalog: %d voucher codes in a row were taken", codeTries)
}

// ByCode is the redemption that a voucher is for, in whatever state, from the code as typed or scanned.
// It fails with fault.Invalid ("catalog.code") and fault.NotFound ("catalog.code_unknown").
func (s *Service) ByCode(ctx context.Context, typed string) (Redemption, error) {
	code, err := ParseCode(typed)
	if err != nil {
		return Redemption{}, err
	}
	unknown := fault.New(fault.NotFound, "catalog.code_unknown").On("code")
	v, err := s.vouchers.Get(ctx, code)
	if fault.Is(err, fault.NotFound) {
		return Redemption{}, unknown
	}
	if err != nil {
		return Redemption{}, err
	}
	r, err := s.Redemption(ctx, v.Value.Redemption)
	if err != nil {
		return Redemption{}, err
	}
	if r.Code != code {
		return Redemption{}, unknown
	}
	return r, nil
}
