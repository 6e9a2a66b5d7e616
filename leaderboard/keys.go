package leaderboard

import "firebrand/internal/calendar"

// Every key of a month holds the month's hash tag, so that one script reaches all of them on a Redis Cluster too.

func monthKey(m calendar.Month, what string) string {
	return "fb:{board:" + m.String() + "}:" + what
}

// membersKey is a hash: account → its seq and the boards it stands on.
func membersKey(m calendar.Month) string { return monthKey(m, "members") }

// dueKey is a sorted set: accounts by the instant at which the clock changes their total.
func dueKey(m calendar.Month) string { return monthKey(m, "due") }

// versionsKey is a hash: board → how often it changed. Its fields are all the boards there are.
func versionsKey(m calendar.Month) string { return monthKey(m, "versions") }

// metaKey is a hash: epoch (missing while the boards are not drawn), checkpoint, closed.
func metaKey(m calendar.Month) string { return monthKey(m, "meta") }

// lockKey holds the token of whoever draws the month.
func lockKey(m calendar.Month) string { return monthKey(m, "lock") }

// boardPrefix and a board's name make its key, a sorted set: accounts by score.
func boardPrefix(m calendar.Month) string { return monthKey(m, "on:") }

func boardKey(m calendar.Month, board string) string { return boardPrefix(m) + board }
