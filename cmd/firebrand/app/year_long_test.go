//go:build !race

package app_test

// yearMembers is how many members live through the year.
const yearMembers = 200
