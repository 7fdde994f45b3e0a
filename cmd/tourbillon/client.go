package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
)

// problemError is a problem that the system answered with, for a person.
type problemError struct {
	Status int    `json:"status"`
	Title  string `json:"title"`
	Detail string `json:"detail"`
	Errors []struct {
		Pointer string `json:"pointer"`
		Detail  string `json:"detail"`
	} `json:"errors"`
}

// Error is the problem on one line, and each field on one of its own.
func (p *problemError) Error() string {
	text := fmt.Sprintf("%s (%d): %s", p.Title, p.Status, p.Detail)
	for _, f := range p.Errors {
		text += fmt.Sprintf("\n  %s %s", f.Pointer, f.Detail)
	}
	return text
}

// most bounds what is read of an answer.
const most = 16 << 20

// send sends in, if there is any, to the running system, and returns its
// answer, whose body the caller closes.
func (k *console) send(ctx context.Context, method, path string, in any) (*http.Response, error) {
	var body io.Reader
	if in != nil {
		raw, err := json.Marshal(in)
		if err != nil {
			return nil, err
		}
		body = bytes.NewReader(raw)
	}
	req, err := http.NewRequestWithContext(ctx, method, strings.TrimRight(k.URL, "/")+path, body)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/json")
	if k.Token != "" {
		req.Header.Set("Authorization", "Bearer "+k.Token)
	}
	resp, err := client.Do(req)
	if err != nil {
		return nil, k.unreachable(err)
	}
	return resp, nil
}

// ask sends in, if there is any, to the running system, and reads what it
// answers into out.
func (k *console) ask(ctx context.Context, method, path string, in, out any) error {
	resp, err := k.send(ctx, method, path, in)
	if err != nil {
		return err
	}
	defer resp.Body.Close() // read to its end below, or given up
	raw, err := io.ReadAll(io.LimitReader(resp.Body, most))
	if err != nil {
		return err
	}
	if resp.StatusCode/100 != 2 {
		return refusal(resp, raw)
	}
	return json.Unmarshal(raw, out)
}

func (k *console) unreachable(err error) error {
	if e := new(url.Error); errors.As(err, &e) && !e.Timeout() && !errors.Is(err, context.Canceled) {
		return fmt.Errorf("nobody answers at %s (%w): start the system by `tourbillon up`, or name it by --url", k.URL, e.Err)
	}
	return err
}

func refusal(resp *http.Response, raw []byte) error {
	p := &problemError{Status: resp.StatusCode}
	if err := json.Unmarshal(raw, p); err != nil || p.Title == "" {
		return fmt.Errorf("%s answered %s, which is not ours: is --url right?", resp.Request.URL.Redacted(), resp.Status)
	}
	return p
}

// query is a path with those of its parameters that are not empty.
func query(path string, pairs ...string) string {
	q := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			q.Set(pairs[i], pairs[i+1])
		}
	}
	if len(q) == 0 {
		return path
	}
	return path + "?" + q.Encode()
}

// pages asks for every page of a list, up to limit members (0: all). A list
// without any is empty, not nil: as JSON it is a list still.
func pages[T any](ctx context.Context, k *console, path, list string, limit int, pairs ...string) ([]T, error) {
	all := []T{}
	for cursor := ""; ; {
		var page map[string]json.RawMessage
		err := k.ask(ctx, http.MethodGet, query(path, append(pairs, "limit", "200", "cursor", cursor)...), nil, &page)
		if err != nil {
			return nil, err
		}
		var some []T
		if err := json.Unmarshal(page[list], &some); err != nil {
			return nil, fmt.Errorf("read %s: %w", list, err)
		}
		all = append(all, some...)
		if limit > 0 && len(all) >= limit {
			return all[:limit], nil
		}
		if page["next"] == nil {
			return all, nil
		}
		if err := json.Unmarshal(page["next"], &cursor); err != nil {
			return nil, fmt.Errorf("read next: %w", err)
		}
	}
}
