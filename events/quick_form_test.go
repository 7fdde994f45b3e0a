package events

import (
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// compile makes a schema of the keywords given.
func compile(t *testing.T, keywords string) *jsonschema.Schema {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(keywords))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource("urn:test", doc); err != nil {
		t.Fatal(err)
	}
	return c.MustCompile("urn:test")
}

func TestQuicken_Refuses(t *testing.T) {
	for says, keywords := range map[string]string{
		"an old draft":            `{"$schema":"http://json-schema.org/draft-07/schema#","type":"string"}`,
		"no keyword at all":       `{}`,
		"yes to everything":       `true`,
		"two types":               `{"type":["string","integer"]}`,
		"a type without a form":   `{"type":"boolean"}`,
		"const":                   `{"type":"string","const":"a"}`,
		"not":                     `{"type":"string","not":{"maxLength":1}}`,
		"allOf":                   `{"type":"integer","allOf":[{"maximum":1}]}`,
		"exclusiveMinimum":        `{"type":"integer","exclusiveMinimum":1}`,
		"multipleOf":              `{"type":"integer","multipleOf":2}`,
		"half a maximum":          `{"type":"integer","maximum":1.5}`,
		"a minimum out of reach":  `{"type":"integer","minimum":-1e30}`,
		"uniqueItems":             `{"type":"array","items":{"type":"integer"},"uniqueItems":true}`,
		"prefixItems":             `{"type":"array","items":{"type":"integer"},"prefixItems":[{"type":"string"}]}`,
		"items of any kind":       `{"type":"array"}`,
		"items without a form":    `{"type":"array","items":{"type":"number"}}`,
		"an enum of numbers":      `{"type":"integer","enum":[1]}`,
		"an open object":          `{"type":"object","properties":{}}`,
		"a field without a form":  `{"type":"object","properties":{"a":{"type":"null"}},"additionalProperties":false}`,
		"minProperties":           `{"type":"object","properties":{},"additionalProperties":false,"minProperties":1}`,
		"an unknown field needed": `{"type":"object","properties":{},"additionalProperties":false,"required":["a"]}`,
		"itself":                  `{"type":"object","properties":{"a":{"$ref":"#"}},"additionalProperties":false}`,
		"if of a value":           `{"type":"object","properties":{"a":{"type":"string"}},"additionalProperties":false,"if":{"properties":{"a":{"const":"x"}}}}`,
		"then of a value": `{"type":"object","properties":{"a":{"type":"string"}},"additionalProperties":false,"if":{"required":["a"]},` +
			`"then":{"properties":{"a":{"minLength":1}}}}`,
		"then without if":          `{"type":"object","properties":{},"additionalProperties":false,"then":{"required":["a"]}}`,
		"a narrowed string":        `{"$ref":"#/$defs/s","properties":{},"$defs":{"s":{"type":"string"}}}`,
		"narrowed and more":        `{"$ref":"#/$defs/s","maxLength":1,"$defs":{"s":{"type":"string"}}}`,
		"narrowed without a form":  `{"$ref":"#/$defs/o","properties":{"a":{"minimum":1}},"$defs":{"o":{"type":"object","properties":{"a":{"type":"integer"}},"additionalProperties":false}}}`,
		"a reference to none such": `{"$ref":"#/$defs/s","$defs":{"s":{"type":"number"}}}`,
	} {
		t.Run("a schema has no quick form that has "+says, func(t *testing.T) {
			s := compile(t, keywords)
			if says == "then without if" {
				s.Then = &jsonschema.Schema{DraftVersion: 2020, Required: []string{"a"}}
			}
			if quicken(s) != nil {
				t.Error("it has one")
			}
		})
	}
	t.Run("no form is never sure", func(t *testing.T) {
		if (*quick)(nil).sure([]byte(`{}`)) {
			t.Error("it is")
		}
	})
}

func TestQuick_Sure(t *testing.T) {
	for _, tt := range []struct {
		keywords    string
		sure, never []string
	}{
		{`{"type":"string","minLength":2,"maxLength":3}`, []string{`"éé"`, ` "abc"` + "\r\n"},
			[]string{`"a"`, `"abcd"`, `"a\u0062"`, `"abc`, `abc`, `"ab"x`, "\"ab\xff\"", "\"a\tb\"", ``, ` `}},
		{`{"type":"string","pattern":"^a+b?[c-e]{2}(x|y)$"}`, []string{`"accx"`, `"aabcdy"`}, []string{`"accz"`, `"bccx"`, `"acx"`, `"accxx"`}},
		{`{"type":"string","pattern":"b"}`, []string{`"abc"`}, []string{`"ac"`}},
		{`{"type":"string","pattern":"^(ab)+(?i)k$"}`, []string{`"ababK"`}, []string{`"abaK"`}},
		{`{"type":"string","pattern":"^é*[^a]{2,}$"}`, []string{`"éé"`, `"bb"`}, []string{`"b"`, `"ab"`}},
		{`{"type":"string","format":"date-time"}`, []string{`"2026-05-02T08:45:00Z"`, `"2026-05-02T08:45:00+02:00"`}, []string{`"2026-02-30T08:45:00Z"`, `""`}},
		{`{"type":"integer","minimum":-5,"maximum":999999999999999999}`, []string{`0`, `-5`, `999999999999999999`},
			[]string{`-6`, `1000000000000000000`, `00`, `-0`, `01`, `-`, `1.0`, `1e0`, `1E0`, `"1"`, `null`}},
		{`{"enum":["a",1]}`, []string{`"a"`}, []string{`1`, `"b"`}},
		{`{"type":"array","items":{"type":"integer"},"minItems":1,"maxItems":2}`, []string{`[1]`, "[ 1 ,\t2 ]"},
			[]string{`[]`, `[1,2,3]`, `[1 2]`, `[1,]`, `[a]`, `1`, `[1`}},
		{`{"type":"array","items":{"type":"integer"}}`, []string{`[]`, `[ ]`}, []string{`[`}},
		{`{"$ref":"#/$defs/o","properties":{"a":{"type":"integer","maximum":2}},"$defs":{"o":{"type":"object",` +
			`"properties":{"a":{"type":"integer","minimum":1},"b":{"type":"string"}},"required":["a"],"additionalProperties":false}}}`,
			[]string{`{"a":1}`, "{\n\"b\" : \"\" ,\"a\":2}"}, []string{`{}`, `{"a":0}`, `{"a":3}`, `{"a":1,"a":1}`, `{"a":1,"c":1}`, `{"a" 1}`, `{"a":1 "b":""}`, `{"\u0061":1}`, `[]`}},
	} {
		q := quicken(compile(t, tt.keywords))
		for want, docs := range map[bool][]string{true: tt.sure, false: tt.never} {
			for _, doc := range docs {
				if got := q.sure([]byte(doc)); got != want {
					t.Errorf("%s: sure %v of %s", tt.keywords, got, doc)
				}
			}
		}
	}
}
