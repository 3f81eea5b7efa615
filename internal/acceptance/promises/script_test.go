//go:build linux

// Package promises tests what a gate is held to: the suite, journeys and probes: see package acceptancetest.
package promises

import (
	"testing"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/acceptance/acceptancetest"
)

func TestMain(m *testing.M) { acceptancetest.Main(m) }

func TestScript(t *testing.T) { acceptancetest.Run(t) }
