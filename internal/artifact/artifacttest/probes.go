package artifacttest

import (
	"testing"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/artifact"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/probe"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/verdict"
)

// Probes is a report with a rule of each outcome, in which what is foreign says a text.
func Probes(says string) *probe.Report {
	facts := Run("pumuki@9.1.0")
	facts.SchemaVersion, facts.GeneratedAt = artifact.SchemaVersion, "2026-01-02T03:04:05Z"
	facts.RunID = artifact.RunID(artifact.Probe, Began, 7)
	r := &probe.Report{Facts: facts, Whole: true, ProbesSHA256: probe.Digest(nil)}
	said := verdict.Text(says)
	for id, each := range map[string]probe.Result{
		"ios.a": {Did: probe.Seen}, "ios.b": {Did: probe.Silent, File: "a.swift", Why: said},
		"ios.c": {Did: probe.Noisy, File: "b.swift", Why: said}, "ios.d": {Did: probe.Gone, Why: said},
		"ios.e": {Did: probe.Silent, Cause: "it is so.", Why: said}, "ios.f": {Did: probe.Unprobed},
		"backend.a": {Did: probe.Seen, Cause: "it was so."},
		"backend.b": {Did: probe.Foreign, File: "c.swift", Why: said},
	} {
		each.Outcome = each.Follows()
		each.ID, each.Platform = id, probe.PlatformOf(id)
		if each.Outcome != probe.Unprobed {
			each.Probe, each.Promise = verdict.Text(each.Platform+"/probe"), "The gate keeps it."
		}
		r.Rules = append(r.Rules, each)
	}
	r.Settle()
	return r
}

// Probed leaves Probes in a folder of artifacts, and returns the folder.
func Probed(t testing.TB) (dir string) {
	t.Helper()
	return leave(t, (*artifact.Store).Probed, Probes("nothing is reported there"))
}
