package ui

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"github.com/evanw/esbuild/pkg/api"
)

// Asset is one file as browsers get it, in both encodings.
type Asset struct {
	Type string
	Body []byte
	Gzip []byte
}

// Assets are the bundled scripts and styles under names that change with their content, so that they are kept for ever.
type Assets struct {
	byURL map[string]Asset
	urls  map[string]string
}

// URL is where browsers find an asset: "play.js" or "site.css".
func (a *Assets) URL(name string) (string, error) {
	url, ok := a.urls[name]
	if !ok {
		return "", fmt.Errorf("ui: no asset %q", name)
	}
	return url, nil
}

// At returns the asset at a path below /assets/; ok is false where there is none.
func (a *Assets) At(url string) (Asset, bool) { asset, ok := a.byURL[url]; return asset, ok }

// bundle builds every elements/*.ts that is an entry (not in a folder) and styles/site.css, minified.
func bundle() (*Assets, error) {
	entries, err := fs.Glob(files, "elements/*.ts")
	if err != nil {
		return nil, err
	}
	entries = append(entries, "styles/site.css")
	result := api.Build(api.BuildOptions{
		EntryPoints: entries, Bundle: true, Write: false, Outdir: "/", Format: api.FormatIIFE, Target: api.ES2019,
		MinifyWhitespace: true, MinifyIdentifiers: true, MinifySyntax: true, LegalComments: api.LegalCommentsNone,
		Plugins: []api.Plugin{embedded()},
	})
	if len(result.Errors) > 0 {
		lines := api.FormatMessages(result.Errors, api.FormatMessagesOptions{})
		return nil, fmt.Errorf("ui: bundling: %s", strings.Join(lines, "\n"))
	}
	a := &Assets{byURL: map[string]Asset{}, urls: map[string]string{}}
	for _, out := range result.OutputFiles {
		a.add(path.Base(out.Path), out.Contents)
	}
	return a, nil
}

func (a *Assets) add(name string, body []byte) {
	sum := sha256.Sum256(body)
	ext := path.Ext(name)
	url := "/assets/" + strings.TrimSuffix(name, ext) + "-" + hex.EncodeToString(sum[:6]) + ext
	kind := map[string]string{".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8"}[ext]
	var packed bytes.Buffer
	w, _ := gzip.NewWriterLevel(&packed, gzip.BestCompression) // the level is a constant that exists
	_, _ = w.Write(body)                                       // into memory
	_ = w.Close()
	a.byURL[url] = Asset{Type: kind, Body: body, Gzip: packed.Bytes()}
	a.urls[name] = url
}

// embedded lets esbuild read its sources from the program itself.
func embedded() api.Plugin {
	return api.Plugin{Name: "embedded", Setup: func(build api.PluginBuild) {
		build.OnResolve(api.OnResolveOptions{Filter: ".*"}, func(args api.OnResolveArgs) (api.OnResolveResult, error) {
			name := path.Clean(args.Path)
			if args.Importer != "" {
				name = path.Join(path.Dir(args.Importer), args.Path)
			}
			if path.Ext(name) == "" {
				name += ".ts"
			}
			return api.OnResolveResult{Path: name, Namespace: "embedded"}, nil
		})
		build.OnLoad(api.OnLoadOptions{Filter: ".*", Namespace: "embedded"}, func(args api.OnLoadArgs) (api.OnLoadResult, error) {
			raw, err := files.ReadFile(args.Path)
			if err != nil {
				return api.OnLoadResult{}, err
			}
			source, loader := string(raw), api.LoaderTS
			if path.Ext(args.Path) == ".css" {
				loader = api.LoaderCSS
			}
			return api.OnLoadResult{Contents: &source, Loader: loader}, nil
		})
	}}
}
