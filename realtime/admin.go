package realtime

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"
	"time"

	"tourbillon/internal/web"
)

// Connection is a client as an operator sees it.
type Connection struct {
	ID        string    `json:"id"`
	Transport string    `json:"transport"`
	Address   string    `json:"address"`
	Since     time.Time `json:"since"`
	Token     bool      `json:"token"`  // whether it bears one
	Topics    []string  `json:"topics"` // those that it named; a booking's is cut
	Waiting   int       `json:"waiting"`
}

// List answers GET with the connections, in the order in which they came, a
// page at a time. It is for operators: put it behind their door.
func (h *Hub) List() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			web.NotAllowed(w, "GET, HEAD", "Here is: GET.")
			return
		}
		cursor, limit, wrong := web.Page(r)
		var after uint64
		if wrong == nil && cursor != "" {
			n, err := strconv.ParseUint(cursor, 36, 64)
			if after = n; err != nil {
				wrong = &web.BadCursor
			}
		}
		if wrong != nil {
			wrong.Write(w)
			return
		}
		all, next := h.page(after, limit)
		web.JSON(w, http.StatusOK, struct {
			Connections []Connection `json:"connections"`
			Total       int          `json:"total"`
			Next        string       `json:"next,omitempty"`
		}{all, h.Connections(), next})
	})
}

func (h *Hub) page(after uint64, limit int) (all []Connection, next string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	var found []*Client
	for c := range h.clients {
		if c.id > after {
			found = append(found, c)
		}
	}
	slices.SortFunc(found, func(a, b *Client) int { return cmp.Compare(a.id, b.id) })
	if len(found) > limit {
		found = found[:limit]
		next = strconv.FormatUint(found[limit-1].id, 36)
	}
	all = []Connection{}
	for _, c := range found {
		all = append(all, c.shown())
	}
	return all, next
}

func (c *Client) shown() Connection {
	c.mu.Lock()
	defer c.mu.Unlock()
	is := Connection{
		ID: strconv.FormatUint(c.id, 36), Transport: c.info.Transport, Since: time.Unix(c.since, 0).UTC(),
		Token: c.info.Token != "", Topics: []string{}, Waiting: len(c.replies),
	}
	if c.info.Address.IsValid() {
		is.Address = c.info.Address.String()
	}
	for _, s := range c.subs {
		if s.named {
			is.Topics = append(is.Topics, s.topic.shown())
		}
		if s.wait != nil {
			is.Waiting++
		}
	}
	return is
}
