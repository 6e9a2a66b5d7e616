package member

import (
	"context"
	"time"

	"firebrand/internal/fault"
	"firebrand/internal/store"
)

// account is a person with what lets them in. Every decision about coming in is one replace of this document.
type account struct {
	Member Member `json:"member"`
	// Password is an encoded argon2id hash, empty until the first invitation is used.
	Password string `json:"password"`
	// Epoch is raised to end every session at once: a session of an earlier epoch is over.
	Epoch int64 `json:"epoch"`
	// Open is the one invitation that can still be used.
	Open open `json:"open"`
	// Seen is when the person was last here, to some ten minutes.
	Seen time.Time `json:"seen"`
	// Merge is how the account became a part of another one; zero for who was never merged.
	Merge Merge `json:"merge"`
}

// open is an invitation as the account holds it; the zero open is none.
type open struct {
	ID      string    `json:"id"`
	Purpose purpose   `json:"purpose"`
	Expires time.Time `json:"expires"`
}

// companyDoc is a company with the forms of its name and its code that are unique.
type companyDoc struct {
	Company Company `json:"company"`
	Fold    string  `json:"fold"`
	// Code is empty where the company has none.
	Code string `json:"code"`
}

func docOf(c Company) companyDoc { return companyDoc{c, fold(c.Name), fold(c.Code)} }

// keyDoc is an API key with the SHA-256 of its token.
type keyDoc struct {
	Key  APIKey `json:"key"`
	Hash string `json:"hash"`
}

// sessionDoc is one device's session; its id is the SHA-256 of the token.
type sessionDoc struct {
	Member  string    `json:"member"`
	Epoch   int64     `json:"epoch"`
	Device  string    `json:"device"`
	Created time.Time `json:"created"`
	Seen    time.Time `json:"seen"`
}

// invitationDoc says whose a link is and keeps who made it; its id is the SHA-256 of the token. Whether the link can
// be used is the account's to say.
type invitationDoc struct {
	Member  string  `json:"member"`
	Purpose purpose `json:"purpose"`
	// By is the id of who made it, empty for the program itself.
	By      string    `json:"by"`
	Created time.Time `json:"created"`
	Expires time.Time `json:"expires"`
	Used    time.Time `json:"used"`
}

// guessDoc counts the wrong passwords of one login or one address.
type guessDoc struct {
	Failures int       `json:"failures"`
	Last     time.Time `json:"last"`
	// Until is when the next guess is heard.
	Until time.Time `json:"until"`
}

// collections are the room's own; nobody else reads them.
type collections struct {
	companies   *store.Collection[companyDoc]
	accounts    *store.Collection[account]
	sessions    *store.Collection[sessionDoc]
	invitations *store.Collection[invitationDoc]
	guesses     *store.Collection[guessDoc]
	keys        *store.Collection[keyDoc]
	merges      *store.Collection[claimDoc]
	*memories
}

// memories are what was looked up a moment ago.
type memories struct {
	// recentSessions must be told of every change of an account and every end of a session.
	recentSessions recent[string, checkedSession]
	// recentKeys must be told of every revocation.
	recentKeys recent[string, APIKey]
	// recentBuyers must be told of every change of a company and of who somebody is, recentSharings of the latter and
	// of every consent.
	recentBuyers   recent[BuyerRef, Buyer]
	recentSharings recent[string, Sharing]
	// notices tell the other processes; nil where there are none.
	notices *store.Notices
}

// forgetPeople is for when a company was changed, or who somebody is.
func (m *memories) forgetPeople() { m.drop(tellPeople) }

func openCollections(ctx context.Context, e store.Engine) (c collections, err error) {
	c.memories = &memories{}
	if c.companies, err = store.OpenCollection[companyDoc](ctx, e, store.Spec{
		Name: "companies", Indexes: []store.Index{
			{Name: "fold", Fields: []string{"fold"}, Unique: true},
			{Name: "region", Fields: []string{"company.region", "fold"}},
			{Name: "code", Fields: []string{"code"}, Unique: true},
		}}); err != nil {
		return c, err
	}
	if c.accounts, err = store.OpenCollection[account](ctx, e, store.Spec{
		Name: "members", Indexes: []store.Index{
			{Name: "id", Fields: []string{"member.id"}, Unique: true},
			{Name: "phone", Fields: []string{"member.phone"}, Unique: true},
			{Name: "email", Fields: []string{"member.email"}, Unique: true},
			{Name: "company", Fields: []string{"member.company", "member.name"}},
			{Name: "role", Fields: []string{"member.role"}},
			{Name: "alias", Fields: []string{"member.display.alias"}},
			{Name: "merging", Fields: []string{"merge.open"}},
		}}); err != nil {
		return c, err
	}
	if c.sessions, err = store.OpenCollection[sessionDoc](ctx, e, store.Spec{
		Name: "sessions", Indexes: []store.Index{
			{Name: "member", Fields: []string{"member", "seen"}},
			{Name: "seen", Fields: []string{"seen"}},
		}}); err != nil {
		return c, err
	}
	if c.invitations, err = store.OpenCollection[invitationDoc](ctx, e, store.Spec{
		Name: "invitations", Indexes: []store.Index{
			{Name: "expires", Fields: []string{"expires"}},
		}}); err != nil {
		return c, err
	}
	if c.guesses, err = store.OpenCollection[guessDoc](ctx, e, store.Spec{
		Name: "guesses", Indexes: []store.Index{
			{Name: "last", Fields: []string{"last"}},
		}}); err != nil {
		return c, err
	}
	if c.keys, err = store.OpenCollection[keyDoc](ctx, e, store.Spec{
		Name: "api_keys", Indexes: []store.Index{
			{Name: "hash", Fields: []string{"hash"}, Unique: true},
			{Name: "created", Fields: []string{"key.created"}},
		}}); err != nil {
		return c, err
	}
	c.merges, err = store.OpenCollection[claimDoc](ctx, e, store.Spec{Name: "merges"})
	return c, err
}

// page is how many documents a walk reads at once.
const page = 500

// account loads one person, or fault.NotFound ("member.unknown").
func (c collections) account(ctx context.Context, id string) (account, error) {
	e, err := c.accounts.Get(ctx, id)
	return e.Value, unknown(err)
}

// update changes one person's account; change may run several times.
func (c collections) update(ctx context.Context, id string, change func(*account) error) (account, error) {
	defer c.drop(tellSessions)
	var was Member
	e, err := c.accounts.Update(ctx, id, func(a *account) error {
		was = a.Member
		return change(a)
	})
	if identity(was) != identity(e.Value.Member) {
		c.forgetPeople()
	}
	return e.Value, unknown(err)
}

// identity is what decides whether somebody is found as a buyer and paid for a company.
func identity(m Member) Member {
	return Member{
		ID: m.ID, Role: m.Role, Company: m.Company, Name: m.Name, Phone: m.Phone, Email: m.Email,
		Dismissed: m.Dismissed, MergedInto: m.MergedInto,
	}
}

// endSession removes a session's document; fault.NotFound where there is none.
func (c collections) endSession(ctx context.Context, id string) error {
	defer c.drop(tellSessions)
	return c.sessions.Delete(ctx, id)
}

// by finds a person by the unique index phone or email; found is false where there is none.
func (c collections) by(ctx context.Context, index, value string) (a account, found bool, err error) {
	if value == "" {
		return a, false, nil
	}
	entries, err := c.accounts.Find(ctx, store.Query{Index: index, Equal: []any{value}, Limit: 1})
	if err != nil || len(entries) == 0 {
		return a, false, err
	}
	return entries[0].Value, true, nil
}

// each walks through all accounts in the order of their ids.
func (c collections) each(ctx context.Context, visit func(account) error) error {
	q := store.Query{Limit: page}
	for {
		entries, err := c.accounts.Find(ctx, q)
		if err != nil {
			return err
		}
		for _, e := range entries {
			if err := visit(e.Value); err != nil {
				return err
			}
		}
		if len(entries) < page {
			return nil
		}
		q.After = &store.Position{ID: entries[len(entries)-1].ID}
	}
}

// taken says which unique value of m another person has, after the store refused it.
func (c collections) taken(ctx context.Context, m Member) error {
	for _, unique := range []struct{ index, value, key string }{
		{"phone", m.Phone, "member.phone_taken"}, {"email", m.Email, "member.email_taken"},
	} {
		other, found, err := c.by(ctx, unique.index, unique.value)
		if err != nil {
			return err
		}
		if found && other.Member.ID != m.ID {
			return fault.New(fault.Conflict, unique.key).On(unique.index)
		}
	}
	return fault.New(fault.Conflict, "member.exists")
}

// sessionsOf are one person's sessions, the last seen first; 200 is more devices than anybody has.
func (c collections) sessionsOf(ctx context.Context, member string) ([]store.Entry[sessionDoc], error) {
	return c.sessions.Find(ctx, store.Query{Index: "member", Equal: []any{member}, Desc: true, Limit: 200})
}

func isDuplicate(err error) bool {
	return fault.Is(err, fault.Conflict) && fault.As(err).Key == "store.duplicate"
}

// unknown turns a missing account into the room's own fault.
func unknown(err error) error {
	if fault.Is(err, fault.NotFound) && fault.As(err).Key == "store.missing" {
		return fault.New(fault.NotFound, "member.unknown")
	}
	return err
}
