// Package lint reads anybody's manifests for Knative Eventing and Serving, and
// says what a cluster would take and then do otherwise than it looks like.
//
//	files ──► [Check] ──► set of manifests ──► each [Rule] ──► [Finding], [Finding] ...
//	            │                                  ▲
//	            └── the version before ────────────┘
//
// # Promises
//
// Everything is read, and nothing stops it: kinds that are not known are passed
// over, and of a file that is not YAML all that is above the place. A finding
// has file and line, what is wrong, why that matters, what to write instead,
// and where it is known from. It never quotes a value that may be a secret.
//
// Only what the manifests tell is claimed. Of a Trigger whose Broker is not
// among them, no rule of a class speaks; a filter that an event may match or
// not is no finding. What is known besides is said by [Options].
//
// A comment lets one finding be, and says why:
//
//	# lint: allow in-memory-channel: a demonstration, nothing is kept
//
// # Not promised
//
// It is no cluster. Knative's own kinds are held against a table of their
// fields; of other kinds, and of pods beyond what Serving asks of them, a field
// that there is not is found by `kubectl apply --dry-run=server`. Patches of
// kustomize and templates are to be applied first: `kustomize build DIR |
// tourbillon lint -f -`.
package lint
