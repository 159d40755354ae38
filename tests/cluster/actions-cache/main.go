// What BuildKit does with its cache of type gha: the same client, with the same calls.
//
// usage: actions-cache (ACTIONS_RESULTS_URL, ACTIONS_RUNTIME_TOKEN and ACTIONS_CACHE_SERVICE_V2 are set)
package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"log"
	"os"
	"time"

	actionscache "github.com/tonistiigi/go-actions-cache"
)

func main() {
	log.SetFlags(0)
	if err := run(context.Background()); err != nil {
		log.Fatalf("error: %+v", err)
	}
}

func run(ctx context.Context) error {
	cache, err := actionscache.TryEnv(actionscache.Opt{Timeout: time.Minute})
	if err != nil {
		return err
	}
	if cache == nil || !cache.IsV2 {
		return errors.New("the variables do not say that version 2 is spoken")
	}
	for _, size := range []int{0, 1, 1<<20 - 1, 1 << 20, 1<<20 + 1, 5<<20 + 12345} {
		if err := layer(ctx, cache, content(size)); err != nil {
			return fmt.Errorf("a layer of %d bytes: %w", size, err)
		}
	}
	if err := index(ctx, cache); err != nil {
		return fmt.Errorf("the index: %w", err)
	}
	fmt.Println("ok")
	return nil
}

// A layer is saved under its digest, once, and read whole and in parts.
func layer(ctx context.Context, cache *actionscache.Cache, value []byte) error {
	key := fmt.Sprintf("buildkit-blob-1-sha256:%x", sha256.Sum256(value))
	if entry, err := cache.Load(ctx, key); err != nil || entry != nil {
		return fmt.Errorf("found before it was saved: %v %w", entry, err)
	}
	if err := cache.Save(ctx, key, actionscache.NewBlob(value)); err != nil {
		return err
	}
	if err := cache.Save(ctx, key, actionscache.NewBlob(value)); !errors.Is(err, os.ErrExist) {
		return fmt.Errorf("saved twice: %w", err)
	}
	entry, err := cache.Load(ctx, key)
	if err != nil || entry == nil || entry.Key != key {
		return fmt.Errorf("not found: %v %w", entry, err)
	}
	var whole bytes.Buffer
	if err := entry.WriteTo(ctx, &whole); err != nil {
		return err
	}
	if !bytes.Equal(whole.Bytes(), value) {
		return errors.New("other bytes")
	}
	reader := entry.Download(ctx)
	defer reader.Close()
	for _, from := range []int{len(value) / 2, len(value) / 3, len(value) - 1} {
		if from < 0 || from >= len(value) {
			continue
		}
		part := make([]byte, min(1000, len(value)-from))
		if n, err := reader.ReadAt(part, int64(from)); n != len(part) || (err != nil && err != io.EOF) {
			return fmt.Errorf("a part from %d: %d bytes, %w", from, n, err)
		}
		if !bytes.Equal(part, value[from:from+len(part)]) {
			return fmt.Errorf("a part from %d: other bytes", from)
		}
	}
	return nil
}

// The index has a new key each time it is saved, and the newest is found.
func index(ctx context.Context, cache *actionscache.Cache) error {
	for round, before := 1, ""; round <= 3; round++ {
		now := fmt.Sprintf("index of round %d", round)
		err := cache.SaveMutable(ctx, "index-buildkit-1-01234567", 15*time.Second, func(old *actionscache.Entry) (actionscache.Blob, error) {
			var was bytes.Buffer
			if old != nil {
				if err := old.WriteTo(ctx, &was); err != nil {
					return nil, err
				}
			}
			if was.String() != before {
				return nil, fmt.Errorf("round %d found %q", round, was.String())
			}
			return actionscache.NewBlob([]byte(now)), nil
		})
		if err != nil {
			return err
		}
		before = now
	}
	entry, err := cache.Load(ctx, "index-buildkit-1-01234567")
	if err != nil || entry == nil || entry.Key != "index-buildkit-1-01234567#3" {
		return fmt.Errorf("the newest is %+v: %w", entry, err)
	}
	return nil
}

func content(size int) []byte {
	all := make([]byte, size)
	state := uint32(size)
	for i := range all {
		state = state*1664525 + 1013904223
		all[i] = byte(state >> 24)
	}
	return all
}
