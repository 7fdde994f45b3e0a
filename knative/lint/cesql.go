package lint

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// notBoolean says why an expression in CESQL v1 is neither true nor false, ""
// where it is. What is in the expression it does not repeat.
func notBoolean(expression string) string {
	p := &cesql{}
	if at := p.scan(expression); at >= 0 {
		return fmt.Sprintf("has something at character %d that CESQL does not know", at+1)
	}
	kind := p.expression(0)
	switch {
	case p.wrong != "":
		return p.wrong
	case p.next < len(p.tokens):
		return "goes on where it should end"
	case kind != truth:
		return "is a " + kind + ", not a truth"
	}
	return ""
}

// The kinds of value.
const (
	truth = "truth"
	text  = "string"
	whole = "number"
)

// cesql reads an expression, as far as its kind needs.
type cesql struct {
	tokens []string
	next   int
	depth  int
	wrong  string
}

var cesqlToken = regexp.MustCompile(`^(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|[0-9]+|[A-Za-z_][A-Za-z0-9_]*|!=|<>|<=|>=|[-+*/%=<>(),])`)

// scan takes the expression into words. It returns where it could not, or -1.
func (p *cesql) scan(expression string) int {
	for rest := expression; ; {
		rest = strings.TrimLeft(rest, " \t\r\n")
		if rest == "" {
			return -1
		}
		word := cesqlToken.FindString(rest)
		if word == "" {
			return len(expression) - len(rest)
		}
		p.tokens = append(p.tokens, word)
		rest = rest[len(word):]
	}
}

// peek is the next word, in capitals unless it is a string.
func (p *cesql) peek() string {
	if p.next >= len(p.tokens) {
		return ""
	}
	if word := p.tokens[p.next]; word[0] != '\'' && word[0] != '"' {
		return strings.ToUpper(word)
	}
	return "'"
}

func (p *cesql) take(word string) bool {
	if p.wrong != "" || p.peek() != word {
		return false
	}
	p.next++
	return true
}

func (p *cesql) fail(why string) string {
	if p.wrong == "" {
		p.wrong = why
	}
	return ""
}

// binary are the operators between two expressions: how tight they bind, and
// what comes of them.
var binary = map[string]struct {
	binds int
	kind  string
}{
	"AND": {1, truth}, "OR": {1, truth}, "XOR": {1, truth},
	"=": {2, truth}, "!=": {2, truth}, "<>": {2, truth}, "<": {2, truth}, "<=": {2, truth}, ">": {2, truth}, ">=": {2, truth},
	"+": {3, whole}, "-": {3, whole}, "*": {4, whole}, "/": {4, whole}, "%": {4, whole},
	"LIKE": {5, truth}, "IN": {5, truth}, "NOT": {5, truth},
}

// expression reads operators that bind tighter than least, and returns the kind.
func (p *cesql) expression(least int) string {
	if p.depth++; p.depth > deepest {
		return p.fail("is nested too deep")
	}
	defer func() { p.depth-- }()
	kind := p.operand()
	for p.wrong == "" {
		op, ok := binary[p.peek()]
		if !ok || op.binds <= least {
			return kind
		}
		word := p.peek()
		p.next++
		switch {
		case word == "NOT" && p.take("LIKE"), word == "LIKE":
			if !p.take("'") {
				p.fail("has LIKE without a string")
			}
		case word == "NOT" && p.take("IN"), word == "IN":
			p.list()
		case word == "NOT":
			p.fail("has NOT between two values")
		default:
			p.expression(op.binds)
		}
		kind = op.kind
	}
	return kind
}

// list reads what is in parentheses.
func (p *cesql) list() {
	if !p.take("(") {
		p.fail("has no ( where it needs one")
		return
	}
	for !p.take(")") {
		p.expression(0)
		if !p.take(",") && p.peek() != ")" {
			p.fail("has no ) where it needs one")
		}
		if p.wrong != "" {
			return
		}
	}
}

// operand reads one value with what is before it.
func (p *cesql) operand() string {
	if p.depth++; p.depth > deepest {
		return p.fail("is nested too deep")
	}
	defer func() { p.depth-- }()
	word := p.peek()
	p.next++
	switch {
	case word == "":
		return p.fail("ends where a value should be")
	case word == "'":
		return text
	case word == "TRUE", word == "FALSE":
		return truth
	case word[0] >= '0' && word[0] <= '9':
		return whole
	case word == "NOT":
		p.expression(5)
		return truth
	case word == "-":
		p.expression(5)
		return whole
	case word == "EXISTS":
		p.next++
		return truth
	case word == "(":
		kind := p.expression(0)
		if !p.take(")") {
			p.fail("has no ) where it needs one")
		}
		return kind
	case word[0] < 'A' || word[0] > 'Z', slices.Contains([]string{"AND", "OR", "XOR", "LIKE", "IN"}, word):
		return p.fail("has an operator where a value should be")
	case p.peek() == "(":
		p.list()
		return function(word)
	}
	return attributeKind(word)
}

// attributeKind is the kind of an attribute. An extension may be a truth.
func attributeKind(name string) string {
	switch strings.ToLower(name) {
	case "id", "source", "type", "subject", "specversion", "time", "dataschema", "datacontenttype":
		return text
	}
	return truth
}

// function is the kind of what a function returns.
func function(name string) string {
	switch name {
	case "BOOL", "IS_BOOL", "IS_INT":
		return truth
	case "ABS", "INT", "LENGTH":
		return whole
	case "STRING", "CONCAT", "CONCAT_WS", "LOWER", "UPPER", "TRIM", "LEFT", "RIGHT", "SUBSTRING":
		return text
	}
	return truth // somebody's own
}
