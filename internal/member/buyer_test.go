package member_test

import (
	"fmt"
	"testing"
	"time"

	"firebrand/internal/fault"
	"firebrand/internal/journal"
	"firebrand/internal/member"
	"firebrand/internal/testenv"
)

func TestCompanyCode(t *testing.T) {
	t.Run("a code is unique whatever its case, and many companies have none", func(t *testing.T) {
		w := newWorld(t)
		star, err := w.CreateCompany(w.ctx, w.admin, member.Company{Name: "Star", Code: " C-100 "})
		w.ok(err)
		if star.Code != "C-100" {
			t.Errorf("kept as %q", star.Code)
		}
		_, err = w.CreateCompany(w.ctx, w.admin, member.Company{Name: "Comet", Code: "c-100"})
		w.fails(err, fault.Conflict, "member.code_taken")
		if f := fault.As(err); f.Field != "code" || f.Args["company"] != "Star" {
			t.Errorf("got %+v", f)
		}
		w.sun.Code = "C-100"
		_, err = w.UpdateCompany(w.ctx, w.admin, w.sun)
		w.fails(err, fault.Conflict, "member.code_taken")
		_, err = w.CreateCompany(w.ctx, w.admin, member.Company{Name: "star", Code: "C-101"})
		w.fails(err, fault.Conflict, "member.company_taken")
	})
	t.Run("a company may change its code and keep it", func(t *testing.T) {
		w := newWorld(t)
		w.sun.Code = "1"
		for range 2 {
			_, err := w.UpdateCompany(w.ctx, w.admin, w.sun)
			w.ok(err)
		}
		w.sun.Code = "2"
		_, err := w.UpdateCompany(w.ctx, w.admin, w.sun)
		w.ok(err)
		w.moon.Code = "1"
		_, err = w.UpdateCompany(w.ctx, w.admin, w.moon)
		w.ok(err)
	})
	t.Run("people are found by their company's code", func(t *testing.T) {
		w := newWorld(t)
		w.sun.Code = "UA-77"
		_, err := w.UpdateCompany(w.ctx, w.admin, w.sun)
		w.ok(err)
		w.enter(member.Member{Role: member.RoleMember, Company: w.sun.ID, Name: "Olena Koval"})
		w.enter(member.Member{Role: member.RoleMember, Company: w.moon.ID, Name: "Petro Lys"})
		found, err := w.Search(w.ctx, w.admin, "ua-7", 10)
		w.ok(err)
		if len(found) != 1 || found[0].Name != "Olena Koval" {
			t.Errorf("found %+v", found)
		}
	})
}

func TestBuyer(t *testing.T) {
	ask := func(w *world, company, person string) member.Buyer {
		w.Helper()
		b, err := w.Buyer(w.ctx, member.BuyerRef{Company: company, Member: person})
		w.ok(err)
		return b
	}
	t.Run("a company is found by id and code, a person by id, phone and e-mail", func(t *testing.T) {
		w := newWorld(t)
		w.sun.Code = "C-1"
		_, err := w.UpdateCompany(w.ctx, w.admin, w.sun)
		w.ok(err)
		olena := w.enter(member.Member{Role: member.RoleMember, Company: w.sun.ID, Phone: "+380501112233", Email: "olena@example.com"})
		for _, name := range []string{w.sun.ID, "C-1", " c-1"} {
			if b := ask(w, name, ""); !b.Known || b.Company.ID != w.sun.ID || b.Member.ID != "" {
				t.Errorf("%q: %+v", name, b)
			}
		}
		for _, name := range []string{olena.ID, "050 111 22 33", "OLENA@example.com"} {
			for _, company := range []string{"", "C-1"} {
				if b := ask(w, company, name); !b.Known || b.Company.ID != w.sun.ID || b.Member.ID != olena.ID {
					t.Errorf("%q of %q: %+v", name, company, b)
				}
			}
		}
	})
	t.Run("who is not there, has left, or is of another company is not known, and it says why", func(t *testing.T) {
		w := newWorld(t)
		olena := w.enter(member.Member{Role: member.RoleMember, Company: w.sun.ID})
		gone := w.enter(member.Member{Role: member.RoleMember, Company: w.sun.ID})
		w.ok(w.Dismiss(w.ctx, w.admin, gone.ID))
		for _, c := range []struct{ company, person, why string }{
			{"", "", "member.buyer_none"}, {"C-9", "", "member.buyer_company"}, {"C-9", olena.ID, "member.buyer_company"},
			{"", "nobody", "member.buyer_person"}, {w.sun.ID, "+380509999999", "member.buyer_person"},
			{"", w.admin.ID, "member.buyer_person"}, {"", gone.ID, "member.buyer_dismissed"},
			{w.moon.ID, olena.ID, "member.buyer_elsewhere"}, {"\xff", "\x00", "member.buyer_company"},
		} {
			if b := ask(w, c.company, c.person); b.Known || b.Why != c.why || b.Member.ID != "" {
				t.Errorf("%q of %q: %+v, want %s", c.person, c.company, b, c.why)
			}
		}
	})
	t.Run("no code takes the place of another company's id", func(t *testing.T) {
		w := newWorld(t)
		w.moon.Code = w.sun.ID
		_, err := w.UpdateCompany(w.ctx, w.admin, w.moon)
		w.ok(err)
		if b := ask(w, w.sun.ID, ""); b.Company.Name != "Sun" {
			t.Errorf("got %+v", b.Company)
		}
	})
	t.Run("a change in this process is seen at once", func(t *testing.T) {
		w := newWorld(t)
		if b := ask(w, "C-7", ""); b.Known {
			t.Fatal("known before it is there")
		}
		star, err := w.CreateCompany(w.ctx, w.admin, member.Company{Name: "Star", Code: "C-7", Region: "South"})
		w.ok(err)
		if b := ask(w, "C-7", ""); !b.Known {
			t.Error("not seen when it came")
		}
		star.Region = "North"
		_, err = w.UpdateCompany(w.ctx, w.admin, star)
		w.ok(err)
		if b := ask(w, "C-7", ""); b.Company.Region != "North" {
			t.Errorf("its region is %s still", b.Company.Region)
		}
		if b := ask(w, "", "new@example.com"); b.Known {
			t.Fatal("known before she is there")
		}
		olena := w.enter(member.Member{Role: member.RoleMember, Company: star.ID, Email: "new@example.com"})
		if b := ask(w, "", "new@example.com"); !b.Known {
			t.Error("not seen when she came")
		}
		w.ok(w.Dismiss(w.ctx, w.admin, olena.ID))
		if b := ask(w, "", "new@example.com"); b.Known {
			t.Error("not seen when she left")
		}
	})
	t.Run("a change by another process is seen within seconds", func(t *testing.T) {
		w := newWorld(t)
		if b := ask(w, w.sun.ID, ""); b.Company.Region != "South" {
			t.Fatalf("got %+v", b)
		}
		w.now = w.now.Add(5 * time.Second)
		if b := ask(w, w.sun.ID, ""); !b.Known {
			t.Errorf("got %+v", b)
		}
	})
}

func benchmarkService(b *testing.B) *member.Service {
	b.Helper()
	engine := testenv.Engine(b)
	s, err := member.Open(b.Context(), engine, time.Now)
	if err != nil {
		b.Fatal(err)
	}
	if s.Journal, err = journal.Open(b.Context(), engine, time.Now, member.ConsentFamily); err != nil {
		b.Fatal(err)
	}
	return s
}

func BenchmarkBuyer(b *testing.B) {
	s := benchmarkService(b)
	admin := member.Member{ID: "ada", Role: member.RoleAdmin}
	const companies = 200
	for i := range companies {
		c, err := s.CreateCompany(b.Context(), admin, member.Company{Name: fmt.Sprint("Dealer ", i), Code: fmt.Sprint("C-", i)})
		if err != nil {
			b.Fatal(err)
		}
		if _, err := s.Create(b.Context(), admin, member.Member{Role: member.RoleMember, Company: c.ID, Name: "Olena", Email: fmt.Sprintf("p%d@example.com", i)}); err != nil {
			b.Fatal(err)
		}
	}
	refs := make([]member.BuyerRef, 2*companies)
	for i := range companies {
		refs[2*i] = member.BuyerRef{Company: fmt.Sprint("C-", i)}
		refs[2*i+1] = member.BuyerRef{Company: fmt.Sprint("C-", i), Member: fmt.Sprintf("p%d@example.com", i)}
	}
	b.Run("warm", func(b *testing.B) {
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			if found, err := s.Buyer(b.Context(), refs[i%len(refs)]); err != nil || !found.Known {
				b.Fatal(found, err)
			}
		}
	})
	b.Run("cold", func(b *testing.B) {
		b.ReportAllocs()
		at := time.Now()
		s.Now = func() time.Time { at = at.Add(time.Minute); return at }
		defer func() { s.Now = time.Now }()
		for i := 0; b.Loop(); i++ {
			if found, err := s.Buyer(b.Context(), refs[i%len(refs)]); err != nil || !found.Known {
				b.Fatal(found, err)
			}
		}
	})
	b.Run("sharing warm", func(b *testing.B) {
		c, err := s.Buyer(b.Context(), refs[0])
		if err != nil {
			b.Fatal(err)
		}
		b.ReportAllocs()
		for b.Loop() {
			if _, err := s.Sharing(b.Context(), c.Company.ID); err != nil {
				b.Fatal(err)
			}
		}
	})
}
