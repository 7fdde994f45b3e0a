package main

import (
	"bytes"
	"reflect"
	"strings"
	"testing"
)

func TestShow(t *testing.T) {
	for name, c := range map[string]struct {
		stream, want string
		tally        tally
	}{
		"a good package": {`
{"Action":"start","Package":"p"}
{"Action":"run","Package":"p","Test":"TestA"}
{"Action":"output","Package":"p","Test":"TestA","Output":"chatter\n"}
{"Action":"pass","Package":"p","Test":"TestA"}
{"Action":"output","Package":"p","Output":"PASS\n"}
{"Action":"output","Package":"p","Output":"coverage: 1.0% of statements\n"}
{"Action":"output","Package":"p","Output":"ok  \tp\t0.1s\tcoverage: 1.0% of statements\n"}
{"Action":"output","Package":"q","Output":"\tq\t\tcoverage: 0.0% of statements\n"}
{"Action":"pass","Package":"p"}`,
			"ok  \tp\t0.1s\n1 passed, 0 failed, 0 skipped\n", tally{passed: 1}},
		"a failure shows what it said": {`
{"Action":"output","Package":"p","Test":"TestA","Output":"one\n"}
{"Action":"output","Package":"p","Test":"TestB","Output":"two\n"}
{"Action":"pass","Package":"p","Test":"TestB"}
{"Action":"fail","Package":"p","Test":"TestA"}
{"Action":"fail","Package":"p"}`,
			"one\n1 passed, 1 failed, 0 skipped\n", tally{passed: 1, failed: 1}},
		"a skipped test is named": {`
{"Action":"skip","Package":"none"}
{"Action":"output","Package":"p","Test":"TestA/deep","Output":"--- SKIP\n"}
{"Action":"skip","Package":"p","Test":"TestA/deep"}`,
			"SKIPPED p TestA/deep\n0 passed, 0 failed, 1 skipped\n", tally{skipped: []string{"p TestA/deep"}}},
		"a death shows what was said": {`
{"Action":"output","Package":"p","Test":"TestA","Output":"panic\n"}
{"Action":"output","Package":"q","Test":"TestA","Output":"chatter\n"}
{"Action":"fail","Package":"p"}`,
			"panic\n0 passed, 1 failed, 0 skipped\n", tally{failed: 1}},
		"a build that fails": {`
{"ImportPath":"p","Action":"build-output","Output":"a.go:1: no\n"}
{"ImportPath":"p","Action":"build-fail"}
{"Action":"output","Package":"p","Output":"FAIL\tp [build failed]\n"}
{"Action":"fail","Package":"p","FailedBuild":"p"}`,
			"a.go:1: no\nFAIL\tp [build failed]\n0 passed, 1 failed, 0 skipped\n", tally{failed: 1}},
		"what is not JSON": {"\nfatal\n", "fatal\n0 passed, 0 failed, 0 skipped\n", tally{}},
	} {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			got, err := show(&out, strings.NewReader(c.stream[1:]))
			if len(got.good) != got.passed {
				t.Errorf("%d tests passed, and these are known: %v", got.passed, got.good)
			}
			got.good = nil
			if err != nil || out.String() != c.want || !reflect.DeepEqual(got, c.tally) {
				t.Errorf("got  %q %+v, %v\nwant %q %+v", out.String(), got, err, c.want, c.tally)
			}
		})
	}
}

func TestTally_Verdict(t *testing.T) {
	skipped := tally{passed: 1, skipped: []string{"p TestA"}}
	for name, c := range map[string]struct {
		tally  tally
		noskip bool
		want   string
	}{
		"all passed":            {tally{passed: 2}, true, ""},
		"one failed":            {tally{passed: 2, failed: 1}, false, "1 tests failed"},
		"nothing ran":           {tally{}, false, "no test passed: did any run?"},
		"a skip is let pass":    {skipped, false, ""},
		"a skip is not allowed": {skipped, true, "1 tests were skipped"},
	} {
		t.Run(name, func(t *testing.T) {
			err := c.tally.verdict(c.noskip)
			if c.want == "" && err != nil || c.want != "" && (err == nil || err.Error() != c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}
