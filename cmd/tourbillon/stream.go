package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
)

// errCutShort is an answer whose last line was not the last that there is.
var errCutShort = errors.New("the answer was cut short: ask again")

// stream sends in, if there is any, and gives each line of the answer to each,
// until that has seen the last and says so.
func (k *console) stream(ctx context.Context, method, path string, in any, each func(json.RawMessage) (last bool, err error)) error {
	resp, err := k.send(ctx, method, path, in)
	if err != nil {
		return err
	}
	defer resp.Body.Close() // read to its end below, or given up
	if resp.StatusCode/100 != 2 {
		raw, err := io.ReadAll(io.LimitReader(resp.Body, most))
		if err != nil {
			return err
		}
		return refusal(resp, raw)
	}
	for lines := json.NewDecoder(resp.Body); ; {
		var line json.RawMessage
		switch err := lines.Decode(&line); {
		case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
			return errCutShort
		case err != nil:
			return fmt.Errorf("read the answer: %w", err)
		}
		var broken struct {
			Error string `json:"error"`
		}
		if json.Unmarshal(line, &broken) == nil && broken.Error != "" {
			return errors.New(broken.Error)
		}
		if last, err := each(line); last || err != nil {
			return err
		}
	}
}

// read asks by GET: see [console.stream].
func (k *console) read(ctx context.Context, path string, each func(json.RawMessage) (bool, error)) error {
	return k.stream(ctx, http.MethodGet, path, nil, each)
}
