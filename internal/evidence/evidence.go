// Package evidence reads what a stage of the gate leaves behind, .ai_evidence.json, and judges whether it bears the
// stage's exit out. An exit code alone does not: node exits with 1 on any crash, so a gate that could not even start
// looks like one that blocked (TRUST §1).
//
// The file is foreign bytes: it is read within bounds, never through a link, and never believed in part.
package evidence

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/foreign"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/suite"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/verdict"
)

// File is where the gate writes its evidence, in the root of the repository that it judges.
const File = ".ai_evidence.json"

// maxBytes bounds what is read. The largest seen from a real gate is below one megabyte.
const maxBytes = 64 << 20

// Snapshot is what one stage says of itself.
type Snapshot struct {
	// Stage is the stage's own name: PRE_COMMIT, PRE_PUSH, CI.
	Stage string
	// Outcome is PASS, WARN or BLOCK.
	Outcome string
	// Rulesets are the bundles that judged.
	Rulesets []string
	// Findings are what they found.
	Findings []verdict.Finding
	// Coverage tells which rules were at work; nil where the gate does not say.
	Coverage *verdict.Coverage
	// Suppressed are findings that another finding stands for.
	Suppressed []verdict.Suppressed
}

// Mark remembers the evidence as it lay before a stage. It tells a file that the stage wrote from one that it found:
// the file is never deleted in between, because newer gates repair its absence and then block elsewhere.
type Mark struct {
	info   fs.FileInfo
	change time.Time
	digest [sha256.Size]byte
}

// MarkBefore takes the mark of the evidence in dir; that there is none is a mark too.
func MarkBefore(dir string) Mark {
	info, data, err := read(dir)
	if err != nil {
		return Mark{}
	}
	return Mark{info, changeTime(info), sha256.Sum256(data)}
}

// ErrNone says that a stage wrote no evidence.
var ErrNone = errors.New("the stage left no evidence of its own (" + File + ")")

// ReadAfter reads the evidence that the stage left in dir since the mark was taken. The error is ErrNone where it
// wrote none, and says what is wrong with the file where it wrote one that cannot be believed.
func ReadAfter(dir string, before Mark) (*Snapshot, error) {
	info, data, err := read(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, ErrNone
	case err != nil:
		return nil, err
	case before.info != nil && os.SameFile(before.info, info) && before.info.ModTime().Equal(info.ModTime()) &&
		before.change.Equal(changeTime(info)) && before.digest == sha256.Sum256(data):
		return nil, ErrNone
	}
	return Parse(data, dir)
}

// read reads the evidence in dir, and returns its content and what the system says of the file.
func read(dir string) (info fs.FileInfo, data []byte, err error) {
	file, err := foreign.Open(filepath.Join(dir, File))
	if err != nil {
		return nil, nil, fmt.Errorf("%s cannot be read: %w", File, err)
	}
	defer file.Close()
	if info, err = file.Stat(); err == nil {
		data, err = foreign.ReadAll(file, maxBytes)
	}
	if err != nil {
		return nil, nil, fmt.Errorf("%s cannot be read: %w", File, err)
	}
	return info, data, nil
}

// version2 is how evidence of version 2 writes its version, without quotes: 2, 2.1.
var version2 = regexp.MustCompile(`^2(?:\.[0-9]+)?$`)

// checkVersion refuses evidence of another version, or of none: it may say the same words and mean another thing. A
// version is text or a number.
func checkVersion(found json.RawMessage) error {
	switch version := strings.Trim(string(found), `"`); {
	case version2.MatchString(version):
		return nil
	case version == "" || version == "null":
		return fmt.Errorf("%s names no version, and version 2 is expected", File)
	default:
		return fmt.Errorf("%s is of version %.40q, and version 2 is expected", File, version)
	}
}

// Parse reads evidence of version 2; evidence of another version, or of none, is an error. Where a message or a file
// names dir, the directory that the gate judged, the finding says {clone_dir} or a relative path instead, so that two
// runs find the same.
func Parse(data []byte, dir string) (*Snapshot, error) {
	var raw struct {
		Version  json.RawMessage `json:"version"`
		Snapshot *struct {
			Stage    string `json:"stage"`
			Outcome  string `json:"outcome"`
			Findings []struct {
				RuleID   string `json:"ruleId"`
				Severity string `json:"severity"`
				File     string `json:"file"`
				Lines    Lines  `json:"lines"`
				Message  string `json:"message"`
			} `json:"findings"`
			Coverage json.RawMessage `json:"rules_coverage"`
		} `json:"snapshot"`
		Consolidation json.RawMessage `json:"consolidation"`
		Rulesets      []struct {
			Bundle string `json:"bundle"`
		} `json:"rulesets"`
	}
	if err := json.Unmarshal(data, &raw); err != nil {
		return nil, fmt.Errorf("%s cannot be read: %w", File, err)
	}
	if err := checkVersion(raw.Version); err != nil {
		return nil, err
	}
	if raw.Snapshot == nil || raw.Snapshot.Stage == "" || raw.Snapshot.Outcome == "" {
		return nil, fmt.Errorf("%s has no snapshot with a stage and an outcome", File)
	}
	local := localizer(dir)
	snapshot := &Snapshot{
		Stage: raw.Snapshot.Stage, Outcome: raw.Snapshot.Outcome, Rulesets: []string{}, Findings: []verdict.Finding{},
	}
	for _, set := range raw.Rulesets {
		if set.Bundle != "" {
			snapshot.Rulesets = append(snapshot.Rulesets, set.Bundle)
		}
	}
	for _, f := range raw.Snapshot.Findings {
		file := local.Replace(filepath.ToSlash(f.File))
		snapshot.Findings = append(snapshot.Findings, verdict.Finding{
			Rule: f.RuleID, Severity: f.Severity, Lines: append([]int{}, f.Lines...), Message: local.Replace(f.Message),
			File: strings.TrimPrefix(file, cloneDir+"/"),
		})
	}
	snapshot.Coverage, snapshot.Suppressed = coverage(raw.Snapshot.Coverage), suppressed(raw.Consolidation)
	for i, s := range snapshot.Suppressed {
		snapshot.Suppressed[i].File = strings.TrimPrefix(local.Replace(filepath.ToSlash(s.File)), cloneDir+"/")
	}
	return snapshot, nil
}

// coverage reads which rules were at work. No verdict follows from it, so in another shape it counts as not said.
func coverage(data json.RawMessage) *verdict.Coverage {
	var said *struct {
		Active      []string `json:"active_rule_ids"`
		Matched     []string `json:"matched_rule_ids"`
		Unevaluated []string `json:"unevaluated_rule_ids"`
	}
	if json.Unmarshal(data, &said) != nil || said == nil || said.Active == nil {
		return nil
	}
	return &verdict.Coverage{Active: said.Active, Matched: said.Matched, Unevaluated: said.Unevaluated}
}

// suppressed reads which findings another stands for; none in another shape, as for coverage.
func suppressed(data json.RawMessage) (all []verdict.Suppressed) {
	var said struct {
		Suppressed []struct {
			RuleID     string `json:"ruleId"`
			File       string `json:"file"`
			ReplacedBy string `json:"replacedByRuleId"`
		} `json:"suppressed"`
	}
	if json.Unmarshal(data, &said) != nil {
		return nil
	}
	for _, s := range said.Suppressed {
		all = append(all, verdict.Suppressed{Rule: s.RuleID, File: s.File, ReplacedBy: s.ReplacedBy})
	}
	return all
}

const cloneDir = "{clone_dir}"

// localizer replaces the directory by its placeholder, also where a link leads to it.
func localizer(dir string) *strings.Replacer {
	if dir == "" {
		return strings.NewReplacer()
	}
	pairs := []string{dir, cloneDir}
	if real, err := filepath.EvalSymlinks(dir); err == nil && real != dir {
		pairs = append([]string{real, cloneDir}, pairs...)
	}
	return strings.NewReplacer(pairs...)
}

// Judge returns an error that says why the snapshot is no evidence of a stage that ended with exit, or nil where it is.
func (s *Snapshot) Judge(stage suite.Stage, exit int) error {
	if s.Stage != stage.Evidence {
		return fmt.Errorf("its evidence is of stage %q, not %s", s.Stage, stage.Evidence)
	}
	switch suite.Weigh(exit, s.Outcome, len(s.Findings)) {
	case suite.Contradicted:
		return fmt.Errorf("it exited with %d, but its evidence says %s", exit, s.Outcome)
	case suite.Unfounded:
		return fmt.Errorf("it exited with %d and its evidence says %s, but names no finding", exit, s.Outcome)
	}
	return nil
}
