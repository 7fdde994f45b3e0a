package words

// Brand is what we are called, in the language that suits a locale best: pages
// bear it as messages do.
func (w *Words) Brand(locale string) string {
	i := match(locale)
	text, err := said(w.said[kinds[0].name][i], "brand", Told{}) // all kinds have it of one file
	if err != nil {
		return ""
	}
	return sentences{parts: map[string]string{"brand": voices[i].typeset(text)}}.line("brand")
}
