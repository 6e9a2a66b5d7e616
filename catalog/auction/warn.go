package auction

import (
	"context"
	"slices"
	"time"

	"firebrand/internal/calendar"
)

// An auction should end within these hours wherever its bidders are: nobody is to sit up for one.
const (
	endsEarliest = 10 * time.Hour
	endsLatest   = 20 * time.Hour
)

// Warnings are what a marketer should know about an auction, before or after scheduling: an end, or one that bids put
// off, outside 10 to 20 o'clock in the zone of any invited company ("auction.warn_hours", "auction.warn_extension", with
// zone and the instant as at), a change of the clocks around the end ("auction.warn_dst", with zone and at), an end in
// another month than the one whose points may be bid ("auction.warn_month"). One of each kind and zone.
func (s *Service) Warnings(ctx context.Context, a Auction) ([]Warning, error) {
	a = a.clean()
	zones, err := s.zones(ctx, a.Regions)
	if err != nil {
		return nil, err
	}
	var warnings []Warning
	warn := func(key string, at time.Time, z calendar.Zone) {
		warnings = append(warnings, Warning{Key: key, Args: map[string]any{"zone": z.String(), "at": at}})
	}
	latest := a.Closes.Add(a.Cap)
	for _, z := range zones {
		switch {
		case !decent(z, a.Closes):
			warn("auction.warn_hours", a.Closes, z)
		case !decent(z, latest):
			warn("auction.warn_extension", latest, z)
		}
		if clocksChange(z, a.Closes.Add(-time.Hour), latest.Add(time.Hour)) {
			warn("auction.warn_dst", a.Closes, z)
		}
	}
	if !a.AnyPoints && s.Zone.Month(a.Opens) != s.Zone.Month(a.Closes) {
		warn("auction.warn_month", a.Closes, s.Zone)
	}
	return warnings, nil
}

// decent reports whether an instant is between 10 and 20 o'clock, both included, on the clocks of a zone.
func decent(z calendar.Zone, at time.Time) bool {
	h, m, sec := at.In(z.Location()).Clock()
	clock := time.Duration(h)*time.Hour + time.Duration(m)*time.Minute + time.Duration(sec)*time.Second
	return clock >= endsEarliest && clock <= endsLatest
}

// clocksChange reports whether the clocks of a zone are put forward or back between two instants.
func clocksChange(z calendar.Zone, from, to time.Time) bool {
	_, before := from.In(z.Location()).Zone()
	_, after := to.In(z.Location()).Zone()
	return before != after
}

// zones are the zones of all companies of these regions, the programme's own first; no region is all.
func (s *Service) zones(ctx context.Context, regions []string) ([]calendar.Zone, error) {
	companies, err := s.Members.Companies(ctx)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, c := range companies {
		if len(regions) > 0 && !slices.Contains(regions, c.Region) {
			continue
		}
		name := zoneOf(c)
		if name == "" {
			name = s.Zone.String()
		}
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		names = []string{s.Zone.String()}
	}
	slices.Sort(names)
	var zones []calendar.Zone
	for _, name := range names {
		z, err := calendar.Load(name)
		if err != nil {
			z = s.Zone // a zone that this machine does not know; it was checked when it was entered
		}
		zones = append(zones, z)
	}
	return zones, nil
}
