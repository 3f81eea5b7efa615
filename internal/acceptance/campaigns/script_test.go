//go:build linux

// Package campaigns tests what is asked of many versions: see package acceptancetest.
package campaigns

import (
	"testing"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/acceptance/acceptancetest"
)

func TestMain(m *testing.M) { acceptancetest.Main(m) }

func TestScript(t *testing.T) { acceptancetest.Run(t) }
