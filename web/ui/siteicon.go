package ui

// SiteIcon is the sign of the site in a square: a spark on the colour of the top bar.
const SiteIcon = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64"><rect width="64" height="64" rx="14" fill="#12343b"/>` +
	`<path fill="#f2f6f4" d="M32 8c2.5 10 16 15 16 30a16 16 0 0 1-32 0c0-8 5-11 8-16 2.5 3 3 5 3 8 5-5 6-13 5-22z"/>` +
	`<path fill="#8fb8b4" d="M32 34c1 5 7 6 7 13a7 7 0 0 1-14 0c0-4 3-5 3.5-8 1.5.8 2 2.4 2.5 4 2-2 2-5 1-9z"/></svg>`
