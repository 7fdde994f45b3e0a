package main

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/rogpeppe/go-internal/testscript"
)

// crowd is `crowd N DEPARTURE [FLOW]`: so many customers ask for one seat each,
// at once. It shows how many bookings there are, and how many ended how. With !
// before it, all post the very same CloudEvent.
func crowd(ts *testscript.TestScript, same bool, args []string) {
	n, err := strconv.Atoi(args[0])
	ts.Check(err)
	flow := "orchestration"
	if len(args) > 2 {
		flow = args[2]
	}
	wait := "60s" // a crowd takes long on a machine that has other things to do
	if ts.Getenv(goesWrong) != "" {
		wait = "15s" // which is shorter than the keeper's first reminder
	}
	c := http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: n}}
	defer c.CloseIdleConnections()
	var mu sync.Mutex
	ends := map[string]string{} // by booking
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() {
			event := "crowd-" + args[1]
			if !same {
				event += "-" + strconv.Itoa(i)
			}
			id, end, err := one(&c, ts.Getenv("URL"), args[1], flow, event, wait)
			if err != nil {
				id, end = "none "+strconv.Itoa(i), err.Error()
			}
			mu.Lock()
			defer mu.Unlock()
			ends[id] = end
		})
	}
	all.Wait()
	fmt.Fprintf(ts.Stdout(), "%d bookings\n", len(ends))
	counts := map[string]int{}
	for _, end := range ends {
		counts[end]++
	}
	for _, end := range slices.Sorted(maps.Keys(counts)) {
		fmt.Fprintf(ts.Stdout(), "%d %s\n", counts[end], end)
	}
}

// one asks for a seat by a CloudEvent, and waits for how it ends.
func one(c *http.Client, url, departure, flow, id, wait string) (booking, end string, err error) {
	body := fmt.Sprintf(`{"departureId":%q,"seats":1,"flow":%q,"customer":{"name":"Crowd","email":"crowd@example.com"},"payment":{"token":"tok_visa"}}`,
		departure, flow)
	req, err := http.NewRequest(http.MethodPost, url+"/events", strings.NewReader(body))
	if err != nil {
		return "", "", err
	}
	for name, value := range map[string]string{
		"Content-Type": "application/json", "ce-specversion": "1.0", "ce-id": id, "ce-source": "https://crowd.example",
		"ce-type": "tourbillon.booking.request.v2",
	} {
		req.Header.Set(name, value)
	}
	var made struct{ BookingID string }
	if err := fetch(c, req, &made); err != nil {
		return "", "", err
	}
	req, err = http.NewRequest(http.MethodGet, url+"/bookings/"+made.BookingID+"?wait="+wait, nil)
	if err != nil {
		return "", "", err
	}
	var v struct{ Status, Reason string }
	err = fetch(c, req, &v)
	return made.BookingID, strings.TrimSpace(v.Status + " " + v.Reason), err
}

func fetch(c *http.Client, req *http.Request, out any) error {
	resp, err := c.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode/100 != 2 {
		err = fmt.Errorf("%s: %s", resp.Status, raw)
	}
	if err == nil {
		err = json.Unmarshal(raw, out)
	}
	return err
}
