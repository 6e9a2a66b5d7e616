package ui

import "time"

// Page is what the layout needs around a page's own Data.
type Page struct {
	// Title is a text key, or a text itself where TitleIsText (an article's own title).
	Title       string
	TitleIsText bool
	// Person is who is signed in; nil for a visitor.
	Person *Person
	Nav    []NavItem
	// Places are the studio's, shown above the page; nil elsewhere.
	Places *Places
	// Now is the moment that every "until" on the page is reckoned from.
	Now time.Time
	// Notice is a text key said once after an action.
	Notice string
	// Fault is what went wrong with the form that was just sent, in the person's language; empty where nothing did.
	Fault string
	// Field names the form field at fault.
	Field string
	// Scripts are the bundles the page needs besides base.js.
	Scripts []string
	// Wide pages use a desk's whole width: the studio, tables.
	Wide bool
	// Bare pages have no navigation: a question being played, signing in.
	Bare bool
	Data any
}

// Person is the one signed in, as far as the layout shows them.
type Person struct {
	// Points are alive now; shown only to those who have an account.
	Points    int64
	HasPoints bool
	// Room is the person's own live room, Unread how many messages are new to them.
	Room   string
	Unread int
}

// NavItem is one place of the navigation.
type NavItem struct {
	Key, Href, Icon string
	Current         bool
}

// Places are the ways within a part of the site that has many, in groups.
type Places struct {
	Groups [][]Place
	// Current is the text key of the one that is open.
	Current string
}

// Place is one of them.
type Place struct {
	Key, Href string
	Current   bool
}
