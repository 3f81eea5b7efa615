//go:build linux

// Package runs tests what a run says of a gate, and how it ends: see package acceptancetest.
package runs

import (
	"testing"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/acceptance/acceptancetest"
)

func TestMain(m *testing.M) { acceptancetest.Main(m) }

func TestScript(t *testing.T) { acceptancetest.Run(t) }
