package web

import (
	"cmp"
	"context"
	"encoding/json"
	"net/http"
	"path"
	"reflect"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humafiber"
	"github.com/gofiber/fiber/v2"

	"firebrand/internal/member"
)

const (
	// apiBase is where the JSON API begins.
	apiBase = "/api/v1"
	// apiBodyMost is the largest body that an operation reads, in bytes.
	apiBodyMost = 64 << 10
	// keyHeader names the idempotency key.
	keyHeader = "Idempotency-Key"
)

const apiDescription = `The programme's actions for programs, the same as its pages have.

Sign in with POST /session; the cookie that it sets authenticates the other calls. A call that changes something and bears
the cookie must also bear the site's own Origin header, as browsers send it.

Another system, such as an ERP, sends an API key that an administrator has made: Authorization: Bearer and the key. It
needs neither a cookie nor an Origin; where both are sent the key alone counts. Each call says which scope it needs.

A call that changes something bears an Idempotency-Key, chosen by the client: after a time-out send it again with the
same key and it acts once. The same key with another body is a problem with the kind key_reused. Calls that name what
they change by its own id and revision, as orders do, need none.

Errors are problems (RFC 9457). Texts are in the person's language. Times are UTC, and the server's clock decides.`

// An array that is empty is written as [], so that no client must expect null.
func init() { huma.DefaultArrayNullable = false }

// api is the JSON API while its operations are registered.
type api struct {
	*Server
	huma huma.API
}

// Keyed is embedded in the input of every operation that changes something.
type Keyed struct {
	Key string `header:"Idempotency-Key" required:"true" minLength:"1" maxLength:"64" doc:"The same key acts once, however often the call is sent."`
}

// about is what the document says about an operation.
type about struct {
	id, tag, summary string
	// detail is more than the summary where there is more to know.
	detail string
	// status is that of success, zero for 200 or, without an answer, 204; also are statuses of problems beyond those
	// that the operation's form implies.
	status int
	also   []int
	// scope lets API keys with it call as well as the people with the operation's roles, which may be access{}: nobody.
	// Empty for what no key may call. Who called, the action asks of actor.
	scope string
	// body is the largest body in bytes, zero for apiBodyMost.
	body int64
}

// nothing is the answer of an operation that has none.
type nothing struct{}

// reply is an answer with its body.
type reply[O any] struct{ Body O }

// callKey finds the request in the context of an operation.
type callKey struct{}

// operations register the API's operations; each stands in a file of its own.
var operations = []func(*api){
	sessionOperations, editionOperations, playOperations, pointsOperations, boardOperations, rewardOperations, deskOperations, teamOperations, ordersOperations, auctionOperations,
}

// mountAPI registers every operation, and the document that describes them.
func (s *Server) mountAPI() error {
	a := &api{s, humafiber.NewWithGroup(s.app, s.app.Group(apiBase), s.apiConfig())}
	for _, register := range operations {
		register(a)
	}
	// The library describes its own form of errors beside ours; no answer has it.
	schemas := a.huma.OpenAPI().Components.Schemas.Map()
	delete(schemas, "HumaErrorModel")
	delete(schemas, "HumaErrorDetail")
	document, err := json.Marshal(a.huma.OpenAPI())
	if err != nil {
		return err
	}
	s.app.Get(apiBase+"/openapi.json", func(c *fiber.Ctx) error {
		c.Set("Content-Type", "application/json")
		return c.Send(document)
	})
	return nil
}

// unpacked leaves out of compression what is packed elsewhere, boards among it, and the answers to a program's changes:
// an answer to a question is small, and packing it costs as much as checking who is there.
func unpacked(c *fiber.Ctx) bool {
	return packedElsewhere(c) || c.Method() != fiber.MethodGet && strings.HasPrefix(c.Path(), apiBase) || strings.HasPrefix(c.Path(), boardsPath)
}

func (s *Server) apiConfig() huma.Config {
	return huma.Config{
		OpenAPI: &huma.OpenAPI{
			OpenAPI: "3.1.0",
			Info:    &huma.Info{Title: s.Brand, Version: "1", Description: apiDescription},
			Servers: []*huma.Server{{URL: apiBase}},
			Components: &huma.Components{
				Schemas:         huma.NewMapRegistry("#/components/schemas/", schemaName),
				SecuritySchemes: securitySchemes,
			},
		},
		Formats:       huma.DefaultFormats,
		DefaultFormat: "application/json",
		Transformers:  []huma.Transformer{s.ownProblems},
	}
}

// securitySchemes are how a call says who asks.
var securitySchemes = map[string]*huma.SecurityScheme{
	"session": {Type: "apiKey", In: "cookie", Name: sessionCookie, Description: "A person who has signed in."},
	"key": {
		Type: "http", Scheme: "bearer", BearerFormat: "fbk_…",
		Description: "An API key of another system, made by an administrator. Scopes: " + strings.Join(member.Scopes, ", ") + ".",
	},
}

// schemaName names a type in the document: those of other rooms by their room, since two of them may have one name.
func schemaName(t reflect.Type, hint string) string {
	name := huma.DefaultSchemaNamer(t, hint)
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch room := path.Base(t.PkgPath()); room {
	case "web", ".":
		return strings.TrimPrefix(strings.TrimPrefix(name, "Api"), "API")
	case "v2":
		return "Huma" + name
	default:
		return strings.ToUpper(room[:1]) + room[1:] + name
	}
}

// operation registers one action: who may ask is checked before anything is read, the input is checked by its tags, and
// an error becomes a problem by the one table that pages have as well.
func operation[I, O any](a *api, method, path string, need access, is about, act func(*Server, *fiber.Ctx, *I) (O, error)) {
	op := huma.Operation{
		Method: method, Path: path, OperationID: is.id, Tags: []string{is.tag}, Summary: is.summary, Description: is.detail,
		DefaultStatus: is.status, MaxBodyBytes: cmp.Or(is.body, apiBodyMost), Middlewares: huma.Middlewares{a.admitted(is.scope, need)},
		Responses: a.problems(problemCodes(method, need, reflect.TypeFor[I](), is.also)),
		Security:  security(is.scope, need),
	}
	do := func(ctx context.Context, in *I) (O, error) {
		c, _ := ctx.Value(callKey{}).(*fiber.Ctx)
		out, err := act(a.Server, c, in)
		if err != nil {
			err = a.problemOf(c, err)
		}
		return out, err
	}
	if reflect.TypeFor[O]() == reflect.TypeFor[nothing]() {
		huma.Register(a.huma, op, func(ctx context.Context, in *I) (*nothing, error) {
			_, err := do(ctx, in)
			return nil, err
		})
		return
	}
	huma.Register(a.huma, op, func(ctx context.Context, in *I) (*reply[O], error) {
		out, err := do(ctx, in)
		return &reply[O]{out}, err
	})
}

// security says in the document how a call may be authenticated, with the scope that a key needs.
func security(scope string, need access) []map[string][]string {
	var ways []map[string][]string
	if len(need) > 0 {
		ways = append(ways, map[string][]string{"session": {}})
	}
	if scope != "" {
		ways = append(ways, map[string][]string{"key": {scope}})
	}
	return ways
}

// admitted lets a call through whose person or key may make it, and hands the request on to the operation.
func (s *Server) admitted(scope string, need access) func(huma.Context, func(huma.Context)) {
	return func(ctx huma.Context, next func(huma.Context)) {
		c := humafiber.Unwrap(ctx)
		c.Set("Cache-Control", "no-store")
		err := s.admitKey(scope, need, func(c *fiber.Ctx) error {
			next(huma.WithValue(ctx, callKey{}, c))
			return nil
		})(c)
		if err != nil {
			_ = s.fail(c, err) // it can only fail to write a problem as JSON, which is always possible
		}
	}
}

// problemCodes are the statuses of the problems that a call of this form can end in.
func problemCodes(method string, need access, input reflect.Type, also []int) []int {
	codes := append([]int{http.StatusInternalServerError, http.StatusServiceUnavailable}, also...)
	if need != nil {
		codes = append(codes, http.StatusUnauthorized)
	}
	if method != http.MethodGet || need != nil && len(need) < len(signedIn) {
		codes = append(codes, http.StatusForbidden)
	}
	if method != http.MethodGet {
		codes = append(codes, http.StatusConflict)
	}
	if input.NumField() > 0 {
		codes = append(codes, http.StatusUnprocessableEntity)
	}
	if _, has := input.FieldByName("Body"); has {
		codes = append(codes, http.StatusBadRequest, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType)
	}
	return codes
}

// problems describes those answers.
func (a *api) problems(codes []int) map[string]*huma.Response {
	schema := a.huma.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[Problem](), true, "")
	content := map[string]*huma.MediaType{problemType: {Schema: schema}}
	all := map[string]*huma.Response{}
	for _, code := range codes {
		all[strconv.Itoa(code)] = &huma.Response{Description: http.StatusText(code), Content: content}
	}
	return all
}
