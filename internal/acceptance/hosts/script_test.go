//go:build linux

// Package hosts tests that neither the machine nor the source repository changes a run, or is changed by it: see
// package acceptancetest.
package hosts

import (
	"testing"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/acceptance/acceptancetest"
)

func TestMain(m *testing.M) { acceptancetest.Main(m) }

func TestScript(t *testing.T) { acceptancetest.Run(t) }
