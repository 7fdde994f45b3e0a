package knative

import (
	"embed"
	"io/fs"
)

//go:embed base/*.yaml
var base embed.FS

// Base returns the manifests of this system, for [Read]: what a cluster runs,
// and what the runner runs everywhere else.
func Base() fs.FS {
	sub, err := fs.Sub(base, "base")
	if err != nil {
		panic(err) // the embedding has put it there
	}
	return sub
}
