package member_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"firebrand/internal/fault"
	"firebrand/internal/journal"
	"firebrand/internal/member"
	"firebrand/internal/store"
	"firebrand/internal/store/sqlite"
)

const (
	good  = "correct horse battery"
	other = "staple of another kind"
)

var (
	phone  = member.Device{Agent: "Mozilla/5.0 (Linux; Android 9) AppleWebKit/537.36 Chrome/120.0 Mobile Safari/537.36", Address: "10.0.0.1"}
	laptop = member.Device{Agent: "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:130.0) Gecko/20100101 Firefox/130.0", Address: "10.0.0.2"}
)

// world is a room over an empty store with a clock set by hand, an administrator and two companies.
type world struct {
	*testing.T
	*member.Service
	ctx   context.Context
	now   time.Time
	admin member.Member
	sun   member.Company
	moon  member.Company
	count int
}

func newWorld(t *testing.T) *world {
	t.Helper()
	return newWorldOn(t, func(e store.Engine) store.Engine { return e })
}

// newWorldOn is newWorld over an engine that a test has put something around.
func newWorldOn(t *testing.T, around func(store.Engine) store.Engine) *world {
	t.Helper()
	w := &world{T: t, ctx: t.Context(), now: time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)}
	engine, err := sqlite.Open(w.ctx, t.TempDir(), sqlite.Options{})
	w.ok(err)
	t.Cleanup(func() { _ = engine.Close() })
	clock := func() time.Time { return w.now }
	w.Service, err = member.Open(w.ctx, around(engine), clock)
	w.ok(err)
	w.Journal, err = journal.Open(w.ctx, engine, clock, member.ConsentFamily)
	w.ok(err)
	w.Cost = member.Cost{Memory: 64, Passes: 1, Lanes: 1}
	w.admin = w.enter(member.Member{Role: member.RoleAdmin, Name: "Ada"})
	w.sun, err = w.CreateCompany(w.ctx, w.admin, member.Company{Name: "Sun", Region: "South", Size: "small"})
	w.ok(err)
	w.moon, err = w.CreateCompany(w.ctx, w.admin, member.Company{Name: "Moon", Region: "North"})
	w.ok(err)
	return w
}

func (w *world) ok(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

// fails checks for a fault by its kind and key.
func (w *world) fails(err error, kind fault.Kind, key string) {
	w.Helper()
	if f := fault.As(err); f == nil || f.Kind != kind || f.Key != key {
		w.Fatalf("got %v, want %v %s", err, kind, key)
	}
}

// enter creates a person as an administrator does, with a phone of their own.
func (w *world) enter(m member.Member) member.Member {
	w.Helper()
	w.count++
	if m.Phone == "" {
		m.Phone = fmt.Sprintf("+38050%07d", w.count)
	}
	if m.Name == "" {
		m.Name = "Olena Kovalenko"
	}
	m, err := w.Create(w.ctx, member.Member{Role: member.RoleAdmin}, m)
	w.ok(err)
	return m
}

func (w *world) staff(c member.Company) member.Member {
	w.Helper()
	return w.enter(member.Member{Role: member.RoleMember, Company: c.ID})
}

// comes invites a person and lets them use the link.
func (w *world) comes(m member.Member) (member.Member, string) {
	w.Helper()
	token, _, err := w.Invite(w.ctx, w.admin, m.ID)
	w.ok(err)
	m, session, err := w.Accept(w.ctx, token, member.Acceptance{Password: good}, phone)
	w.ok(err)
	return m, session
}

func TestCreate(t *testing.T) {
	w := newWorld(t)
	t.Run("a person is entered with an alias, a pace and a tidy phone and e-mail", func(t *testing.T) {
		m, err := w.Create(w.ctx, w.admin, member.Member{
			Role: member.RoleMember, Company: w.sun.ID, Name: "  Ірина   Бойко ", Phone: "050 999-88-77", Email: "Ira@Sun.Example",
			Lang: "uk",
		})
		w.ok(err)
		if m.Phone != "+380509998877" || m.Email != "ira@sun.example" || m.Name != "Ірина Бойко" || m.Pace != 100 ||
			m.Display.Alias == "" || m.BoardName() != m.Display.Alias || !m.Joined.Equal(w.now) {
			t.Fatalf("%+v", m)
		}
		back, err := w.ByID(w.ctx, m.ID)
		w.ok(err)
		if back != m {
			t.Fatalf("stored %+v, returned %+v", back, m)
		}
	})
	t.Run("a phone or an e-mail belongs to one person", func(t *testing.T) {
		_, err := w.Create(w.ctx, w.admin, member.Member{Role: member.RoleDesk, Name: "X", Phone: "+380509998877"})
		w.fails(err, fault.Conflict, "member.phone_taken")
		_, err = w.Create(w.ctx, w.admin, member.Member{Role: member.RoleDesk, Name: "X", Email: "ira@sun.example"})
		w.fails(err, fault.Conflict, "member.email_taken")
	})
	t.Run("people without an e-mail do not clash", func(t *testing.T) { w.staff(w.sun); w.staff(w.sun) })
	t.Run("what is missing or unknown is named by its field", func(t *testing.T) {
		base := member.Member{Role: member.RoleMember, Company: w.sun.ID, Name: "X", Phone: "+380661112233"}
		for _, c := range []struct {
			change     func(*member.Member)
			key, field string
		}{
			{func(m *member.Member) { m.Name = " " }, "member.name_needed", "name"},
			{func(m *member.Member) { m.Name = strings.Repeat("я", 121) }, "member.text_long", "name"},
			{func(m *member.Member) { m.Phone = "" }, "member.contact_needed", "phone"},
			{func(m *member.Member) { m.Phone = "12" }, "member.phone_invalid", "phone"},
			{func(m *member.Member) { m.Email = "a@b@c" }, "member.email_invalid", "email"},
			{func(m *member.Member) { m.Role = "king" }, "member.role_unknown", "role"},
			{func(m *member.Member) { m.Company = "" }, "member.company_needed", "company"},
			{func(m *member.Member) { m.Role = member.RoleDesk }, "member.company_not_here", "company"},
			{func(m *member.Member) { m.Lang = "de" }, "member.lang_unknown", "lang"},
			{func(m *member.Member) { m.Pace = 300 }, "member.pace_unknown", "pace"},
			{func(m *member.Member) { m.Display.Mode = "shout" }, "member.display_unknown", "display"},
		} {
			m := base
			c.change(&m)
			_, err := w.Create(w.ctx, w.admin, m)
			w.fails(err, fault.Invalid, c.key)
			if fault.As(err).Field != c.field {
				t.Errorf("%s names the field %q", c.key, fault.As(err).Field)
			}
		}
		base.Company = "nowhere"
		_, err := w.Create(w.ctx, w.admin, base)
		w.fails(err, fault.NotFound, "member.company_unknown")
	})
}

func TestRights(t *testing.T) {
	w := newWorld(t)
	owner := w.enter(member.Member{Role: member.RolePrincipal, Company: w.sun.ID})
	partner := w.enter(member.Member{Role: member.RolePrincipal, Company: w.sun.ID})
	stranger := w.enter(member.Member{Role: member.RolePrincipal, Company: w.moon.ID})
	marketer := w.enter(member.Member{Role: member.RoleMarketer})
	desk := w.enter(member.Member{Role: member.RoleDesk})
	clerk := w.staff(w.sun)
	t.Run("only who answers for a person, or a marketer for staff, may invite", func(t *testing.T) {
		for _, c := range []struct {
			actor, target member.Member
			may           bool
		}{
			{owner, clerk, true}, {stranger, clerk, false}, {marketer, clerk, true}, {w.admin, clerk, true},
			{desk, clerk, false}, {clerk, clerk, false}, {owner, partner, false}, {owner, owner, false},
			{marketer, owner, false}, {w.admin, owner, true}, {marketer, w.admin, false}, {owner, desk, false},
		} {
			_, _, err := w.Invite(w.ctx, c.actor, c.target.ID)
			if c.may {
				w.ok(err)
			} else {
				w.fails(err, fault.Forbidden, "member.not_allowed")
			}
		}
	})
	t.Run("a principal enters staff of the own company only", func(t *testing.T) {
		m := member.Member{Role: member.RoleMember, Company: w.sun.ID, Name: "New", Phone: "+380670000001"}
		_, err := w.Create(w.ctx, stranger, m)
		w.fails(err, fault.Forbidden, "member.not_allowed")
		_, err = w.Create(w.ctx, owner, m)
		w.ok(err)
		m.Role, m.Phone = member.RolePrincipal, "+380670000002"
		_, err = w.Create(w.ctx, owner, m)
		w.fails(err, fault.Forbidden, "member.not_allowed")
	})
	t.Run("nobody raises a person beyond what they may enter", func(t *testing.T) {
		up := clerk
		up.Role = member.RolePrincipal
		_, err := w.Update(w.ctx, owner, up)
		w.fails(err, fault.Forbidden, "member.not_allowed")
		moved := clerk
		moved.Company = w.moon.ID
		_, err = w.Update(w.ctx, owner, moved)
		w.fails(err, fault.Forbidden, "member.not_allowed")
		down := w.admin
		down.Role = member.RoleMarketer
		_, err = w.Update(w.ctx, w.admin, down)
		w.fails(err, fault.Forbidden, "member.own_role")
	})
	t.Run("an update keeps what it does not speak of", func(t *testing.T) {
		m, _ := w.comes(clerk)
		_, err := w.SetPace(w.ctx, m.ID, 150)
		w.ok(err)
		got, err := w.Update(w.ctx, owner, member.Member{
			ID: m.ID, Role: member.RoleMember, Company: w.sun.ID, Name: "Olena Bondar", Phone: m.Phone,
		})
		w.ok(err)
		if got.Pace != 150 || got.Display != m.Display || got.Name != "Olena Bondar" {
			t.Fatalf("%+v", got)
		}
		got.Phone = owner.Phone
		_, err = w.Update(w.ctx, w.admin, got)
		w.fails(err, fault.Conflict, "member.phone_taken")
	})
	t.Run("a company's people are shown to its own principal", func(t *testing.T) {
		_, err := w.People(w.ctx, stranger, w.sun.ID)
		w.fails(err, fault.Forbidden, "member.not_allowed")
		people, err := w.People(w.ctx, owner, w.sun.ID)
		w.ok(err)
		if len(people) != 4 {
			t.Fatalf("%d people", len(people))
		}
	})
}

func TestBoardName(t *testing.T) {
	for _, c := range []struct{ mode, name, want string }{
		{"", "Olena Kovalenko", "Brave Otter"}, {"alias", "Olena Kovalenko", "Brave Otter"},
		{"short", "Olena Kovalenko", "Olena K."}, {"full", "Olena Kovalenko", "Olena Kovalenko"},
		{"short", "Олена Петрівна Коваленко", "Олена К."}, {"short", "Коваленко Олена Петрівна", "Олена К."},
		{"short", "Їжакевич Юрій Іванович", "Юрій Ї."}, {"short", "Cher", "Cher"}, {"short", "Ann Mary Lee", "Ann L."},
	} {
		m := member.Member{Name: c.name, Display: member.Display{Mode: member.Mode(c.mode), Alias: "Brave Otter"}}
		if got := m.BoardName(); got != c.want {
			t.Errorf("%s of %q is %q, not %q", c.mode, c.name, got, c.want)
		}
	}
}

func TestQueries(t *testing.T) {
	w := newWorld(t)
	a, b := w.staff(w.sun), w.staff(w.moon)
	w.ok(func() error { _, err := w.SetDisplay(w.ctx, a.ID, member.ModeShort); return err }())
	t.Run("a board gets names and regions and nothing personal", func(t *testing.T) {
		cards, err := w.Cards(w.ctx, []string{a.ID, b.ID, w.admin.ID, "nobody"})
		w.ok(err)
		if len(cards) != 3 || cards[a.ID].Name != "Olena K." || cards[a.ID].Region != "South" || cards[a.ID].Size != "small" ||
			cards[b.ID].Name != b.Display.Alias || cards[b.ID].CompanyName != "Moon" || cards[w.admin.ID].Region != "" {
			t.Fatalf("%+v", cards)
		}
	})
	t.Run("companies come by name and by region", func(t *testing.T) {
		all, err := w.Companies(w.ctx)
		w.ok(err)
		south, err := w.CompaniesByRegion(w.ctx, "South")
		w.ok(err)
		regions, err := w.Regions(w.ctx)
		w.ok(err)
		if len(all) != 2 || all[0].Name != "Moon" || len(south) != 1 || fmt.Sprint(regions) != "[North South]" {
			t.Fatal(all, south, regions)
		}
	})
	t.Run("a company's name is taken whatever its quotation marks", func(t *testing.T) {
		_, err := w.CreateCompany(w.ctx, w.admin, member.Company{Name: " «SUN» "})
		w.fails(err, fault.Conflict, "member.company_taken")
		_, err = w.UpdateCompany(w.ctx, w.admin, member.Company{ID: w.moon.ID, Name: "sun"})
		w.fails(err, fault.Conflict, "member.company_taken")
		_, err = w.UpdateCompany(w.ctx, w.admin, member.Company{ID: "nowhere", Name: "Mars"})
		w.fails(err, fault.NotFound, "member.company_unknown")
	})
	t.Run("people are found by the beginnings of words and by digits", func(t *testing.T) {
		for text, want := range map[string]int{"": 3, "kov": 2, "OLENA": 2, "valenko": 0, "moon": 1, "050 000": 3, a.Phone: 1, "00": 0} {
			found, err := w.Search(w.ctx, w.admin, text, 100)
			w.ok(err)
			if len(found) != want {
				t.Errorf("%q finds %d, not %d", text, len(found), want)
			}
		}
	})
	t.Run("all are walked through, page by page", func(t *testing.T) {
		seen := map[string]bool{}
		w.ok(w.All(w.ctx, func(m member.Member) error { seen[m.ID] = true; return nil }))
		if len(seen) != 3 {
			t.Fatalf("%d people", len(seen))
		}
	})
}

func TestWhoSeesWhom(t *testing.T) {
	w := newWorld(t)
	boss := w.enter(member.Member{Role: member.RolePrincipal, Company: w.sun.ID, Name: "Bohdan"})
	partner := w.enter(member.Member{Role: member.RolePrincipal, Company: w.sun.ID, Name: "Petro"})
	marketer := w.enter(member.Member{Role: member.RoleMarketer, Name: "Marta"})
	olena, stranger := w.staff(w.sun), w.staff(w.moon)
	gone := boss
	gone.Dismissed = w.now
	for _, c := range []struct {
		actor, target member.Member
		kind          fault.Kind // 0 where the person is shown
	}{
		{w.admin, olena, 0}, {w.admin, marketer, 0}, {w.admin, w.admin, 0},
		{marketer, olena, 0}, {marketer, boss, 0}, {marketer, w.admin, fault.NotFound}, {marketer, marketer, fault.NotFound},
		{boss, olena, 0}, {boss, partner, 0}, {boss, boss, 0}, {boss, stranger, fault.Forbidden}, {boss, w.admin, fault.Forbidden},
		{olena, olena, fault.Forbidden}, {gone, olena, fault.Forbidden}, {boss, member.Member{ID: "nobody"}, fault.NotFound},
	} {
		p, err := w.Person(w.ctx, c.actor, c.target.ID)
		if f := fault.As(err); f != nil && f.Kind != c.kind || f == nil && (err != nil || c.kind != 0 || p.ID != c.target.ID) {
			t.Errorf("%s asks for %s: %v, %v", c.actor.Name, c.target.Name, p.ID, err)
		}
	}
	for actor, want := range map[*member.Member]int{&w.admin: 5, &marketer: 1, &boss: 1, &olena: 0, &gone: 0} {
		if roles := member.RolesFor(*actor); len(roles) != want || want == 1 && roles[0] != member.RoleMember {
			t.Errorf("%s may enter people of the roles %v", actor.Name, roles)
		}
	}
}

func TestChangedHearsOfPeople(t *testing.T) {
	w := newWorld(t)
	olena := w.staff(w.sun)
	heard := map[string]int{}
	w.Changed = func(id string) { heard[id]++ }
	hears := func(what string, err error) {
		t.Helper()
		w.ok(err)
		if heard[olena.ID] != 1 || len(heard) != 1 {
			t.Errorf("%s is heard of as %v", what, heard)
		}
		clear(heard)
	}
	w.comes(olena)
	hears("coming in", nil)
	_, err := w.SetDisplay(w.ctx, olena.ID, member.ModeFull)
	hears("a name on boards", err)
	olena.Name = "Olena Bondar"
	_, err = w.Update(w.ctx, w.admin, olena)
	hears("a name", err)
	w.sun.Region = "Coast"
	_, err = w.UpdateCompany(w.ctx, w.admin, w.sun)
	hears("a company's region", err)
	hears("a dismissal", w.Dismiss(w.ctx, w.admin, olena.ID))
	hears("its end", w.Restore(w.ctx, w.admin, olena.ID))
	if w.Dismiss(w.ctx, olena, w.admin.ID) == nil || len(heard) > 0 {
		t.Errorf("what was refused is heard of as %v", heard)
	}
}
