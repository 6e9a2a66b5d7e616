package member

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"
	"golang.org/x/text/unicode/norm"

	"firebrand/internal/fault"
)

const (
	// hashers is how many passwords are hashed at once.
	hashers = 2
	// longestTurn is how long anybody waits for a hasher, whatever their context allows.
	longestTurn = 10 * time.Second
	minPassword = 8
	// maxPassword is in bytes; hashing a longer text would be work for free.
	maxPassword = 256
	keyBytes    = 32
	saltBytes   = 16
)

// Cost is what one argon2id hash takes.
type Cost struct {
	// Memory is in KiB.
	Memory uint32
	Passes uint32
	Lanes  uint8
}

// DefaultCost is OWASP's least for argon2id, 19 MiB and two passes.
var DefaultCost = Cost{Memory: 19 * 1024, Passes: 2, Lanes: 1}

// turn runs work when a hasher is free; fault.TooMany "member.busy" when ctx or the longest wait ends first.
func (s *Service) turn(ctx context.Context, work func() error) error {
	wait, cancel := context.WithTimeout(ctx, longestTurn)
	defer cancel()
	select {
	case s.hashing <- struct{}{}:
		defer func() { <-s.hashing }()
		return work()
	case <-wait.Done():
		return fault.New(fault.TooMany, "member.busy").After(longestTurn).Because(wait.Err())
	}
}

// hash encodes a new password in a turn of its own.
func (s *Service) hash(ctx context.Context, password string) (encoded string, err error) {
	err = s.turn(ctx, func() error {
		encoded = s.Cost.encode(password)
		return nil
	})
	return encoded, err
}

// encode hashes a password with a new salt, as a PHC string.
func (c Cost) encode(password string) string {
	salt := make([]byte, saltBytes)
	_, _ = rand.Read(salt) // it never fails: crypto/rand ends the program instead
	return c.phc(salt, c.key(password, salt, keyBytes))
}

// decoy is a hash that no password has; to verify against it takes as long as any other.
func (c Cost) decoy() string { return c.phc(make([]byte, saltBytes), make([]byte, keyBytes)) }

func (c Cost) key(password string, salt []byte, size int) []byte {
	// The same letters typed on another keyboard may come decomposed.
	return argon2.IDKey(norm.NFC.Bytes([]byte(password)), salt, c.Passes, c.Memory, c.Lanes, uint32(size))
}

func (c Cost) phc(salt, key []byte) string {
	b64 := base64.RawStdEncoding
	return fmt.Sprintf("%s%s$%s", c.prefix(), b64.EncodeToString(salt), b64.EncodeToString(key))
}

func (c Cost) prefix() string {
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$", argon2.Version, c.Memory, c.Passes, c.Lanes)
}

// made reports whether the encoded hash is of this cost.
func (c Cost) made(encoded string) bool { return strings.HasPrefix(encoded, c.prefix()) }

// verify reports whether the password is the encoded one. An encoded text that is none is an error: it is our own.
func verify(encoded, password string) (bool, error) {
	if len(password) > maxPassword {
		password = ""
	}
	parts := strings.Split(encoded, "$")
	var c Cost
	if len(parts) != 6 || parts[1] != "argon2id" || parts[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return false, errEncoded
	}
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &c.Memory, &c.Passes, &c.Lanes); err != nil {
		return false, errEncoded
	}
	salt, err := base64.RawStdEncoding.DecodeString(parts[4])
	if err != nil {
		return false, errEncoded
	}
	key, err := base64.RawStdEncoding.DecodeString(parts[5])
	if err != nil || len(key) == 0 || c.Passes < 1 || c.Lanes < 1 {
		return false, errEncoded
	}
	return subtle.ConstantTimeCompare(c.key(password, salt, len(key)), key) == 1, nil
}

var errEncoded = fmt.Errorf("member: a stored password is not an argon2id string of version %d", argon2.Version)

// checkPassword refuses what is guessed first: fewer than eight characters, the digits of one's own phone, one
// character repeated, and the most common passwords. It asks for no mixture of kinds of characters.
func checkPassword(password, phone string) error {
	fails := func(key string, pairs ...any) error { return fault.New(fault.Invalid, key, pairs...).On("password") }
	switch {
	case utf8.RuneCountInString(password) < minPassword:
		return fails("member.password_short", "n", minPassword)
	case len(password) > maxPassword:
		return fails("member.password_long", "n", maxPassword)
	case isOfPhone(password, phone):
		return fails("member.password_phone")
	case isCommon(password):
		return fails("member.password_common")
	}
	return nil
}

// isOfPhone reports whether a password is digits that stand in the phone, however they are spaced; without the
// country, or with the 8 or 0 before, they are still the same phone.
func isOfPhone(password, phone string) bool {
	digits := strings.NewReplacer(" ", "", "-", "", "+", "", "(", "", ")", "").Replace(password)
	if phone == "" || strings.Trim(digits, "0123456789") != "" {
		return false
	}
	return strings.Contains(phone, digits) || len(digits) > 9 && strings.HasSuffix(phone, digits[1:])
}

func isCommon(password string) bool {
	password = strings.ToLower(password)
	first, _ := utf8.DecodeRuneInString(password)
	return strings.Trim(password, string(first)) == "" || common[password]
}

var common = wordSet(`
12345678 123456789 1234567890 0123456789 87654321 987654321 0987654321 11223344 12341234 12344321 1q2w3e4r
1q2w3e4r5t 1qaz2wsx 1qazxsw2 q1w2e3r4 q1w2e3r4t5 zaq12wsx qazwsxedc qwerty12 qwerty123 qwerty1234 qwertyui
qwertyuiop asdfghjk asdfghjkl zxcvbnm1 zxcvbnm123 password password1 password12 password123 passw0rd p@ssw0rd
p@ssword pa$$word letmein1 iloveyou iloveyou1 sunshine princess football baseball superman trustno1 welcome1
welcome123 administrator admin123 admin1234 adminadmin abc12345 abcd1234 a1b2c3d4 aa123456 12345678a 123456789a
a12345678 12345qwert qwert12345 1234qwer qwer1234 asdf1234 asdfasdf samsung1 android1 computer internet whatever
starwars michelle jennifer monkey123 dragon123 football1 liverpool chelsea1 barcelona changeme changeme1 default1
secret123 firebrand firebrand1 firebrand123 йцукенгш йцукенгшщз йцукен123 пароль12 пароль123 парольпароль
привет123 привіт123 яндекс12 любовь123 любов123 наташа123 максим123 україна1 украина1 qwertyqwerty
111222333 112233445566 123123123 123321123 123454321 147258369 159753456 741852963 789456123 999888777
12121212 31415926 22041991 01012000 01011990 19841984 20002000 77777777
`)

func wordSet(list string) map[string]bool {
	set := map[string]bool{}
	for word := range strings.FieldsSeq(list) {
		set[word] = true
	}
	return set
}
