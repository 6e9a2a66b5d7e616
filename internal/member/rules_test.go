package member_test

import (
	"testing"

	"firebrand/internal/fault"
	"firebrand/internal/member"
)

func TestNormalPhone(t *testing.T) {
	for in, want := range map[string]string{
		"+380501234567": "+380501234567", "+38 (050) 123-45-67": "+380501234567", "380501234567": "+380501234567",
		"00380501234567": "+380501234567", "050 123 45 67": "+380501234567", "(050)123-45-67": "+380501234567",
		"+380 (0)50 123 45 67": "+380501234567", "050.123.45.67": "+380501234567", "050\u00a0123\u00a045\u00a067": "+380501234567",
		"\u202a+380501234567\u202c": "+380501234567", "050–123–45–67": "+380501234567",
		"8 (916) 123-45-67": "+79161234567", "+7 916 123 45 67": "+79161234567", "79161234567": "+79161234567",
		"8 029 123-45-67": "+375291234567", "8 701 123 45 67": "+77011234567", "+44 20 7946 0958": "+442079460958",
		"": "", "   ": "",
		// What cannot be told, or has lost digits, is refused rather than guessed.
		"501234567": "!", "9161234567": "!", "3.80501E+11": "!", "+380501234567 доб. 12": "!", "123": "!", "abc": "!",
		"+12345678901234567": "!", "0": "!", "+": "!", "++380501234567": "!", "٠٥٠١٢٣٤٥٦٧": "!", "+0501234567": "!",
	} {
		got, err := member.NormalPhone(in)
		if f := fault.As(err); f != nil {
			got = "!"
			if f.Key != "member.phone_invalid" || f.Field != "phone" {
				t.Errorf("%q: %v", in, f)
			}
		}
		if got != want {
			t.Errorf("%q became %q, not %q", in, got, want)
		}
	}
}

func TestNormalEmail(t *testing.T) {
	for in, want := range map[string]string{
		" Olena@Sun.Example ": "olena@sun.example", "ОЛЕНА@пошта.укр": "олена@пошта.укр", "a+b@x.example": "a+b@x.example", "": "",
		"olena": "!", "a@b": "!", "a@b@c.example": "!", "Olena <o@x.example>": "!", "a b@x.example": "!", "@x.example": "!",
	} {
		got, err := member.NormalEmail(in)
		if err != nil {
			got = "!"
		}
		if got != want {
			t.Errorf("%q became %q, not %q", in, got, want)
		}
	}
}

func FuzzContact(f *testing.F) {
	f.Add("+380 (0)50 123-45-67", "Olena@Sun.Example")
	f.Add("8 029 123-45-67", "İ@x.example")
	f.Fuzz(func(t *testing.T, phone, email string) {
		if p, err := member.NormalPhone(phone); err == nil {
			if again, err := member.NormalPhone(p); err != nil || again != p {
				t.Errorf("phone %q became %q, then %q", phone, p, again)
			}
		}
		if e, err := member.NormalEmail(email); err == nil {
			if again, err := member.NormalEmail(e); err != nil || again != e {
				t.Errorf("e-mail %q became %q, then %q", email, e, again)
			}
		}
	})
}
