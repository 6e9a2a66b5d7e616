package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"firebrand/cmd/firebrand/app"
	"firebrand/content"
	"firebrand/content/exchange"
	"firebrand/web/ui"
)

// importCommand takes a file in: questions of a Kahoot spreadsheet or Moodle's Aiken text, or orders.
type importCommand struct {
	File  string `arg:"" type:"path" help:"Kahoot .xlsx or Aiken .txt; with --orders a CSV or XLSX of orders, or a file of CDNOW's."`
	Quiz  string `help:"The quiz to fill, made if absent: a-z, 0-9 and hyphens. Needed for questions."`
	Lang  string `help:"Language of the file's texts, such as ru. Needed for questions."`
	Live  bool   `help:"Set the edition going live too; needs every quiz and article of it to be whole."`
	place `embed:""`

	Orders     bool   `help:"The file holds orders, a row for each of their lines."`
	Map        string `help:"Which column means what where that is not recognised, by header or number; buyer is a customer's number or a member's phone or e-mail: \"id=Number; placed=Date; total=7\"."`
	MonthFirst bool   `help:"Read dates such as 12/31/2026."`
	DryRun     bool   `help:"Report what would become of every row, and write nothing."`
	Report     string `type:"path" placeholder:"FILE" help:"Write what became of every row to this CSV."`
	Since      string `placeholder:"DATE" help:"Count customers who bought after this day, as 2006-01-31; the middle of the file's time unless given."`
}

// Run reports every row: taken, or why not.
func (i *importCommand) Run(ctx context.Context) error {
	if i.Orders {
		return i.orders(ctx, os.Stdout)
	}
	if i.Quiz == "" || i.Lang == "" {
		return errors.New("questions need --quiz and --lang, orders --orders")
	}
	return i.questions(ctx)
}

func (i *importCommand) questions(ctx context.Context) error {
	result, err := exchange.ReadFile(i.File, i.Lang)
	if err != nil {
		return err
	}
	a, err := i.openOrMake(ctx)
	if err != nil {
		return err
	}
	defer a.Close() //nolint:errcheck // what was taken is written already
	done, err := exchange.Import(ctx, a.Content, "import", i.Quiz, i.Lang, result, a.Zone.Month(a.Now()))
	texts, unread := ui.LoadTexts()
	if unread != nil {
		return errors.Join(err, unread)
	}
	// Where nothing was taken the rows say why.
	for _, line := range importReport(texts, result, done) {
		fmt.Println(line)
	}
	if err != nil {
		return err
	}
	fmt.Printf("%d of %d rows taken into quiz %q of the edition %s.\n", result.Taken(), len(done.Rows), done.Quiz.ID, done.Edition.Month)
	switch phase := done.Edition.Phase(a.Now(), a.Zone); {
	case phase == content.PhaseLive:
		fmt.Println("The edition is live: players see this at once.")
	case i.Live:
		return goLive(ctx, a, texts, done.Edition)
	default:
		fmt.Println("The edition is", phase, "- a marketer sets it going live in the studio, or --live does here.")
	}
	return nil
}

// goLive brings the edition through its states; what keeps it from them is told line by line.
func goLive(ctx context.Context, a *app.App, texts *ui.Texts, e content.Edition) error {
	for _, state := range []content.State{content.Review, content.Scheduled} {
		if e.State == content.Scheduled {
			break
		}
		next, report, err := a.Content.SetState(ctx, "import", e.Month, state, e.Version)
		for _, p := range report.Problems {
			fmt.Println("not ready:", p.Field, texts.Say("en", p.Key, p.Args))
		}
		if err != nil {
			return err
		}
		e = next
	}
	fmt.Println("The edition", e.Month, "is", e.Phase(a.Now(), a.Zone))
	return nil
}

// importReport is what happened to each row, and what to do next, in English.
func importReport(texts *ui.Texts, result exchange.Result, done exchange.Imported) []string {
	var lines []string
	say := func(p content.Problem) string { return texts.Say("en", p.Key, p.Args) }
	for _, note := range result.Notes {
		lines = append(lines, "note: "+say(note))
	}
	for _, row := range done.Rows {
		switch {
		case row.Taken:
			lines = append(lines, fmt.Sprintf("%5d  taken      %s", row.Line, row.Title))
		default:
			lines = append(lines, fmt.Sprintf("%5d  NOT TAKEN  %s: %s", row.Line, row.Title, say(row.Problem)))
		}
		for _, note := range row.Notes {
			lines = append(lines, "                  "+say(note))
		}
	}
	return lines
}
