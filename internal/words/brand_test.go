package words_test

import (
	"testing"
	"testing/fstest"

	"tourbillon/internal/words"
)

func TestWords_Brand(t *testing.T) {
	own, err := words.Open(fstest.MapFS{"shared.fr.tmpl": {Data: []byte(`{{define "brand"}}Balades : Lyon{{end}}`)}})
	if err != nil {
		t.Fatal(err)
	}
	for locale, want := range map[string]string{"en": "Tourbillon", "fr-CH": "Balades\u00a0: Lyon", "de": "Tourbillon", "": "Tourbillon"} {
		if got := own.Brand(locale); got != want {
			t.Errorf("in %q it is %q", locale, got)
		}
	}
}
