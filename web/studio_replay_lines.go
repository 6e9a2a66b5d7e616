package web

import (
	"cmp"
	"encoding/csv"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"firebrand/catalog/purchase/rule"
)

// replayLines writes a replay's lines as a table, one after another.
type replayLines struct{ csv *csv.Writer }

func newReplayLines(w io.Writer) replayLines {
	lines := replayLines{csv.NewWriter(w)}
	// A writer keeps its first error until Flush.
	_ = lines.csv.Write([]string{
		"order", "placed", "buyer", "line", "product", "group", "quantity", "net", "version", "live_points", "draft_points", "difference",
		"draft_rules",
	})
	return lines
}

// write adds the lines of one order. Money is in whole units, before caps.
func (l replayLines) write(d rule.Difference) error {
	for i, line := range d.Lines {
		goods := d.Order.Lines[i]
		var rules []string
		for _, t := range d.Draft.Lines[i].Trials {
			if t.Applied {
				rules = append(rules, t.Rule+"="+strconv.FormatInt(t.Points, 10))
			}
		}
		row := []string{
			d.Order.ID, d.Order.Placed.UTC().Format(time.RFC3339), d.Order.Buyer, line.Line, goods.Product, goods.Group,
			strconv.FormatInt(goods.Quantity, 10), typedMoney(goods.Net()), strconv.Itoa(d.Live.Version),
			strconv.FormatInt(line.Live, 10), strconv.FormatInt(line.Draft, 10), strconv.FormatInt(line.Draft-line.Live, 10),
			strings.Join(rules, " "),
		}
		for j, cell := range row {
			row[j] = harmless(cell)
		}
		if err := l.csv.Write(row); err != nil {
			return err
		}
	}
	return nil
}

// harmless keeps a cell from being taken for a formula by a spreadsheet. Numbers stay numbers.
func harmless(cell string) string {
	if cell == "" || !strings.ContainsRune("=+-@\t\r", rune(cell[0])) {
		return cell
	}
	if _, err := strconv.ParseFloat(cell, 64); err == nil {
		return cell
	}
	return "'" + cell
}

func (l replayLines) end() error {
	l.csv.Flush()
	return l.csv.Error()
}

// parts sets two costs side by side, the largest first.
func parts(live, draft map[string]int64, name func(string) string) (list []replayPart) {
	keys := maps.Clone(live)
	maps.Copy(keys, draft)
	for _, key := range slices.Sorted(maps.Keys(keys)) {
		list = append(list, replayPart{name(key), live[key], draft[key]})
	}
	slices.SortStableFunc(list, func(a, b replayPart) int { return cmp.Compare(max(b.Live, b.Draft), max(a.Live, a.Draft)) })
	return list
}
