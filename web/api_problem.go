package web

import (
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
	return &Problem{Type: "about:blank", Title: s.say(c, f), Status: code, Code: f.Key, Kind: kind, Field: f.Field, Args: f.Args}
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
	p.Detail, p.Errors = theirs.Detail, errors
	return p, nil
}

// fieldErrors splits places such as "body.choice[0]".
func fieldErrors(found []*huma.ErrorDetail) []FieldError {
	var errors []FieldError
	for _, e := range found {
		in, field, _ := strings.Cut(e.Location, ".")
		errors = append(errors, FieldError{In: in, Field: field, Message: e.Message})
	}
	return errors
}
