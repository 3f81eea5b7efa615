package kept

import (
	"context"
	"errors"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/tree"
)

// Keep keeps a copy of the directory from as the entry of a key. An entry that the key has already stays.
func (c *Cache) Keep(ctx context.Context, key, from string) error {
	draft, err := c.Begin(ctx, key)
	if draft == nil || err != nil {
		return err
	}
	if err = tree.Copy(ctx, from, draft.Dir); err == nil {
		err = draft.Keep(ctx)
	}
	return errors.Join(err, draft.Drop())
}
