package content

import (
	"bytes"
	"regexp"
	"strconv"
	"strings"

	"github.com/microcosm-cc/bluemonday"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
)

// blockWords bounds what Blocks gives of a block, in runes.
const blockWords = 60

// pictureURL is where pictures of an article may come from: the programme's own media.
var pictureURL = regexp.MustCompile(`^/media/[0-9a-z]{1,64}(/[0-9]{1,5})?(\?w=[0-9]{1,5})?$`)

// linkURL is what a link may point to; one to anything else leaves its words.
var linkURL = regexp.MustCompile(`^(?i:https?://|mailto:)|^[/#]`)

var (
	markdown = goldmark.New(goldmark.WithExtensions(
		extension.NewTable(extension.WithTableCellAlignMethod(extension.TableCellAlignAttribute)),
		extension.Strikethrough,
	))
	policy = articlePolicy()
)

// articlePolicy is the second fence behind the renderer, which lets no HTML of the author's through by itself.
func articlePolicy() *bluemonday.Policy {
	p := bluemonday.NewPolicy()
	p.AllowElements("p", "h1", "h2", "h3", "h4", "h5", "h6", "br", "hr", "strong", "em", "del", "code", "pre", "div",
		"ul", "ol", "li", "blockquote", "table", "thead", "tbody", "tr", "th", "td")
	p.AllowAttrs("id").Matching(regexp.MustCompile(`^p[0-9]{1,5}$`)).OnElements(
		"p", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "div", "ul", "ol", "blockquote", "table")
	p.AllowAttrs("align").Matching(regexp.MustCompile(`^(left|center|right)$`)).OnElements("th", "td")
	p.AllowAttrs("start").Matching(bluemonday.Integer).OnElements("ol")
	p.AllowURLSchemes("http", "https", "mailto")
	p.AllowRelativeURLs(true)
	p.AllowAttrs("href").OnElements("a")
	p.AllowAttrs("rel").Matching(regexp.MustCompile(`^noopener nofollow$`)).OnElements("a")
	p.AllowAttrs("src").Matching(pictureURL).OnElements("img")
	p.AllowAttrs("alt").OnElements("img")
	return p
}

// Render turns Markdown into sanitised HTML, safe to put into a page as it is, and says how many blocks it has. Block N
// bears id="pN", from 1, so that a wrong answer can link to what explains it. HTML of the author's is dropped, and so is
// a picture from elsewhere, which leaves its alt text.
func Render(md string) (html string, blocks int) {
	source := []byte(md)
	var out bytes.Buffer
	for _, block := range parse(source) {
		blocks++
		id := "p" + strconv.Itoa(blocks)
		switch block.Kind() {
		case ast.KindCodeBlock, ast.KindFencedCodeBlock:
			// The renderer writes no attributes on these.
			out.WriteString(`<div id="` + id + `">`)
			_ = markdown.Renderer().Render(&out, source, block)
			out.WriteString("</div>\n")
		default:
			block.SetAttributeString("id", []byte(id))
			_ = markdown.Renderer().Render(&out, source, block)
		}
	}
	return policy.Sanitize(out.String()), blocks
}

// Blocks gives the first words of each block, in the order of Render's ids, as plain text.
func Blocks(md string) []string {
	source := []byte(md)
	var words []string
	for _, block := range parse(source) {
		words = append(words, firstWords(block, source))
	}
	return words
}

// parse returns the top-level blocks with everything taken out that Render does not show.
func parse(source []byte) []ast.Node {
	doc := markdown.Parser().Parse(text.NewReader(source), parser.WithContext(parser.NewContext()))
	var drop, unwrap []ast.Node
	_ = ast.Walk(doc, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		switch n := n.(type) {
		case *ast.HTMLBlock, *ast.RawHTML, *ast.LinkReferenceDefinition:
			drop = append(drop, n)
		case *ast.Image:
			if !pictureURL.Match(n.Destination) {
				unwrap = append(unwrap, n)
			}
		case *ast.Link:
			n.SetAttributeString("rel", []byte("noopener nofollow"))
			if !linkURL.Match(n.Destination) {
				unwrap = append(unwrap, n)
			}
		case *ast.AutoLink:
			n.SetAttributeString("rel", []byte("noopener nofollow"))
		}
		return ast.WalkContinue, nil
	})
	for _, n := range unwrap {
		for child := n.FirstChild(); child != nil; child = n.FirstChild() {
			n.Parent().InsertBefore(n.Parent(), n, child)
		}
	}
	for _, n := range append(unwrap, drop...) {
		n.Parent().RemoveChild(n.Parent(), n)
	}
	var blocks []ast.Node
	for n := doc.FirstChild(); n != nil; n = n.NextSibling() {
		blocks = append(blocks, n)
	}
	return blocks
}

// firstWords is the beginning of a block's text, cut at a word.
func firstWords(block ast.Node, source []byte) string {
	var b strings.Builder
	_ = ast.Walk(block, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if b.Len() > 4*blockWords {
			return ast.WalkStop, nil
		}
		switch n := n.(type) {
		case *ast.Text:
			if entering {
				b.Write(n.Segment.Value(source))
				if n.SoftLineBreak() || n.HardLineBreak() {
					b.WriteByte(' ')
				}
			}
		case *ast.String:
			if entering {
				b.Write(n.Value)
			}
		case *ast.CodeBlock, *ast.FencedCodeBlock:
			if entering {
				b.Write(n.Lines().Value(source))
			}
		default:
			if !entering && n.Type() == ast.TypeBlock {
				b.WriteByte(' ')
			}
		}
		return ast.WalkContinue, nil
	})
	words := strings.Join(strings.Fields(b.String()), " ")
	runes := []rune(words)
	if len(runes) <= blockWords {
		return words
	}
	cut := string(runes[:blockWords])
	if space := strings.LastIndexByte(cut, ' '); space > 0 {
		cut = cut[:space]
	}
	return cut + "…"
}
