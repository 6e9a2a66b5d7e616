package demo

import "firebrand/internal/member"

// Strangers are whom the crowd is made of.
func Strangers(l Loaded, all []member.Member) []member.Member { return l.strangers(all) }
