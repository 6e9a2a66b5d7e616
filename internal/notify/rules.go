package notify

import (
	"bytes"
	"encoding/json"
	"strings"

	"firebrand/internal/fault"
)

// check says what is wrong with a message; args are its arguments as they are stored.
func check(m Message, args string) error {
	switch {
	case m.ID == "" || len(m.ID) > maxID:
		return invalid("id")
	case m.Member == "":
		return invalid("member")
	case m.Key == "" || len(m.Key) > maxText:
		return invalid("key")
	case len(args) > maxArgs:
		return invalid("args")
	case m.Link != "" && !ours(m.Link):
		return invalid("link")
	}
	return nil
}

func invalid(field string) error { return fault.New(fault.Invalid, "notify.message", "field", field) }

// ours reports whether a link is a path of this site and of no other: "//evil.example" is another host's.
func ours(link string) bool {
	return len(link) <= maxText && strings.HasPrefix(link, "/") && !strings.HasPrefix(link, "//") && !strings.Contains(link, `\`)
}

// written encodes arguments to be stored: as one text, so that no store has a say in what a number is.
func written(args map[string]any) (string, error) {
	if len(args) == 0 {
		return "", nil
	}
	text, err := json.Marshal(args)
	if err != nil {
		return "", invalid("args")
	}
	if _, err := readArgs(string(text)); err != nil {
		return "", err
	}
	return string(text), nil
}

// readArgs reads stored arguments. What is neither a text, a number, a truth nor a text in several languages is
// fault.Invalid ("notify.message").
func readArgs(text string) (map[string]any, error) {
	if text == "" {
		return nil, nil
	}
	var args map[string]any
	in := json.NewDecoder(bytes.NewReader([]byte(text)))
	in.UseNumber()
	if err := in.Decode(&args); err != nil {
		return nil, invalid("args")
	}
	for name, value := range args {
		simple, ok := simplified(value)
		if !ok {
			return nil, invalid("args")
		}
		args[name] = simple
	}
	return args, nil
}

func simplified(value any) (any, bool) {
	switch v := value.(type) {
	case string, bool:
		return v, true
	case json.Number:
		if whole, err := v.Int64(); err == nil {
			return whole, true
		}
		broken, err := v.Float64()
		return broken, err == nil
	case map[string]any:
		texts := make(map[string]string, len(v))
		for lang, text := range v {
			s, ok := text.(string)
			if !ok {
				return nil, false
			}
			texts[lang] = s
		}
		return texts, true
	}
	return nil, false
}
