package web

import (
	"slices"

	"firebrand/internal/member"
)

// access is who may use a route.
type access []member.Role

var (
	// anyone is for visitors too.
	anyone access
	// signedIn is for everybody who has come in.
	signedIn = access{member.RoleMember, member.RolePrincipal, member.RoleMarketer, member.RoleDesk, member.RoleAdmin}
	// players have an account of points.
	players = access{member.RoleMember, member.RolePrincipal}
	// principals run their dealer's team.
	principals = access{member.RolePrincipal}
	// marketers publish; an administrator may do what they do.
	marketers = access{member.RoleMarketer, member.RoleAdmin}
	// desks hand prizes out.
	desks = access{member.RoleDesk, member.RoleAdmin}
	// admins run the programme.
	admins = access{member.RoleAdmin}
)

func (a access) allows(role member.Role) bool { return slices.Contains(a, role) }
