package exchange

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"firebrand/catalog/purchase"
	"firebrand/catalog/purchase/rule"
	"firebrand/internal/sheet"
)

// cdnow are the columns of CDNOW's own files, which have no header: the customer, in the sample a second number of theirs,
// the day, the units and the dollars.
var cdnow = map[int][]*regexp.Regexp{
	5: {fiveDigits, regexp.MustCompile(`^\d{4}$`), compactDay, digits, dollars},
	4: {fiveDigits, compactDay, digits, dollars},
}

var (
	fiveDigits = regexp.MustCompile(`^\d{5}$`)
	dollars    = regexp.MustCompile(`^\d+\.\d\d$`)
)

// isCDNOW reports whether a row is one of CDNOW's.
func isCDNOW(cells []string) bool {
	forms, known := cdnow[len(cells)]
	for i, form := range forms {
		if !form.MatchString(cells[i]) {
			return false
		}
	}
	return known
}

// cdnowReader makes an order of each row. Its id is the customer, the day and which of the customer's orders of that day it
// is, so that the same file names the same orders again. For that the file must have the customers in the order of their
// numbers, those of the sample in the sample, as CDNOW's do; a row that has not is refused.
type cdnowReader struct {
	values
	// place is the number by which the file is sorted.
	place, day string
	nth        int
}

func (c *cdnowReader) draft(row sheet.Row) *draft {
	d := &draft{lines: []int{row.Line}}
	if row.Flaw != "" {
		d.refuse(row.Line, flaws[row.Flaw])
		return d
	}
	if !isCDNOW(row.Cells) {
		d.message.ID = cut(strings.Join(row.Cells, " "))
		d.refuse(row.Line, fails("orders_in.cdnow_row", string(ID)))
		return d
	}
	customer, rest := row.Cells[0], row.Cells[len(row.Cells)-3:]
	place, day := row.Cells[len(row.Cells)-4], rest[0]
	if place < c.place || place == c.place && day < c.day {
		d.message.ID = customer + "-" + day
		d.refuse(row.Line, fails("orders_in.cdnow_order", string(ID), "customer", c.place))
		return d
	}
	if place != c.place || day != c.day {
		c.place, c.day, c.nth = place, day, 0
	}
	c.nth++
	d.message = c.message(d, row.Line, customer, rest)
	return d
}

// message tells of an order that has arrived, from a buyer who is not in the programme.
func (c *cdnowReader) message(d *draft, line int, customer string, rest []string) purchase.Message {
	placed, bad := c.instant(rest[0], Placed)
	d.refuse(line, bad)
	units, bad := c.whole(rest[1], Quantity)
	d.refuse(line, bad)
	total, bad := c.money(rest[2], Total)
	d.refuse(line, bad)
	l := purchase.Line{Line: rule.Line{ID: "1", Product: "CD", Quantity: units}}
	if units > 0 {
		l.Price = (total + units - 1) / units
		l.Discount = units*l.Price - total
	}
	return purchase.Message{
		ID: fmt.Sprintf("CDNOW-%s-%s-%s", customer, rest[0], strconv.Itoa(c.nth)), State: purchase.Delivered,
		Placed: placed, Delivered: placed, Buyer: purchase.BuyerRef{Company: "CDNOW-" + customer}, Lines: []purchase.Line{l},
	}
}
