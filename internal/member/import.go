package member

import (
	"context"
	"io"

	"firebrand/internal/fault"
)

// Outcome is what an import did, or would do, with one company or person.
type Outcome string

// The outcomes of a row.
const (
	Created   Outcome = "created"
	Updated   Outcome = "updated"
	Unchanged Outcome = "unchanged"
	Refused   Outcome = "refused"
)

// ImportOptions say how to import.
type ImportOptions struct {
	// DryRun reports what would happen and writes nothing.
	DryRun bool
}

// Row is the report on one row of a file.
type Row struct {
	// Line is the row's place in the file, counted from 1 with the header.
	Line int
	// Company and Name are as the row has them, for a reader to find it again.
	Company string
	Name    string
	// CompanyOutcome is empty where the row names no company.
	CompanyOutcome Outcome
	// Outcome is of the person; of the company where the row is about a company alone.
	Outcome Outcome
	// Fault says why a row was refused: message key and field.
	Fault *fault.Error
}

// Report says what became of a file, row by row.
type Report struct {
	DryRun bool
	Rows   []Row
	// People and Companies count what was taken by outcome; a company that several rows name counts once.
	People    map[Outcome]int
	Companies map[Outcome]int
	// Refused counts rows.
	Refused int
	// Ignored are the header's columns that are none of ours.
	Ignored []string
}

// Import enters and changes companies and people from a CSV or XLSX file, each row on its own: a row that cannot be
// taken says why and stops no other. What a row leaves empty stays as it is. People are recognised by phone or e-mail,
// companies by name. Repeating a file changes nothing. Nobody is invited by it.
//
// Allowed to administrators, marketers and principals; each row within what the actor may do by hand.
// Faults of the whole file, all Invalid: "member.import_too_big", "member.import_too_many_rows",
// "member.import_encoding", "member.import_unreadable", "member.import_header", "member.import_contact_column",
// "member.import_column_twice". After an error of the store a part of the rows is taken; repeat the file.
func (s *Service) Import(ctx context.Context, actor Member, r io.Reader, opts ImportOptions) (Report, error) {
	if !keepsCompanies(actor) && (!actor.Active() || actor.Role != RolePrincipal) {
		return Report{}, notAllowed()
	}
	t, err := readTable(r)
	if err != nil {
		return Report{}, err
	}
	p, err := s.newPlanner(ctx, actor)
	if err != nil {
		return Report{}, err
	}
	if err := p.planAll(t.records); err != nil {
		return Report{}, err
	}
	if !opts.DryRun {
		if err := s.apply(ctx, p); err != nil {
			return Report{}, err
		}
	}
	report := p.report()
	report.DryRun, report.Ignored = opts.DryRun, t.ignored
	return report, nil
}
