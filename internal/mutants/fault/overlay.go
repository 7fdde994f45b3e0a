package fault

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
)

// Overlay writes the source with the fault in it, and the file that makes the
// go command take it for the true one (-overlay), to a folder that remove
// removes. root is the repository's.
func (f Fault) Overlay(root string) (file string, remove func(), err error) {
	source, err := filepath.Abs(filepath.Join(root, filepath.FromSlash(f.File)))
	if err != nil {
		return "", nil, err
	}
	text, err := os.ReadFile(source)
	if err != nil {
		return "", nil, err
	}
	faulty, err := f.Apply(string(text))
	if err != nil {
		return "", nil, err
	}
	dir, err := os.MkdirTemp("", "mutant")
	if err != nil {
		return "", nil, err
	}
	remove = func() { _ = os.RemoveAll(dir) } // the system clears its temporary files too
	stand := filepath.Join(dir, filepath.Base(source))
	list, err := json.Marshal(map[string]map[string]string{"Replace": {source: stand}})
	file = filepath.Join(dir, "overlay.json")
	err = errors.Join(err, os.WriteFile(stand, []byte(faulty), 0o600), os.WriteFile(file, list, 0o600))
	if err != nil {
		remove()
		return "", nil, err
	}
	return file, remove, nil
}
