package operator

import (
	"errors"
	"net/http"

	"tourbillon/internal/restore"
	"tourbillon/internal/web"
)

// notEmpty is the problem of a rebuild where there are records.
var notEmpty = web.Problem{
	Kind: "not-empty", Title: "The store is not empty", Status: http.StatusConflict,
	Detail: "A rebuild makes all records anew, and overwrites none. Run `tourbillon up -deliver=false` on an empty store, and ask that.",
}

// planRebuild tells what a rebuild would make.
func (d Desk) planRebuild(w http.ResponseWriter, r *http.Request) error {
	return d.rebuilds(w, r, true)
}

// rebuild makes every record anew from the archive.
func (d Desk) rebuild(w http.ResponseWriter, r *http.Request) error {
	if err := web.ReadNothing(w, r); err != nil {
		return err
	}
	return d.rebuilds(w, r, false)
}

func (d Desk) rebuilds(w http.ResponseWriter, r *http.Request, dry bool) error {
	sum, err := restore.Rebuild(r.Context(), restore.Options{History: d.History, Records: d.Records, Plans: d.Plans, Dry: dry})
	out := &lines{w: w}
	switch {
	case errors.Is(err, restore.ErrNotEmpty):
		return notEmpty
	case errors.Is(err, restore.ErrOther):
		return web.Problem{
			Kind: "not-empty", Title: "Somebody else writes", Status: http.StatusConflict,
			Detail: "A record was written while the rebuild went on. Stop whatever delivers to this store, empty it, and begin again.",
		}
	case err != nil:
		return unaudited(err)
	}
	if !dry {
		d.Log.InfoContext(r.Context(), "operator", "name", "rebuild", "bookings", sum.Bookings, "departures", sum.Departures)
	}
	return out.put(map[string]restore.Summary{"summary": sum})
}
