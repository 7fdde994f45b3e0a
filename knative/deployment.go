package knative

// deployment is a program that is always there. The runner knows one: the
// relay, which it has in itself.
type deployment struct {
	head
	Spec struct {
		Template struct {
			Spec struct {
				Containers []struct {
					Image   string   `f:"image,required"`
					Command []string `f:"command"`
					Args    []string `f:"args"`
					Others  free     `f:"*"`
				} `f:"containers,required"`
				Others free `f:"*"`
			} `f:"spec,required"`
			Others free `f:"*"`
		} `f:"template,required"`
		Others free `f:"*"`
	} `f:"spec,required"`
}

// relayArgument is what makes this program the relay.
const relayArgument = "relay"

func (m *deployment) check() {
	m.checkHead(nil)
	all := m.Spec.Template.Spec.Containers
	if at := "spec.template.spec.containers"; m.has(at) && (len(all) != 1 || len(all[0].Args) == 0 || all[0].Args[0] != relayArgument) {
		m.complain(at, "the runner knows one Deployment, the relay, of one container with args [%s]; leave others to a folder of their own",
			relayArgument)
	}
}
