package knative

import (
	"cmp"
	"net/url"
	"slices"
	"strings"
)

// destination is where a manifest sends events to.
type destination struct {
	Ref      *reference `f:"ref"`
	URI      string     `f:"uri"`
	CACerts  refused    `f:"CACerts" no:"the runner trusts what this machine trusts; leave it out"`
	Audience refused    `f:"audience" no:"the runner has no OIDC; leave it out"`
}

type reference struct {
	APIVersion string `f:"apiVersion,required"`
	Kind       string `f:"kind,required"`
	Name       string `f:"name,required"`
	Namespace  string `f:"namespace"`
}

// resolve finds what a destination names, which must be of one of the kinds.
func (l *linker) resolve(d *document, path string, to *destination, of ...string) Destination {
	switch {
	case to == nil, to.Ref == nil && !d.has(path+".uri") && d.has(path+".ref"): // complained of already
		return Destination{}
	case to.Ref == nil:
		return d.absolute(path+".uri", to.URI)
	}
	found := l.refer(d, path+".ref", *to.Ref, of...)
	if u, err := url.Parse(to.URI); to.URI != "" && (err != nil || u.IsAbs() || u.Host != "" || found.Kind != "Service") {
		d.complain(path+".uri", "with ref, write the path of a Service, or leave it out")
	} else if to.URI != "" {
		d.idle(path + ".uri") // a function of this system answers at every path
		found.URI = to.URI
	}
	return found
}

// refer finds what a reference names.
func (l *linker) refer(d *document, path string, r reference, of ...string) Destination {
	switch {
	case r.Kind == "" || r.Name == "" || r.APIVersion == "": // complained of already
		return Destination{}
	case !slices.Contains(of, r.Kind):
		d.complain(path+".kind", "the runner knows %s here; anything else give by uri", strings.Join(of, ", "))
		return Destination{}
	case r.APIVersion != apiVersions[r.Kind]:
		d.complain(path+".apiVersion", "the runner knows the %s of %s; anything else give by uri", r.Kind, apiVersions[r.Kind])
		return Destination{}
	case cmp.Or(r.Namespace, l.Namespace) != l.Namespace:
		d.complain(path+".namespace", "everything is in one namespace here; leave it out")
		return Destination{}
	case l.unread[r.Kind+" "+r.Name]:
		return Destination{}
	case l.named[r.Kind+" "+r.Name] == nil:
		d.complain(path+".name", "there is no %s %q; write its manifest, or mend the name", r.Kind, r.Name)
		return Destination{}
	}
	return Destination{Kind: r.Kind, Name: r.Name}
}

// absolute reads the address of something that has no manifest here.
func (d *document) absolute(path, uri string) Destination {
	u, err := url.Parse(uri)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || u.Fragment != "":
		d.complain(path, "write an absolute http or https URL, or name something by ref")
		return Destination{}
	case u.User != nil:
		d.complain(path, "holds credentials; a manifest must not")
		return Destination{}
	}
	return Destination{URI: uri}
}
