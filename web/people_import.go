package web

import (
	"github.com/gofiber/fiber/v2"

	"firebrand/internal/fault"
	"firebrand/internal/member"
	"firebrand/web/ui"
)

// reportRows is how many rows of a report a page shows; refused ones always come first.
const reportRows = 300

// importView is the form and, once a file was sent, what became of it.
type importView struct {
	// Sent is set once a file was read; then Dry says whether it was only a trial.
	Sent, Dry                                 bool
	Ignored                                   []string
	Created, Updated, Unchanged, RefusedCount int
	NewCompanies, ChangedCompanies            int
	Refused, Taken                            []importRow
	// Hidden is how many rows the page leaves out.
	Hidden int
}

// importRow is one row of the file; Why is a sentence.
type importRow struct {
	Line                      int
	Name, Company, Why, Field string
	// Outcome is a text key.
	Outcome string
}

func (s *Server) importPage(c *fiber.Ctx) error {
	return s.page(c, "people_import", importForm(importView{}))
}

// importExample is a small file to begin from, in the language of who asks. It begins with a byte order mark, without
// which spreadsheets take it for another encoding.
func (s *Server) importExample(c *fiber.Ctx) error {
	c.Attachment("people.csv")
	c.Set("Content-Type", "text/csv; charset=utf-8")
	return c.SendString("\ufeff" + s.UI.Texts.Say(s.lang(c), "people.import_sample", nil))
}

// importPeople reads a file of people: for a trial unless the form says otherwise. The file is sent both times; nothing
// of it is kept between.
func (s *Server) importPeople(c *fiber.Ctx) error {
	dry := c.FormValue("dry") != "0"
	report, err := s.readPeople(c, dry)
	if err != nil {
		return s.again(c, err, "people_import", importForm(importView{}))
	}
	say := func(f *fault.Error) string { return s.say(c, f) }
	return s.page(c, "people_import", importForm(importOf(report, say)))
}

func (s *Server) readPeople(c *fiber.Ctx, dry bool) (member.Report, error) {
	header, err := c.FormFile("file")
	if err != nil || header.Size == 0 {
		return member.Report{}, fault.New(fault.Invalid, "people.import_no_file").On("file")
	}
	file, err := header.Open()
	if err != nil {
		return member.Report{}, err
	}
	defer file.Close()
	return s.Members.Import(c.UserContext(), s.me(c), file, member.ImportOptions{DryRun: dry})
}

func importForm(view importView) ui.Page {
	return ui.Page{Title: "people.import_title", Wide: true, Scripts: []string{"entry.js"}, Data: view}
}

// importOf is a report as the page shows it: what was refused first, since that is what there is to do.
func importOf(report member.Report, say func(*fault.Error) string) importView {
	view := importView{
		Sent: true, Dry: report.DryRun, Ignored: report.Ignored,
		Created: report.People[member.Created], Updated: report.People[member.Updated],
		Unchanged: report.People[member.Unchanged], RefusedCount: report.Refused,
		NewCompanies: report.Companies[member.Created], ChangedCompanies: report.Companies[member.Updated],
	}
	for _, r := range report.Rows {
		row := importRow{Line: r.Line, Name: r.Name, Company: r.Company, Outcome: "people.outcome_" + string(r.Outcome)}
		switch {
		case r.Fault != nil && len(view.Refused) < reportRows:
			row.Why, row.Field = say(r.Fault), r.Fault.Field
			view.Refused = append(view.Refused, row)
		case r.Fault == nil && len(view.Taken) < reportRows:
			view.Taken = append(view.Taken, row)
		default:
			view.Hidden++
		}
	}
	return view
}
