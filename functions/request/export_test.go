package request

// Routes are all that the door answers, as "GET /tours", and whether each is
// for operators only.
func Routes() map[string]bool {
	all := make(map[string]bool)
	for _, r := range routes() {
		all[r.method+" "+r.path] = r.operators
	}
	return all
}
