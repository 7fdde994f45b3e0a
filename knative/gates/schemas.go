package gates

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions"
	crd "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/defaulting"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/pruning"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/validation"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/yaml"
)

// carried are the folders of the modules that carry CRDs.
var carried = []struct{ module, folder string }{
	{"knative.dev/serving", "config/core/300-resources"},
	{"knative.dev/eventing", "config/core/resources"},
	{"knative.dev/eventing-rabbitmq", "config/broker"},
	{"github.com/rabbitmq/cluster-operator", "config/crd/bases"},
}

// schemaOf is one version of one kind.
type schemaOf struct {
	structural *schema.Structural
	validator  validation.SchemaValidator
}

// schemas reads all CRDs that modules carry, by apiVersion and kind.
func schemas() (map[string]schemaOf, error) {
	all := map[string]schemaOf{}
	for _, c := range carried {
		folder, err := folderOf(c.module)
		if err != nil {
			return nil, err
		}
		files, err := filepath.Glob(filepath.Join(folder, c.folder, "*.yaml"))
		if err != nil || len(files) == 0 {
			return nil, fmt.Errorf("%s has no CRDs in %s: %w", c.module, c.folder, err)
		}
		for _, file := range files {
			if err := addSchemas(all, file); err != nil {
				return nil, fmt.Errorf("%s: %w", file, err)
			}
		}
	}
	return all, nil
}

func addSchemas(to map[string]schemaOf, file string) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	for _, doc := range strings.Split(string(text), "\n---\n") {
		var d crd.CustomResourceDefinition
		if err := yaml.Unmarshal([]byte(doc), &d); err != nil || d.Kind != "CustomResourceDefinition" {
			continue // what else is in the folder: Deployments, roles
		}
		for _, v := range d.Spec.Versions {
			one, err := compile(v)
			if err != nil {
				return fmt.Errorf("%s %s: %w", d.Spec.Names.Kind, v.Name, err)
			}
			to[d.Spec.Group+"/"+v.Name+" "+d.Spec.Names.Kind] = one
		}
	}
	return nil
}

func compile(v crd.CustomResourceDefinitionVersion) (schemaOf, error) {
	var props apiextensions.JSONSchemaProps
	if err := crd.Convert_v1_JSONSchemaProps_To_apiextensions_JSONSchemaProps(v.Schema.OpenAPIV3Schema, &props, nil); err != nil {
		return schemaOf{}, err
	}
	s, err := schema.NewStructural(&props)
	if err != nil {
		return schemaOf{}, err
	}
	validator, _, err := validation.NewSchemaValidator(&props)
	return schemaOf{s, validator}, err
}

// check holds an object against its schema as the API server does, told to be
// strict: what the schema does not have is refused and not dropped.
func (s schemaOf) check(o Object) (no []string) {
	fields := runtime.DeepCopyJSON(o.Fields)
	defaulting.Default(fields, s.structural)
	unknown := pruning.PruneWithOptions(fields, s.structural, true, schema.UnknownFieldPathOptions{TrackUnknownFieldPaths: true})
	for _, path := range unknown {
		no = append(no, "schema: unknown field "+path)
	}
	for _, err := range validation.ValidateCustomResource(nil, fields, s.validator) {
		no = append(no, "schema: "+err.Error())
	}
	return no
}

// rules counts what a schema demands by CEL, which check does not evaluate.
func (s schemaOf) rules() int { return countRules(s.structural) }

func countRules(s *schema.Structural) (n int) {
	if s == nil {
		return 0
	}
	n = len(s.XValidations) + countRules(s.Items)
	for _, p := range s.Properties {
		n += countRules(&p)
	}
	if s.AdditionalProperties != nil {
		n += countRules(s.AdditionalProperties.Structural)
	}
	return n
}
