package leaderboard

import "firebrand/internal/calendar"

// Every key of a month holds the month's hash tag, so that one script reaches all of them on a Redis Cluster too.

func monthKey(m calendar.Month, what string) string {
	return "fb:{board:" + m.String() + "}:" + what
}

// membersKey is a hash: account → its seq, the boards it stands on and what its records won; see put.lua.
func membersKey(m calendar.Month) string { return monthKey(m, "members") }

// dueKey is a sorted set: accounts by the instant at which the clock changes their total.
func dueKey(m calendar.Month) string { return monthKey(m, "due") }

// versionsKey is a hash: board → the count of changes when it changed last. Its fields are all the boards there are, and
// the empty one for the count.
func versionsKey(m calendar.Month) string { return monthKey(m, "versions") }

// leagueKey is a hash: "s:" and a company → the points of its players, "n:" and a company → how many they are.
func leagueKey(m calendar.Month) string { return monthKey(m, "league") }

// metaKey is a hash: epoch (missing while the boards are not drawn), checkpoint, closed, was (the day of yesterday's
// table).
func metaKey(m calendar.Month) string { return monthKey(m, "meta") }

// lockKey holds the token of whoever draws the month, wasLockKey of whoever draws yesterday's table.
func lockKey(m calendar.Month) string    { return monthKey(m, "lock") }
func wasLockKey(m calendar.Month) string { return monthKey(m, "waslock") }

// boardPrefix and a board's name make its key, a sorted set: accounts by score.
func boardPrefix(m calendar.Month) string { return monthKey(m, "on:") }

// key is a board's sorted set, or that of its table at the end of the day was.
func (b boardID) key() string {
	if b.was != "" {
		return monthKey(b.month, "was:"+b.was+":"+b.name)
	}
	return boardPrefix(b.month) + b.name
}
