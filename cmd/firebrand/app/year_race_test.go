//go:build race

package app_test

// yearMembers is how many members live through the year; the race detector makes each some ten times as dear.
const yearMembers = 24
