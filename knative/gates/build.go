package gates

import (
	"fmt"

	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"
	"sigs.k8s.io/yaml"
)

// Object is one manifest as kustomize writes it.
type Object struct {
	APIVersion, Kind, Namespace, Name string

	Fields map[string]any // as JSON has them
	Text   []byte         // as YAML
}

// String is how complaints call it.
func (o Object) String() string { return o.Kind + " " + o.Name }

// Build has kustomize build a folder, as `kubectl apply -k` does.
func Build(folder string) ([]Object, error) {
	all, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(filesys.MakeFsOnDisk(), folder)
	if err != nil {
		return nil, fmt.Errorf("build %s: %w", folder, err)
	}
	var objects []Object
	for _, r := range all.Resources() {
		text, err := r.AsYAML()
		if err != nil {
			return nil, fmt.Errorf("build %s: %w", folder, err)
		}
		o, err := Read(text)
		if err != nil {
			return nil, fmt.Errorf("build %s: %w", folder, err)
		}
		objects = append(objects, o)
	}
	return objects, nil
}

// Read reads one manifest.
func Read(text []byte) (Object, error) {
	o := Object{Text: text}
	if err := yaml.Unmarshal(text, &o.Fields); err != nil {
		return o, fmt.Errorf("read a manifest: %w", err)
	}
	meta, _ := o.Fields["metadata"].(map[string]any)
	o.APIVersion, _ = o.Fields["apiVersion"].(string)
	o.Kind, _ = o.Fields["kind"].(string)
	o.Name, _ = meta["name"].(string)
	o.Namespace, _ = meta["namespace"].(string)
	return o, nil
}
