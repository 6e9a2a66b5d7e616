package content_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"firebrand/content"
)

func TestMarkdown(t *testing.T) {
	t.Run("every block bears its number, and its first words can be chosen", func(t *testing.T) {
		md := "# Дрели\n\nПервый *абзац*.\n\n- один\n- два\n\n> цитата\n\n```go\nx := 1\n```\n\n| а | б |\n|:--|--:|\n| 1 | 2 |\n\n---\n\n    код\n"
		html, n := content.Render(md)
		words := content.Blocks(md)
		if n != 8 || len(words) != 8 {
			t.Fatalf("%d blocks, %d words: %s", n, len(words), html)
		}
		for i := 1; i <= n; i++ {
			if strings.Count(html, fmt.Sprintf(`id="p%d"`, i)) != 1 {
				t.Errorf("block %d bears no number: %s", i, html)
			}
		}
		for i, want := range []string{"Дрели", "Первый абзац.", "один два", "цитата", "x := 1", "а б 1 2", "", "код"} {
			if words[i] != want {
				t.Errorf("block %d begins %q, want %q", i+1, words[i], want)
			}
		}
		for _, want := range []string{"<em>абзац</em>", `align="right"`, "<pre><code>x := 1"} {
			if !strings.Contains(html, want) {
				t.Errorf("lacks %s: %s", want, html)
			}
		}
	})
	for _, c := range []struct{ why, md, want string }{
		{"HTML of the author's is dropped", "a <b onclick=x>b</b> <script>alert(1)</script>", "<p id=\"p1\">a b alert(1)</p>\n"},
		{"a block of HTML is no block", "<div>\nx\n</div>\n\ny", "<p id=\"p1\">y</p>\n"},
		{"a link says that we do not vouch for it", "[a](https://e.org/)", "<p id=\"p1\"><a href=\"https://e.org/\" rel=\"noopener nofollow\">a</a></p>\n"},
		{"a link that runs is none", "[a](javascript:alert(1))", "<p id=\"p1\">a</p>\n"},
		{"a link in a scheme that we do not know leaves its words", "[*a*](ftp://e.org) <irc://x/y>", "<p id=\"p1\"><em>a</em> <a rel=\"noopener nofollow\">irc://x/y</a></p>\n"},
		{"a picture of ours stands", "![Дрель](/media/0123abcd?w=480)", "<p id=\"p1\"><img src=\"/media/0123abcd?w=480\" alt=\"Дрель\"></p>\n"},
		{"a picture from elsewhere leaves its words", "![Дрель](https://e.org/x.png)!", "<p id=\"p1\">Дрель!</p>\n"},
		{"a definition is no block", "[a]: https://e.org/\n\nx", "<p id=\"p1\">x</p>\n"},
		{"nothing is nothing", "", ""},
	} {
		t.Run(c.why, func(t *testing.T) {
			if got, _ := content.Render(c.md); got != c.want {
				t.Errorf("%q\nwant %q", got, c.want)
			}
		})
	}
	t.Run("long words are cut", func(t *testing.T) {
		if got := content.Blocks(strings.Repeat("слово ", 100))[0]; len([]rune(got)) > 61 || !strings.HasSuffix(got, "слово…") {
			t.Errorf("%q", got)
		}
	})
}

var (
	tag     = regexp.MustCompile(`<[^>]*>`)
	handler = regexp.MustCompile(`(?i)\son[a-z]+\s*=`)
	running = regexp.MustCompile(`(?i)(href|src)\s*=\s*["']?\s*(javascript|data|vbscript):`)
	quoted  = regexp.MustCompile(`"[^"]*"`)
	numbers = regexp.MustCompile(`<[a-z0-9]+ [^>]*id="p[0-9]+"`)
)

func FuzzRender(f *testing.F) {
	for _, seed := range []string{
		"# a\n\nb", "<script>x</script>", "[a](javascript:x)", "![a](/media/1)", "<a onclick=x>", "|a|b|\n|-|-|\n|1|2|",
		"[a]: /x 'onclick=\"x\"'\n\n[a]", "```\" onclick=x\ny\n```", "1. a\n2. b\n\n![x]( /media/1 \"t\")", "<!-- x -->\n\n&lt;script>",
		"![a ![b](x) c](y)", "<javascript:x>", "- ![x](y)\n\n\t<b>", "[a]: b", "~~a~~ **b** `c`",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, md string) {
		html, n := content.Render(md)
		for _, s := range tag.FindAllString(html, -1) {
			if strings.Contains(strings.ToLower(s), "<script") || running.MatchString(s) {
				t.Fatalf("%q gives %q", md, html)
			}
			// What stands in quotes is a value, in which anything may stand.
			if handler.MatchString(quoted.ReplaceAllString(s, `""`)) {
				t.Fatalf("%q gives %q", md, html)
			}
		}
		if got := len(numbers.FindAllString(html, -1)); got != n || len(content.Blocks(md)) != n {
			t.Fatalf("%q has %d blocks, %d numbers, %d words: %q", md, n, got, len(content.Blocks(md)), html)
		}
	})
}
