// Package publish makes from the artifacts of the last run what others read: the report for people, JUnit and the
// attestation for machines. It also verifies that what was published is what the artifacts say.
//
// Its rules:
//   - What is published follows from the artifacts alone: the same artifacts give the same bytes. So it is verified by
//     making it again.
//   - Nothing published changes a verdict, or is read to reach one.
package publish

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/artifact"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/artifact/verify"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/attestation"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/comparison"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/history"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/journey"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/junit"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/probe"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/report"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/verdict"
)

// Format is one form in which a run is published.
type Format struct {
	// Name is the name of its file in the artifacts.
	Name string
	// Render returns its content. The error wraps attestation.ErrNone where the run has none.
	Render func(*verdict.Run) ([]byte, error)
	// By is the target that makes it.
	By string
}

// The formats.
var (
	Report      = Format{artifact.ReportName, report.Render, "report"}
	JUnit       = Format{artifact.JUnitName, junit.Render, "export"}
	Attestation = Format{artifact.AttestationName, attestation.Render, "export"}
)

// Formats returns every format.
func Formats() []Format { return []Format{Report, JUnit, Attestation} }

// Published is what came of publishing one format.
type Published struct {
	// Name is the name of the file.
	Name string
	// Without says why the run has no such file; nil where it was written.
	Without error

	dir string
}

// String says what came of it, for a person.
func (p Published) String() string {
	if p.Without != nil {
		return p.Without.Error()
	}
	return "wrote " + filepath.Join(p.dir, p.Name)
}

// Write publishes a run beside the artifacts that a store holds of it, in the given formats. Where the run has no file
// of a format, an old one is removed. The error names each file that could not be written or removed.
func Write(store *artifact.Store, run *verdict.Run, formats ...Format) (published []Published, err error) {
	for _, format := range formats {
		content, failed := format.Render(run)
		done := Published{Name: format.Name, dir: store.Dir()}
		switch {
		case errors.Is(failed, attestation.ErrNone):
			done.Without, failed = failed, store.RemoveByProduct(format.Name)
		case failed == nil:
			failed = store.WriteByProduct(format.Name, content)
		}
		if failed != nil {
			err = errors.Join(err, fmt.Errorf("publish %s: %w", format.Name, failed))
			continue
		}
		published = append(published, done)
	}
	return published, err
}

// form is a form in which a value that holds many verdicts is published.
type form[T any] struct {
	// name is the name of its file in the artifacts.
	name   string
	render func(T) ([]byte, error)
}

// The forms of a comparison, of a sweep, and of a report on journeys, or on probes.
var (
	comparisonForms = []form[*comparison.Comparison]{
		{artifact.ComparisonMarkdownName, func(c *comparison.Comparison) ([]byte, error) {
			return []byte(c.Markdown()), nil
		}},
		{artifact.ComparisonReportName, report.RenderComparison},
	}
	sweepForms = []form[*history.Sweep]{
		{artifact.SweepTableName, func(s *history.Sweep) ([]byte, error) { return s.CSV(), nil }},
		{artifact.SweepReportName, report.RenderSweep},
	}
	journeyForms = []form[*journey.Report]{
		{artifact.JourneysJUnitName, junit.RenderJourneys},
		{artifact.JourneysReportName, report.RenderJourneys},
	}
	probeForms = []form[*probe.Report]{
		{artifact.ProbesJUnitName, junit.RenderProbes},
		{artifact.ProbesReportName, report.RenderProbes},
	}
)

// WriteComparison publishes a comparison beside its artifact. The error names each file that could not be written.
func WriteComparison(store *artifact.Store, c *comparison.Comparison) error {
	return write(store, c, comparisonForms)
}

// WriteSweep publishes a sweep beside its artifact. The error names each file that could not be written.
func WriteSweep(store *artifact.Store, s *history.Sweep) error { return write(store, s, sweepForms) }

// WriteJourneys publishes a report on journeys beside its artifact. The error names each file that could not be
// written.
func WriteJourneys(store *artifact.Store, r *journey.Report) error {
	return write(store, r, journeyForms)
}

// WriteProbes publishes a report on probes beside its artifact. The error names each file that could not be written.
func WriteProbes(store *artifact.Store, r *probe.Report) error { return write(store, r, probeForms) }

func write[T any](store *artifact.Store, value T, forms []form[T]) (err error) {
	for _, form := range forms {
		content, failed := form.render(value)
		if failed == nil {
			failed = store.WriteByProduct(form.name, content)
		}
		if failed != nil {
			err = errors.Join(err, fmt.Errorf("publish %s: %w", form.name, failed))
		}
	}
	return err
}

// VerifyComparison compares what was published of a comparison with it. A comparison leaves all of it.
func VerifyComparison(dir string, c *comparison.Comparison) (broken []string) {
	return verifyForms(dir, c, artifact.ComparisonName, "compare", comparisonForms)
}

// VerifySweep compares what was published of a sweep with it. A sweep leaves all of it.
func VerifySweep(dir string, s *history.Sweep) (broken []string) {
	return verifyForms(dir, s, artifact.SweepName, "sweep", sweepForms)
}

// VerifyJourneys compares what was published of a report on journeys with it. Journeys leave all of it.
func VerifyJourneys(dir string, r *journey.Report) (broken []string) {
	return verifyForms(dir, r, artifact.JourneysName, "journeys", journeyForms)
}

// VerifyProbes compares what was published of a report on probes with it. Probes leave all of it.
func VerifyProbes(dir string, r *probe.Report) (broken []string) {
	return verifyForms(dir, r, artifact.ProbesName, "probe", probeForms)
}

// verifyForms makes the forms of a value anew, which an artifact holds and a target leaves.
func verifyForms[T any](dir string, value T, name, target string, forms []form[T]) (broken []string) {
	for _, form := range forms {
		content, err := artifact.ReadByProduct(dir, form.name)
		if err == nil {
			var follows []byte
			if follows, err = form.render(value); err == nil && !bytes.Equal(follows, content) {
				err = fmt.Errorf("it is not what %s says", name)
			}
		}
		if err != nil {
			const says = "%s does not hold: %v; mage %s makes it anew"
			broken = append(broken, fmt.Sprintf(says, form.name, err, target))
		}
	}
	return broken
}

// Verify compares what was published in a folder with the artifacts there, which must be whole. It returns the broken
// promises, each in one line.
func Verify(dir string) (broken []string) {
	standing := map[string][]byte{}
	for _, format := range Formats() {
		content, err := artifact.ReadByProduct(dir, format.Name)
		switch {
		case err == nil:
			standing[format.Name] = content
		case !errors.Is(err, fs.ErrNotExist):
			broken = append(broken, fmt.Sprintf("%s cannot be read: %v", format.Name, err))
		}
	}
	if len(standing) == 0 {
		return broken
	}
	run, err := verify.Read(dir)
	if err != nil {
		return append(broken, "what is published cannot be verified: "+err.Error())
	}
	for _, format := range Formats() {
		content, stands := standing[format.Name]
		if !stands {
			continue
		}
		switch follows, err := format.Render(run); {
		case errors.Is(err, attestation.ErrNone):
			broken = append(broken, fmt.Sprintf("%s stands, but %v; mage %s removes it", format.Name, err, format.By))
		case err != nil:
			broken = append(broken, fmt.Sprintf("%s cannot be verified: %v", format.Name, err))
		case !bytes.Equal(follows, content):
			const differs = "%s is not what the artifacts say; mage %s makes it anew"
			broken = append(broken, fmt.Sprintf(differs, format.Name, format.By))
		}
	}
	return broken
}
