package member

import "strings"

// browsers are looked for in this order: most of them call themselves Chrome or Safari as well.
var browsers = []struct{ mark, name string }{
	{"Edg", "Edge"}, {"OPR/", "Opera"}, {"YaBrowser", "Yandex Browser"}, {"SamsungBrowser", "Samsung Internet"},
	{"MiuiBrowser", "Mi Browser"}, {"UCBrowser", "UC Browser"}, {"FxiOS", "Firefox"}, {"Firefox", "Firefox"},
	{"CriOS", "Chrome"}, {"Chrome", "Chrome"}, {"Version/", "Safari"},
}

var systems = []struct{ mark, name string }{
	{"iPhone", "iPhone"}, {"iPad", "iPad"}, {"Android", "Android"}, {"Windows", "Windows"},
	{"CrOS", "ChromeOS"}, {"Macintosh", "Mac"}, {"Linux", "Linux"},
}

// deviceName shortens a User-Agent to what a person recognises: "Chrome, Android". It is empty, or one of the two
// words, where the browser does not say.
func deviceName(agent string) string {
	var words []string
	for _, known := range [][]struct{ mark, name string }{browsers, systems} {
		for _, k := range known {
			if strings.Contains(agent, k.mark) {
				words = append(words, k.name)
				break
			}
		}
	}
	return strings.Join(words, ", ")
}
