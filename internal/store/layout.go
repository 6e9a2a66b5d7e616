package store

import (
	"fmt"
	"reflect"
	"regexp"
	"slices"
)

// Layout is a Spec checked against its document type; engines work from it.
type Layout struct {
	Spec Spec
	// Fields are the fields of all indexes, each once, in the order of their first mention.
	Fields []Field
	// of holds, by index name, the places of its fields in Fields.
	of map[string][]int
}

var (
	namePattern  = regexp.MustCompile(`^[a-z_]+$`)
	fieldPattern = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]*(\.[A-Za-z][A-Za-z0-9_]*)*$`)
)

// NewLayout checks a Spec. Its errors are defects of the room that wrote it.
func NewLayout(spec Spec) (*Layout, error) {
	l := &Layout{Spec: spec, of: map[string][]int{}}
	if !namePattern.MatchString(spec.Name) {
		return nil, fmt.Errorf("collection name %q is not [a-z_]+", spec.Name)
	}
	if spec.Type == nil {
		return nil, fmt.Errorf("collection %s has no document type", spec.Name)
	}
	for _, x := range spec.Indexes {
		if err := l.add(x); err != nil {
			return nil, fmt.Errorf("index %q of collection %s: %w", x.Name, spec.Name, err)
		}
	}
	return l, nil
}

func (l *Layout) add(x Index) error {
	if !namePattern.MatchString(x.Name) {
		return fmt.Errorf("the name is not [a-z_]+")
	}
	if _, twice := l.of[x.Name]; twice {
		return fmt.Errorf("declared twice")
	}
	if len(x.Fields) == 0 {
		return fmt.Errorf("no fields")
	}
	for _, name := range x.Fields {
		if !fieldPattern.MatchString(name) {
			return fmt.Errorf("%q is no field name", name)
		}
		at := slices.IndexFunc(l.Fields, func(f Field) bool { return f.Name == name })
		if at < 0 {
			f, err := FieldOf(l.Spec.Type, name)
			if err != nil {
				return err
			}
			at, l.Fields = len(l.Fields), append(l.Fields, f)
		}
		if l.Fields[at].Kind == Texts && (x.Unique || len(x.Fields) > 1) {
			return fmt.Errorf("the slice %q can only stand alone in an index that is not unique", name)
		}
		l.of[x.Name] = append(l.of[x.Name], at)
	}
	return nil
}

// FieldsOf are the fields of the index called name, in its order; none for an index that is not declared.
func (l *Layout) FieldsOf(name string) []Field {
	fields := make([]Field, len(l.of[name]))
	for i, at := range l.of[name] {
		fields[i] = l.Fields[at]
	}
	return fields
}

// Values are what a document has in Fields, in the form of Field.Of. A document of another type than the Spec's,
// or a nil pointer, is an error.
func (l *Layout) Values(doc any) ([]any, error) {
	v := reflect.ValueOf(doc)
	if v.Kind() == reflect.Pointer && !v.IsNil() && v.Type() != l.Spec.Type {
		v = v.Elem()
	}
	if !v.IsValid() || v.Type() != l.Spec.Type {
		return nil, fmt.Errorf("collection %s keeps %v, not %T", l.Spec.Name, l.Spec.Type, doc)
	}
	values := make([]any, len(l.Fields))
	for i, f := range l.Fields {
		value, err := f.Of(v)
		if err != nil {
			return nil, fmt.Errorf("field %q of collection %s: %w", f.Name, l.Spec.Name, err)
		}
		values[i] = value
	}
	return values, nil
}
