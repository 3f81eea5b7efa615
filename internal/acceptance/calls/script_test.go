//go:build linux

// Package calls tests how the targets are called, and how they answer: see package acceptancetest.
package calls

import (
	"testing"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/acceptance/acceptancetest"
)

func TestMain(m *testing.M) { acceptancetest.Main(m) }

func TestScript(t *testing.T) { acceptancetest.Run(t) }
