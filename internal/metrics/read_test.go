package metrics

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestRead(t *testing.T) {
	got, err := Read(strings.NewReader(`# TYPE c counter
c{a="1"} 2
c{a="2"} 3
# TYPE g gauge
g 1.5
# TYPE h histogram
h_bucket{le="1"} 1
h_bucket{le="+Inf"} 4
h_sum 9
h_count 4
`))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]float64{"c": 5, "g": 1.5, "h": 4}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if _, err := Read(strings.NewReader("no metrics")); err == nil {
		t.Error("what are no metrics is read")
	}
}
