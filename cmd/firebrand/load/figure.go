package load

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"
)

// Figure is one measured number as it is printed; what does not apply is null.
type Figure struct {
	// Name is "load.figure", the same for ever, so that runs can be compared.
	Name  string  `json:"name"`
	Value float64 `json:"value"`
	Unit  string  `json:"unit"`
	// Baseline is what the least possible program paid in the same run, in the same unit; Ratio is Value over it.
	Baseline *float64 `json:"baseline"`
	Ratio    *float64 `json:"ratio"`
	// Limit is what Value is held against; Holds says whether it stands.
	Limit *float64 `json:"limit"`
	Holds *bool    `json:"holds"`
}

func figure(name string, value float64, unit string) Figure {
	return Figure{Name: name, Value: rounded(value), Unit: unit}
}

// beside puts the figure beside its baseline.
func (f Figure) beside(baseline float64) Figure {
	if baseline > 0 {
		base, ratio := rounded(baseline), rounded(f.Value/baseline)
		f.Baseline, f.Ratio = &base, &ratio
	}
	return f
}

// atMost holds while the value does not exceed the limit.
func (f Figure) atMost(limit float64) Figure {
	holds := f.Value <= limit
	f.Limit, f.Holds = &limit, &holds
	return f
}

// atLeast holds while the value does not fall below the limit.
func (f Figure) atLeast(limit float64) Figure {
	holds := f.Value >= limit
	f.Limit, f.Holds = &limit, &holds
	return f
}

// exactly holds where the value is the limit.
func (f Figure) exactly(limit float64) Figure {
	holds := f.Value == limit
	f.Limit, f.Holds = &limit, &holds
	return f
}

// rounded keeps two decimals: more would be noise.
func rounded(v float64) float64 { return math.Round(v*100) / 100 }

// line is the figure as one line, for machines or for people.
func (f Figure) line(asJSON bool) string {
	if asJSON {
		raw, _ := json.Marshal(f) // numbers and texts only
		return string(raw)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%-24s %10.6g %-5s", f.Name, f.Value, f.Unit)
	if f.Baseline != nil {
		fmt.Fprintf(&b, "  baseline %.6g, ratio %.2f", *f.Baseline, *f.Ratio)
	}
	if f.Limit != nil {
		verdict := "holds"
		if !*f.Holds {
			verdict = "DOES NOT HOLD"
		}
		fmt.Fprintf(&b, "  limit %.6g: %s", *f.Limit, verdict)
	}
	return strings.TrimRight(b.String(), " ")
}
