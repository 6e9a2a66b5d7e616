package points

import (
	"encoding/json"
	"strconv"

	"firebrand/internal/calendar"
)

// object writes one JSON object, field by field, without reflection: a body is written with every earn and spend. What
// is zero or empty is left out, as its reading gives it back.
type object []byte

func (o object) name(name string) object {
	if last := o[len(o)-1]; last != '{' && last != '[' {
		o = append(o, ',')
	}
	o = append(append(o, '"'), name...)
	return append(o, '"', ':')
}

func (o object) int(name string, n int64) object {
	if n == 0 {
		return o
	}
	return strconv.AppendInt(o.name(name), n, 10)
}

func (o object) text(name, s string) object {
	if s == "" {
		return o
	}
	return append(object(line(append(o.name(name), '"')).quoted(s)), '"')
}

func (o object) flag(name string, set bool) object {
	if !set {
		return o
	}
	return append(o.name(name), "true"...)
}

// list writes a list as one text.
func list[A any](o object, name string, from []A, write func(line, A) line) object {
	if len(from) == 0 {
		return o
	}
	l := line(append(o.name(name), '"'))
	for i, a := range from {
		if i > 0 {
			l = append(l, between)
		}
		l = write(l, a)
	}
	return append(object(l), '"')
}

// body is the record's content, as the journal keeps it.
func (c Change) body() json.RawMessage {
	o := append(make(object, 0, 1536), '{')
	o = append(c.Op.write(append(o.name("op"), '{')), '}')
	o = list(o, "fell", c.Fell, line.fell)
	o = list(o, "took", c.Took, line.lot)
	o = o.int("moved", c.Moved).int("delta", c.Delta).int("repaid", c.Repaid).int("owed", c.Owed)
	o = o.int("asked", c.Asked).int("cut", c.Cut).text("by", c.CutBy)
	o = append(c.After.write(append(o.name("after"), '{')), '}')
	return json.RawMessage(append(o, '}'))
}

// asked is what tells one request from another: nothing that the policy, the clock or a look-up added.
func (op Op) asked() json.RawMessage {
	o := append(make(object, 0, 256), '{').text("kind", string(op.Kind))
	o = append(op.request().write(append(o.name("op"), '{')), '}')
	return json.RawMessage(append(o, '}'))
}

func (op Op) write(o object) object {
	o = o.int("n", op.Amount).text("s", string(op.Source)).text("f", op.Funding)
	o = o.int("a", calendar.Millis(op.From)).int("e", calendar.Millis(op.Expires)).int("m", monthNumber(op.Month))
	o = o.flag("i", op.Idles).flag("pl", op.Played).flag("u", op.Undelivered).int("dl", calendar.Millis(op.Delivered))
	o = o.flag("mn", op.Manual).text("sc", op.Second).text("h", op.Hold).text("as", op.As).flag("so", op.Sole).text("of", op.Of).text("r", op.Ref)
	o = o.text("md", string(op.Mode)).text("ci", op.Cap.ID).int("cn", op.Cap.Most).text("ot", op.Other)
	o = list(o, "l", op.Pieces, line.lot)
	o = o.int("oq", op.OfSeq).text("oa", op.OfAccount).int("oi", calendar.Millis(op.OfAt)).int("ob", op.Before)
	o = o.text("rb", op.Refused).int("d", op.Debt).int("sp", op.Spent)
	o = list(o, "ms", op.Months, line.month)
	o = list(o, "c", op.Caps, line.cap).int("cm", monthNumber(op.CapMonth))
	o = o.int("p", int64(op.Policy)).int("iu", calendar.Millis(op.IdleUntil)).int("ba", calendar.Millis(op.BurnsAt))
	return o.int("g", calendar.Millis(op.Grace))
}

func (s State) write(o object) object {
	o = list(o, "l", s.Lots, line.lot)
	if len(s.Holds) > 0 {
		o = append(o.name("h"), '[')
		for i, h := range s.Holds {
			if i > 0 {
				o = append(o, ',')
			}
			o = append(o, '{').text("id", h.ID).text("r", h.Ref).int("at", calendar.Millis(h.At)).int("m", monthNumber(h.Month))
			o = append(list(o, "l", h.Pieces, line.lot), '}')
		}
		o = append(o, ']')
	}
	o = o.int("d", s.Debt).int("iu", calendar.Millis(s.IdleUntil)).int("ba", calendar.Millis(s.BurnsAt))
	o = o.int("te", s.Earned).int("ts", s.Spent).int("tx", s.Expired).int("tb", s.Burned).int("tr", s.Reversed)
	o = o.int("ti", s.MovedIn).int("to", s.MovedOut)
	o = list(o, "m", s.Months, line.month)
	o = list(o.int("cm", monthNumber(s.CapMonth)), "c", s.Capped, line.capped)
	o = list(o, "u", s.Undone, line.undone).int("ut", s.UndoneTo)
	return o.text("mi", s.MergedInto)
}
