//go:build unix

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"
)

// answerTime is how long an answer is waited for. Whoever asks again after
// that must not make it worse.
const answerTime = 12 * time.Second

var client = &http.Client{Timeout: answerTime, Transport: &http.Transport{MaxIdleConnsPerHost: 64, IdleConnTimeout: 5 * time.Second}}

// statusError is an answer that is not a good one.
type statusError struct {
	status int
	body   string
}

// Error is the status and the body.
func (e *statusError) Error() string { return fmt.Sprintf("answered %d: %s", e.status, e.body) }

// get reads what is at an address into out, if that is not nil.
func get(ctx context.Context, url string, out any) error {
	return call(ctx, http.MethodGet, url, nil, out)
}

// call sends in, if there is any, and reads the answer into out, if that is
// not nil. Headers are pairs.
func call(ctx context.Context, method, url string, in, out any, headers ...string) error {
	var body io.Reader
	if in != nil {
		raw, err := json.Marshal(in)
		if err != nil {
			return err
		}
		body = bytes.NewReader(raw)
	}
	req, err := http.NewRequestWithContext(ctx, method, url, body)
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	resp, err := client.Do(req)
	if err != nil {
		return err
	}
	raw, err := io.ReadAll(resp.Body)
	if err = errors.Join(err, resp.Body.Close()); err != nil {
		return err
	}
	if resp.StatusCode/100 != 2 {
		return &statusError{resp.StatusCode, string(bytes.TrimSpace(raw[:min(len(raw), 400)]))}
	}
	if out == nil {
		return nil
	}
	return json.Unmarshal(raw, out)
}
