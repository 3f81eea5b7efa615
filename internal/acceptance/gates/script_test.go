//go:build linux

// Package gates tests which gate a run is about, and how it is installed: see package acceptancetest.
package gates

import (
	"testing"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/acceptance/acceptancetest"
)

func TestMain(m *testing.M) { acceptancetest.Main(m) }

func TestScript(t *testing.T) { acceptancetest.Run(t) }
