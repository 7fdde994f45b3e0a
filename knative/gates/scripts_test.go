package gates

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

const scripts = "../kind"

func TestScripts_Shellcheck(t *testing.T) {
	if _, err := exec.LookPath("shellcheck"); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("CI has no shellcheck: apt-get install shellcheck")
		}
		t.Skip("shellcheck is not installed")
	}
	cmd := exec.Command("bash", "-c", "shellcheck -x knative/kind/{up,deploy,undeploy,down,smoke} .ci/run")
	cmd.Dir = "../.."
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// standIn is a program that notes how it is called, and answers as a cluster on
// which all goes well: kustomize and ko write the overlay, there is no Secret
// yet, and pods are gone the third time that somebody looks, after the first
// time it did not say.
const standIn = `#!/usr/bin/env bash
echo "$(basename "$0") $*" >>"$NOTES"
case "$(basename "$0") $*" in
"docker info "*) echo "$SIZE" ;;
"go tool kustomize build "*) cat "$BUILT" ;;
"go run github.com/google/ko@"*) cat "${@: -1}" ;;
"go run sigs.k8s.io/kind@"*" get clusters") echo "$CLUSTERS" ;;
*"get secret "*jsonpath*) printf c2VjcmV0 ;;
*"get secret "*) [[ -e $MADE.${@: -1} ]] ;;
*"create secret generic "*) cat >"$MADE.$6" ;;
*"get deployments,statefulsets "*) [[ -z ${SILENT-} ]] && echo deployment.apps/webhook ;;
*"get -f "*custom-columns*) echo "tourbillon StatefulSet redis" ;;
*"get ksvc request "*) [[ -n $CLUSTER ]] && echo ksvc/request ;;
*"get ksvc "*) printf 'saga,clock,' ;;
*"get pods "*) if [[ ! -e $SEEN ]]; then touch "$SEEN"; exit 1; elif [[ ! -s $SEEN ]]; then echo pod/notify | tee "$SEEN"; fi ;;
*"apply "*"-f $TMPDIR"*) grep '^kind: ' "${@: -1}" | sort -u | sed 's/^/applied /' >>"$NOTES" ;;
esac
`

// stage runs a script among stand-ins and returns what it said and their notes.
func stage(t *testing.T, set map[string]string, script string, only ...string) (said string, notes []string) {
	t.Helper()
	dir := t.TempDir()
	for _, name := range only {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(standIn), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command("bash", filepath.Join(scripts, script))
	cmd.Env = append(os.Environ(), "PATH="+dir+":"+os.Getenv("PATH"), "TMPDIR="+dir, "NOTES="+dir+"/notes", "SEEN="+dir+"/seen", "MADE="+dir+"/made", "CLUSTER=yes", "SIZE=6 10000000000")
	for name, value := range set {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Run(); (err != nil) != (set["FAILS"] != "") {
		t.Fatalf("%s: %v\n%s", script, err, out.String())
	}
	text, err := os.ReadFile(dir + "/notes")
	if err != nil && !errors.Is(err, fs.ErrNotExist) { // none was called
		t.Fatal(err)
	}
	return out.String(), strings.Split(strings.TrimSpace(string(text)), "\n")
}

// inOrder complains where the notes do not have these parts, one after another.
func inOrder(t *testing.T, notes []string, parts ...string) {
	t.Helper()
	at := 0
	for _, part := range parts {
		i := slices.IndexFunc(notes[at:], func(n string) bool { return strings.Contains(n, part) })
		if i < 0 {
			t.Fatalf("after line %d there is no %q in\n%s", at, part, strings.Join(notes, "\n"))
		}
		at += i + 1
	}
}

// made has Secrets there already.
func made(t *testing.T, secrets ...string) string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range secrets {
		if err := os.WriteFile(filepath.Join(dir, "made."+name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return filepath.Join(dir, "made")
}

func overlayText(t *testing.T, folder string) string {
	t.Helper()
	var all []string
	for _, o := range built(t, folder) {
		all = append(all, string(o.Text))
	}
	file := filepath.Join(t.TempDir(), "built.yaml")
	if err := os.WriteFile(file, []byte(strings.Join(all, "---\n")), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestUp(t *testing.T) {
	set := map[string]string{"BUILT": overlayText(t, "../overlays/kind")}
	said, notes := stage(t, set, "up", "kubectl", "go", "docker", "curl")
	t.Run("in the documented order, with waits", func(t *testing.T) {
		inOrder(t, notes,
			"kind@v0.33.0 create cluster --name tourbillon",
			"serving-crds.yaml", "wait --for=condition=Established", "serving-core.yaml", "-n knative-serving rollout status",
			"kourier.yaml", "ingress-class", "config-domain", "-n kourier-system rollout status",
			"eventing-crds.yaml", "wait --for=condition=Established", "eventing-core.yaml", "-n knative-eventing rollout status",
			"cert-manager.yaml", "-n cert-manager rollout status", "answers/issuer.yaml",
			"cluster-operator.yml", "messaging-topology-operator-with-certmanager.yaml", "-n rabbitmq-system rollout status", "answers/queue.yaml",
			"rabbitmq-broker.yaml", "answers/config.yaml",
			"eventing-kafka-controller.yaml", "rollout status deployment/kafka-webhook-eventing", "answers/sink.yaml",
			"eventing-kafka-broker.yaml", "eventing-kafka-sink.yaml", "resources statefulset/kafka-broker-dispatcher",
			"create secret generic redis", "create secret generic tourbillon",
			"kustomize build ../overlays/kind", "ko@v0.19.1 resolve",
			"applied kind: Namespace", "applied kind: ConfigMap", "applied kind: StatefulSet", "applied kind: Job", "applied kind: RabbitmqCluster",
			"rollout status StatefulSet/redis", "condition=Complete", "condition=AllReplicasReady",
			"applied kind: Broker", "condition=Ready", "applied kind: EventType",
			"applied kind: SinkBinding", "condition=SinkProvided", "applied kind: Service", "condition=Ready",
			"applied kind: Trigger", "condition=Ready", "applied kind: Deployment", "applied kind: PingSource", "condition=Ready",
			"curl -fsS -m 30 -o /dev/null http://request.tourbillon.127.0.0.1.sslip.io:31080/readyz")
	})
	t.Run("run again, it makes no second cluster and no other secrets", func(t *testing.T) {
		set["CLUSTERS"], set["MADE"] = "tourbillon", made(t, "redis", "tourbillon")
		_, again := stage(t, set, "up", "kubectl", "go", "docker", "curl")
		var less []string
		for _, n := range notes {
			if !strings.Contains(n, " create cluster ") && !strings.Contains(n, " create secret ") && !strings.Contains(n, "get secret redis -o") {
				less = append(less, n)
			}
		}
		if len(again) != len(less) {
			t.Errorf("the second time it does\n%s\nand not\n%s", strings.Join(again, "\n"), strings.Join(less, "\n"))
		}
	})
	t.Run("every kind is applied", func(t *testing.T) {
		for _, o := range built(t, "../overlays/kind") {
			if !slices.Contains(notes, "applied kind: "+o.Kind) {
				t.Errorf("no stage has %s", o)
			}
		}
	})
	t.Run("nothing is fetched but by a pinned version", func(t *testing.T) {
		pinned := regexp.MustCompile(`/releases/download/(knative-)?v\d+\.\d+\.\d+/`)
		for _, n := range notes {
			if strings.Contains(n, "https://github.com") && !pinned.MatchString(n) {
				t.Error(n)
			}
		}
	})
	t.Run("no secret is said", func(t *testing.T) {
		if all := said + strings.Join(notes, "\n"); regexp.MustCompile(`\b[0-9a-f]{48}\b`).MatchString(all) {
			t.Error(all)
		}
	})
}

func TestUp_Small(t *testing.T) {
	said, notes := stage(t, map[string]string{"SIZE": "2 4000000000", "FAILS": "yes"}, "up", "kubectl", "go", "docker", "curl")
	if !strings.Contains(said, "Docker has 2 CPUs and 3814 MiB: give it 6 and 10 GiB") || len(notes) != 1 {
		t.Errorf("%s\n%q", said, notes)
	}
}

// TestUp_Silent holds that a cluster that does not say what is to run is not
// taken for one where all of it does.
func TestUp_Silent(t *testing.T) {
	_, notes := stage(t, map[string]string{"SILENT": "yes", "FAILS": "yes"}, "up", "kubectl", "go", "docker", "curl")
	if all := strings.Join(notes, "\n"); !strings.Contains(all, "serving-core.yaml") || strings.Contains(all, "kourier.yaml") {
		t.Errorf("it goes on:\n%s", all)
	}
}

func TestDeploy_Production(t *testing.T) {
	set := map[string]string{"BUILT": overlayText(t, "../overlays/production"), "OVERLAY": "production", "CONTEXT": "there", "KO_DOCKER_REPO": "registry.example.com/t"}
	_, notes := stage(t, set, "deploy", "kubectl", "go")
	inOrder(t, notes, "applied kind: Namespace", "applied kind: Broker", "applied kind: SinkBinding", "applied kind: DomainMapping", "applied kind: Trigger")
	for _, o := range built(t, "../overlays/production") {
		if !slices.Contains(notes, "applied kind: "+o.Kind) {
			t.Errorf("no stage has %s", o)
		}
	}
	for _, n := range notes {
		if strings.HasPrefix(n, "kubectl ") && !strings.HasPrefix(n, "kubectl --context there ") {
			t.Errorf("to whatever cluster is current: %s", n)
		}
	}
}

func TestUndeploy(t *testing.T) {
	set := map[string]string{"BUILT": overlayText(t, "../overlays/kind"), "CONTEXT": "there"}
	_, notes := stage(t, set, "undeploy", "kubectl", "go")
	inOrder(t, notes, "/clock", "/triggers", "/functions", "/bindings", "/brokers", "/servers", "/others")
	if all := strings.Join(notes, "\n"); strings.Contains(all, "namespace") {
		t.Errorf("data go with a namespace:\n%s", all)
	}
}

// door is a door that confirms at the second look.
type door struct {
	mu    sync.Mutex
	asked map[string]int
	token string

	isolated bool // whether functions are processes of their own
	flows    []string
	shut     int // how often its departure was closed
	looks    int // how often the processes were asked for
}

// ServeHTTP implements [http.Handler].
func (d *door) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.token = r.Header.Get("Authorization")
	body := new(bytes.Buffer)
	_, _ = body.ReadFrom(r.Body)
	switch path := r.URL.Path; {
	case path == "/instances" && d.isolated:
		d.looks++
		if d.looks == 2 {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		n := 1
		if d.looks < 4 {
			n = 5
		}
		fmt.Fprintf(w, `{"isolated":true,"functions":[{"function":"saga","ready":%d,"starting":0,"stopping":0,"min":1}]}`, n)
	case strings.HasPrefix(path, "/departures/") && strings.HasSuffix(path, "/close"):
		d.shut++
	case strings.HasPrefix(path, "/departures/"):
		fmt.Fprintf(w, `{"id":"x","state":"open"}`)
	case path == "/bookings" || path == "/events":
		d.flows = append(d.flows, r.URL.Path+" "+body.String()+" "+r.Header.Get("Ce-Type"))
		w.WriteHeader(http.StatusAccepted)
		fmt.Fprintf(w, `{"bookingId":"b%d","status":"PENDING"}`, len(d.flows))
	case strings.HasPrefix(path, "/bookings/"):
		d.asked[path]++
		status := "ON_HOLD"
		if d.asked[path] > 1 {
			status = "CONFIRMED"
		}
		fmt.Fprintf(w, `{"id":"b","status":"%s"}`, status)
	default:
		fmt.Fprint(w, body.String())
	}
}

func TestSmoke(t *testing.T) {
	for name, c := range map[string]struct {
		host, cluster string
		isolated      bool
		bookings      int
		says          []string
	}{
		"in processes":    {"127.0.0.1", "", true, 8, []string{"nobody is there but those who stay", "choreography, cold: CONFIRMED in"}},
		"on this machine": {"127.0.0.1", "", false, 6, []string{"orchestration: CONFIRMED in", "choreography: CONFIRMED in", "binary mode: CONFIRMED", "structured mode: CONFIRMED", "scale to zero: skipped"}},
		"on a cluster":    {"smoke.localhost", "yes", false, 8, []string{"nobody is there but those who stay", "orchestration, cold: CONFIRMED in", "choreography, cold: CONFIRMED in"}},
	} {
		t.Run(name, func(t *testing.T) {
			d := &door{asked: map[string]int{}, isolated: c.isolated}
			srv := httptest.NewServer(d)
			defer srv.Close()
			url := strings.Replace(srv.URL, "127.0.0.1", c.host, 1)
			began := time.Now()
			said, notes := stage(t, map[string]string{"URL": url, "CLUSTER": c.cluster, "CONTEXT": "there"}, "smoke", "kubectl", "nobody")
			for _, part := range c.says {
				if !strings.Contains(said, part) {
					t.Errorf("it does not say %q in %v:\n%s", part, time.Since(began), said)
				}
			}
			if strings.Contains(said, "after 0 s nobody is there") {
				t.Errorf("who does not answer is taken for gone:\n%s", said)
			}
			if d.shut != 1 {
				t.Errorf("its departure was closed %d times:\n%s", d.shut, said)
			}
			if len(d.flows) != c.bookings {
				t.Errorf("it booked %d times: %q", len(d.flows), d.flows)
			}
			if c.cluster != "" {
				inOrder(t, notes, "notin (saga,clock)")
				for _, n := range notes {
					if !strings.HasPrefix(n, "kubectl --context there ") {
						t.Errorf("of whatever cluster is current: %s", n)
					}
				}
				if d.token != "" && d.token != "Bearer secret" {
					t.Errorf("it asks with %q", d.token)
				}
			}
		})
	}
}
