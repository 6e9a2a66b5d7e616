package web

import (
	"bufio"
	"cmp"
	"slices"
	"strconv"

	"github.com/gofiber/fiber/v2"

	"firebrand/catalog/purchase"
	"firebrand/catalog/purchase/exchange"
	"firebrand/internal/fault"
	"firebrand/web/ui"
)

// ordersFileView is a file of orders on its way: its columns, then how far it is, then what became of it.
type ordersFileView struct {
	ID, Name string
	// CDNOW is a format of its own, whose columns nobody needs to be asked for.
	CDNOW      bool
	Columns    []ordersColumn
	Choices    []ordersChoice
	MonthFirst bool
	First      [][]string
	Problem    string
	// Began says that it was read; then Running, or what came of it.
	Began, Running, Dry bool
	Percent, Rows       int
	Failed              string
	Report              exchange.Report
	Outcomes            []ordersCount
	Bought              *ordersFigures
	Ignored             []string
	// Lines are one page of the rows, of the refused ones where OnlyRefused.
	Lines         []ordersRow
	OnlyRefused   bool
	RefusedCount  int
	LinesCount    int
	Prev, Next    string
	Page, PagesOf int
}

// AllUnknown reports whether no order of the file has a buyer in the programme.
func (v ordersFileView) AllUnknown() bool {
	return v.Report.Unknown > 0 && v.Report.Unknown == v.Report.Orders-v.Report.Outcomes[exchange.Refused]
}

// ordersColumn is one of our columns with the file's that was found or chosen for it.
type ordersColumn struct {
	Name   exchange.Column
	Chosen string
	Needed bool
	// Rare columns were not found and are seldom missed.
	Rare bool
}

// usual are the columns that most files have.
var usual = []exchange.Column{
	exchange.ID, exchange.Placed, exchange.Buyer, exchange.Company, exchange.Product, exchange.Group, exchange.Quantity, exchange.Price, exchange.Total,
	exchange.StateIs,
}

// ordersChoice is a column of the file: its number, its header or else its first cell.
type ordersChoice struct{ Number, Title string }

// ordersCount is how many orders had an outcome.
type ordersCount struct {
	Outcome purchase.Outcome
	N       int
}

// ordersRow is a row in words.
type ordersRow struct {
	keptRow
	Why string
}

// ordersFile asks for a file.
func (s *Server) ordersFile(c *fiber.Ctx) error {
	return s.page(c, "studio_orders_file", ordersFilePage(nil))
}

// ordersFileSent keeps the file that was sent; the form's key is its id, so that a form sent twice keeps one.
func (s *Server) ordersFileSent(c *fiber.Ctx) error {
	key, err := formKey(c)
	if err != nil {
		return err
	}
	header, err := c.FormFile("file")
	if err != nil || header.Size == 0 {
		return s.again(c, fault.New(fault.Invalid, "orders_in.no_file").On("file"), "studio_orders_file", ordersFilePage(nil))
	}
	file, err := header.Open()
	if err != nil {
		return err
	}
	defer file.Close()
	if err := s.imports.keep(key, header.Filename, file); err != nil {
		return err
	}
	return said(c, "/studio/orders/import/"+key, "")
}

// ordersFileRun shows how far a file is: its page refreshes by itself while it is read.
func (s *Server) ordersFileRun(c *fiber.Ctx) error {
	run, sent, err := s.findImport(c)
	if sent || err != nil {
		return err
	}
	view, err := s.ordersFileOf(c, run, run.asked())
	if err != nil {
		return s.again(c, err, "studio_orders_file", ordersFilePage(nil))
	}
	if view.Running {
		refreshing(c)
	}
	return s.page(c, "studio_orders_import", ordersRunPage(view))
}

// ordersFileDo reads a file: "map" looks at its columns again, "try" is a dry run, "take" takes it.
func (s *Server) ordersFileDo(c *fiber.Ctx) error {
	if _, err := formKey(c); err != nil {
		return err
	}
	run, sent, err := s.findImport(c)
	if sent || err != nil {
		return err
	}
	o := exchange.Options{Map: mappingSent(c, run.asked().Map), MonthFirst: c.FormValue("month_first") != "", Zone: s.Zone}
	o.DryRun = c.FormValue("do") != "take"
	view, err := s.ordersFileOf(c, run, o)
	if err != nil {
		return s.again(c, err, "studio_orders_file", ordersFilePage(nil))
	}
	if c.FormValue("do") == "map" || view.Problem != "" {
		view.Began = false
		return s.page(c, "studio_orders_import", ordersRunPage(view))
	}
	if err := s.imports.start(run, o, s.Orders, s.me(c).ID); err != nil {
		return s.again(c, err, "studio_orders_import", ordersRunPage(view))
	}
	return said(c, "/studio/orders/import/"+run.id, "")
}

// mappingSent is what a form says of the columns; one without the fields keeps what was said before.
func mappingSent(c *fiber.Ctx, before exchange.Mapping) exchange.Mapping {
	if c.FormValue("mapped") == "" {
		return before
	}
	m := exchange.Mapping{}
	for _, column := range exchange.Columns {
		m[column] = c.FormValue("map_" + string(column))
	}
	return m
}

// ordersFileReport sends what became of every row as a CSV.
func (s *Server) ordersFileReport(c *fiber.Ctx) error {
	run, sent, err := s.findImport(c)
	if sent || err != nil {
		return err
	}
	if state := run.state(); !state.began || state.running {
		return fault.New(fault.NotFound, "orders_in.run_gone")
	}
	words := s.teller(s.lang(c))
	c.Attachment("orders-report.csv")
	c.Set("Content-Type", "text/csv; charset=utf-8")
	var titles []string
	for _, title := range []string{"line", "order", "outcome", "points", "column", "why"} {
		titles = append(titles, words.say("studio_orders.title_"+title))
	}
	c.Context().SetBodyStreamWriter(func(w *bufio.Writer) {
		sheet, err := exchange.NewSheet(w, titles, func(f *fault.Error) string { return words.texts.Say(words.lang, f.Key, f.Args) })
		if err != nil {
			return // the browser is gone
		}
		_ = run.each(0, 0, func(kept keptRow) bool {
			row := exchange.Row{Line: kept.Line, Order: kept.Order, Outcome: kept.Outcome, Points: kept.Points}
			if kept.Key != "" {
				row.Fault = &fault.Error{Key: kept.Key, Args: kept.Args, Field: words.column(kept.Column)}
			}
			return sheet.Row(row, words.say("studio_orders.outcome_"+string(kept.Outcome))) == nil
		})
		_ = sheet.Flush()
	})
	return nil
}

// column is what people call a column.
func (w teller) column(name string) string {
	if key := "studio_orders.column_" + name; name != "" && w.texts.Has(key) {
		return w.say(key)
	}
	return name
}

// ordersFileOf gathers what the page of a file shows, as it is to be read under these options.
func (s *Server) ordersFileOf(c *fiber.Ctx, run *orderRun, o exchange.Options) (ordersFileView, error) {
	state, words := run.state(), s.teller(s.lang(c))
	view := ordersFileView{ID: run.id, Name: run.name, MonthFirst: o.MonthFirst, Began: state.began, Running: state.running}
	if state.running {
		view.Percent, view.Rows, view.Dry = int(100*state.done), state.rows, o.DryRun
		return view, nil
	}
	o.Zone = s.Zone
	look, err := run.look(o)
	if err != nil {
		return view, err
	}
	view.preview(look, words)
	if !state.began {
		return view, nil
	}
	if state.err != nil {
		view.Failed = s.failedImport(c, state.err)
	}
	view.Report, view.Dry, view.RefusedCount = state.report, state.report.DryRun, state.counts[1]
	for _, outcome := range exchange.Outcomes {
		view.Outcomes = append(view.Outcomes, ordersCount{outcome, state.report.Outcomes[outcome]})
	}
	if state.bought.Orders > 0 {
		view.Bought = figuresOf(state.bought, words)
	}
	return view, s.ordersLines(c, run, state, &view, words)
}

// failedImport is why a file was not read to its end, in words.
func (s *Server) failedImport(c *fiber.Ctx, err error) string {
	_, f := s.understand(c, err)
	return s.say(c, f)
}

// preview fills in the columns and the first rows.
func (v *ordersFileView) preview(look exchange.Preview, words teller) {
	v.CDNOW, v.First = look.CDNOW, look.First
	if look.Problem != nil {
		v.Problem = words.texts.Say(words.lang, look.Problem.Key, look.Problem.Args)
	}
	titles := look.Header
	if len(titles) == 0 && len(look.First) > 0 {
		titles = look.First[0]
	} else if len(titles) > 0 {
		v.First = append([][]string{look.Header}, look.First...)
	}
	for at, title := range titles {
		v.Choices = append(v.Choices, ordersChoice{exchange.Number(at), cmp.Or(title, exchange.Number(at))})
	}
	for _, column := range exchange.Columns {
		chosen := ""
		if at, found := look.Places[column]; found {
			chosen = exchange.Number(at)
		}
		v.Columns = append(v.Columns, ordersColumn{
			column, chosen, column == exchange.ID, chosen == "" && !slices.Contains(usual, column),
		})
	}
}

// ordersLines reads one page of the rows; where rows were refused those come first.
func (s *Server) ordersLines(c *fiber.Ctx, run *orderRun, state orderState, view *ordersFileView, words teller) error {
	which := 0
	if c.Query("rows") == "refused" || c.Query("rows") == "" && state.counts[1] > 0 {
		which, view.OnlyRefused = 1, true
	}
	view.Page, _ = strconv.Atoi(c.Query("page")) // what is no number is the first page
	view.PagesOf, view.LinesCount = len(state.offsets[which]), state.counts[which]
	view.Page = max(1, min(view.Page, view.PagesOf))
	rows, err := run.page(state, which, view.Page)
	for _, row := range rows {
		shown := ordersRow{keptRow: row}
		if row.Key != "" {
			shown.Why = words.texts.Say(words.lang, row.Key, row.Args)
		}
		shown.Column = words.column(row.Column)
		view.Lines = append(view.Lines, shown)
	}
	at := func(page int) string {
		return "/studio/orders/import/" + run.id + "?rows=" + [2]string{"all", "refused"}[which] + "&page=" + strconv.Itoa(page) + "#rows"
	}
	if view.Page > 1 {
		view.Prev = at(view.Page - 1)
	}
	if view.Page < view.PagesOf {
		view.Next = at(view.Page + 1)
	}
	return err
}

func ordersFilePage(data any) ui.Page {
	return ui.Page{Title: "studio_orders.import_title", Data: data}
}

func ordersRunPage(view ordersFileView) ui.Page {
	return ui.Page{Title: "studio_orders.import_title", Wide: true, Data: view}
}
