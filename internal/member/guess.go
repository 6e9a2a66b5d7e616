package member

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"math"
	"time"

	"firebrand/internal/fault"
)

const (
	// loginGuesses is how many wrong passwords a login may have before the next must wait.
	loginGuesses = 5
	// addressGuesses is the same for a remote address. A whole shop, or a mobile operator's customers, share one:
	// with five, one colleague's mistakes would shut the others out.
	addressGuesses = 20
	firstDelay     = 30 * time.Second
	longestDelay   = 15 * time.Minute
	// guessMemory is how long after the last wrong password all of them are forgotten.
	guessMemory = 24 * time.Hour
)

// guesser is a login or an address whose wrong passwords are counted, and how many of them are free.
type guesser struct {
	id   string
	free int
}

// guessers are what a sign-in is counted under. Ids are hashed: neither a phone nor an address stands in the store.
func guessers(login, address string) []guesser {
	list := []guesser{{guesserID("login", login), loginGuesses}}
	if address != "" {
		list = append(list, guesser{guesserID("address", address), addressGuesses})
	}
	return list
}

func guesserID(kind, what string) string {
	sum := sha256.Sum256([]byte(kind + ":" + what))
	return hex.EncodeToString(sum[:16])
}

// failed is the count after one more wrong password at now.
func (d guessDoc) failed(free int, now time.Time) guessDoc {
	if now.Sub(d.Last) >= guessMemory {
		d.Failures = 0
	}
	d.Failures++
	d.Last = now
	if over := d.Failures - free; over >= 0 {
		d.Until = now.Add(min(firstDelay<<min(over, 10), longestDelay))
	}
	return d
}

// mayGuess is fault.TooMany "member.guessing" while one of the guessers has to wait.
func (s *Service) mayGuess(ctx context.Context, list []guesser) error {
	for _, g := range list {
		e, err := s.guesses.Get(ctx, g.id)
		if fault.Is(err, fault.NotFound) {
			continue
		}
		if err != nil {
			return err
		}
		if wait := e.Value.Until.Sub(s.now()); wait > 0 {
			return fault.New(fault.TooMany, "member.guessing", "n", int(math.Ceil(wait.Minutes()))).After(wait)
		}
	}
	return nil
}

// guessedWrong counts one wrong password.
func (s *Service) guessedWrong(ctx context.Context, list []guesser) error {
	for _, g := range list {
		count := func(d *guessDoc) error {
			*d = d.failed(g.free, s.now())
			return nil
		}
		_, err := s.guesses.Update(ctx, g.id, count)
		if fault.Is(err, fault.NotFound) {
			err = s.guesses.Insert(ctx, g.id, guessDoc{}.failed(g.free, s.now()))
		}
		if isDuplicate(err) {
			_, err = s.guesses.Update(ctx, g.id, count)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// guessedRight forgets a login's wrong passwords, not an address's: else whoever has one account could guess at others.
func (s *Service) guessedRight(ctx context.Context, login guesser) error {
	return gone(s.guesses.Delete(ctx, login.id))
}

// forgive forgets the wrong passwords of a person who has proved themselves otherwise.
func (s *Service) forgive(ctx context.Context, m Member) {
	for _, login := range []string{m.Phone, m.Email, m.ID} {
		if login != "" {
			_ = s.guessedRight(ctx, guesser{id: guesserID("login", login)})
		}
	}
}
