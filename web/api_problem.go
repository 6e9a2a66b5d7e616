package web

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humafiber"
	"github.com/gofiber/fiber/v2"

	"firebrand/internal/fault"
)

// problemType is the media type of problems.
const problemType = "application/problem+json"

// Problem is an error as the API writes it (RFC 9457), with a word for programs and the field at fault.
type Problem struct {
	Type   string `json:"type" doc:"Always about:blank; the code tells problems apart."`
	Title  string `json:"title" doc:"What went wrong and what to do, in the person's language."`
	Status int    `json:"status" doc:"The HTTP status code."`
	Code   string `json:"code" doc:"A word for programs that stays the same." example:"points.short"`
	Kind   string `json:"kind" doc:"What kind of thing went wrong. Only unavailable and unexpected are worth repeating, with the same key." enum:"invalid,not_found,conflict,key_reused,forbidden,signed_out,too_many,unavailable,unexpected"`
	Field  string `json:"field,omitempty" doc:"The field at fault, where it is one."`
	// Detail and Errors are about the form of a request and are for whoever writes the program that sent it.
	Detail string         `json:"detail,omitempty" doc:"In English, for the program's author."`
	Args   map[string]any `json:"args,omitempty" doc:"The numbers and words that the title names."`
	Errors []FieldError   `json:"errors,omitempty" doc:"Everything that is wrong with the form of the request."`
}

// FieldError is one thing that is wrong with the form of a request.
type FieldError struct {
	In      string `json:"in" doc:"Where the field is." enum:"body,path,query,header"`
	Field   string `json:"field,omitempty" doc:"The field at fault, empty for the body as a whole." example:"choice[0]"`
	Message string `json:"message" doc:"In English, for the program's author."`
}

// Error is for logs; a problem reaches people by its title.
func (p *Problem) Error() string { return p.Kind + ": " + p.Code }

// GetStatus is the HTTP status code with which the API sends it.
func (p *Problem) GetStatus() int { return p.Status }

// ContentType is the media type with which the API sends it.
func (p *Problem) ContentType(string) string { return problemType }

// problem is a fault in the API's form.
func (s *Server) problem(c *fiber.Ctx, code int, f *fault.Error) *Problem {
	kind := f.Kind.String()
	if kind == "" {
		kind = "unexpected"
	}
	return &Problem{Type: "about:blank", Title: s.apiSay(c, f), Status: code, Code: f.Key, Kind: kind, Field: f.Field, Args: f.Args}
}

// problemOf is any error in the API's form, understood as errors of pages are.
func (s *Server) problemOf(c *fiber.Ctx, err error) *Problem {
	code, f := s.understand(c, err)
	retryAfter(c, f)
	return s.problem(c, code, f)
}

// ownProblems puts what the library found wrong with the form of a request into our form. The values are left out: one
// of them may be a password.
func (s *Server) ownProblems(ctx huma.Context, _ string, v any) (any, error) {
	theirs, ok := v.(*huma.ErrorModel)
	if !ok {
		return v, nil
	}
	c := humafiber.Unwrap(ctx)
	if theirs.Status >= fiber.StatusInternalServerError {
		return s.problemOf(c, theirs), nil
	}
	errors := fieldErrors(theirs.Errors)
	f := fault.New(fault.Invalid, "fault.form")
	if len(errors) > 0 {
		f.Field = errors[0].Field
		if len(errors) == 1 && f.Field == keyHeader {
			f.Key = "fault.key_missing"
		}
	}
	p := s.problem(c, theirs.Status, f)
	if len(errors) > 0 && f.Key == "fault.form" {
		wanted := wantedOf(errors[0])
		p.Title, p.Field = s.apiSay(c, wanted), wanted.Field
	}
	if f := bodyFault(theirs); f != nil {
		p.Title, p.Args = s.apiSay(c, f), f.Args
	}
	p.Detail, p.Errors = theirs.Detail, errors
	return p, nil
}

var bodyLimited = regexp.MustCompile(`limit=(\d+) bytes`)

// bodyFault is what is wrong with a body as a whole, which the library tells in its detail alone; nil for anything else.
func bodyFault(theirs *huma.ErrorModel) *fault.Error {
	if m := bodyLimited.FindStringSubmatch(theirs.Detail); theirs.Status == fiber.StatusRequestEntityTooLarge && m != nil {
		most, _ := strconv.Atoi(m[1]) // its digits
		return fault.New(fault.Invalid, "api_problem.large", "kb", most>>10)
	}
	if theirs.Status == fiber.StatusBadRequest && theirs.Detail == "request body is required" {
		return fault.New(fault.Invalid, "api_problem.json")
	}
	return nil
}

var scientific = regexp.MustCompile(`\d+(\.\d+)?e\+\d+`)

// plainNumbers writes numbers as people do: the library has 1e+07 for a bound of ten million.
func plainNumbers(message string) string {
	return scientific.ReplaceAllStringFunc(message, func(n string) string {
		value, err := strconv.ParseFloat(n, 64)
		if err != nil {
			return n
		}
		return strconv.FormatFloat(value, 'f', -1, 64)
	})
}

// fieldErrors splits places such as "body.choice[0]".
func fieldErrors(found []*huma.ErrorDetail) []FieldError {
	var errors []FieldError
	for _, e := range found {
		in, field, _ := strings.Cut(e.Location, ".")
		told := FieldError{In: in, Field: field, Message: plainNumbers(e.Message)}
		if f := goFault(e.Message); f != nil {
			if len(errors) > 0 {
				continue // the form says it with its place
			}
			told.Message = "expected JSON of another form"
			if expected := inEnglish[f.Key]; expected != "" {
				told.Message = expected
			}
			told.Field = f.Field
		}
		errors = append(errors, told)
	}
	return errors
}

// apiLang is the language of the API's sentences. A program that asks for none is answered in English, a person in their
// own.
func (s *Server) apiLang(c *fiber.Ctx) string {
	w, _ := c.Locals("who").(who)
	if w.member.Lang == "" && c.Get(fiber.HeaderAcceptLanguage) == "" && c.Get(fiber.HeaderAuthorization) != "" {
		return "en"
	}
	return s.lang(c)
}

func (s *Server) apiSay(c *fiber.Ctx, f *fault.Error) string {
	return s.UI.Texts.Say(s.apiLang(c), f.Key, f.Args)
}

// inEnglish are the expectations of a field as the library words them, by our message.
var inEnglish = map[string]string{
	"api_problem.whole": "expected integer", "api_problem.number": "expected number", "api_problem.text": "expected string",
	"api_problem.list": "expected array", "api_problem.object": "expected object", "api_problem.bool": "expected boolean",
	"api_problem.date": "expected string to be RFC 3339 date-time", "api_problem.json": "expected whole JSON",
	"api_problem.unknown": "unexpected property",
}

// wantedOf is what a field should have been, for people.
func wantedOf(e FieldError) *fault.Error {
	wants := func(key, field string, pairs ...any) *fault.Error {
		return fault.New(fault.Invalid, key, append(pairs, "field", field)...).On(field)
	}
	if name, is := strings.CutPrefix(e.Message, "expected required property "); is {
		name, _, _ = strings.Cut(name, " ")
		if e.Field != "" {
			name = e.Field + "." + name
		}
		return wants("api_problem.missing", name)
	}
	if e.Field == "" {
		return wants("api_problem.json", "")
	}
	for key, message := range inEnglish {
		if e.Message == message {
			return wants(key, e.Field)
		}
	}
	for start, key := range map[string]string{
		"expected value to be one of ": "api_problem.one_of", "expected number >= ": "api_problem.least",
		"expected number <= ": "api_problem.most", "expected length >= ": "api_problem.longer", "expected length <= ": "api_problem.shorter",
	} {
		if known, is := strings.CutPrefix(e.Message, start); is {
			return wants(key, e.Field, "known", strings.Trim(known, `"`))
		}
	}
	return wants("api_problem.other", e.Field)
}

var (
	goType  = regexp.MustCompile(`^json: cannot unmarshal .* into Go (?:struct field \w*\.?(\S+)|value) of type (\S+)`)
	goField = regexp.MustCompile(`^json: unknown field "([^"]*)"`)
)

// goFault makes of what Go says of JSON what the sender can mend; nil where it is none of Go's.
func goFault(message string) *fault.Error {
	key, field := "", ""
	switch m, unknown := goType.FindStringSubmatch(message), goField.FindStringSubmatch(message); {
	case m != nil:
		key, field = goKinds(m[2]), m[1]
	case unknown != nil:
		key, field = "api_problem.unknown", unknown[1]
	case strings.HasPrefix(message, "parsing time "), strings.HasPrefix(message, "Time.UnmarshalJSON"):
		key = "api_problem.when"
	case strings.HasPrefix(message, "json: "), strings.HasPrefix(message, "invalid character "), strings.HasPrefix(message, "unexpected EOF"),
		strings.HasPrefix(message, "unexpected end of JSON"):
		key = "api_problem.json"
	default:
		return nil
	}
	if field == "" && key != "api_problem.when" {
		key = "api_problem.json"
	}
	return fault.New(fault.Invalid, key, "field", field).On(field)
}

// goKinds is the message of what a Go type holds.
func goKinds(name string) string {
	switch {
	case strings.HasPrefix(name, "int"), strings.HasPrefix(name, "uint"):
		return "api_problem.whole"
	case strings.HasPrefix(name, "float"):
		return "api_problem.number"
	case name == "string":
		return "api_problem.text"
	case name == "bool":
		return "api_problem.bool"
	case name == "time.Time":
		return "api_problem.date"
	case strings.HasPrefix(name, "["):
		return "api_problem.list"
	}
	return "api_problem.object"
}
