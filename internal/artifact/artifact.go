// Package artifact is what a run leaves in artifacts/ (CONTRACT §6): the shapes, the one place that writes them, and
// their verifier. It knows nothing of running, so that the verifier does not share the runner's mistakes.
//
// Its rules:
//   - A PASS on disk means that the run which wrote it passed. Before anything runs the old summary is gone and a
//     FAIL stands; the PASS is written last, and taken back where it cannot be made to last.
//   - No reader sees half a file: what is written is written beside its place, synced, and renamed into it.
//   - One run writes at a time: a Store holds the lock for as long as it is open.
//   - Nothing that is read is believed: a file is regular, bounded, UTF-8 and free of duplicate keys, or it is refused.
package artifact

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/scenario"
)

// Folder is where the artifacts lie in the source repository.
const Folder = "artifacts"

// The files in it.
const (
	SummaryName  = prefix + "summary.json"
	FailureName  = prefix + "last-failure.json"
	LogName      = prefix + "last-failure.log"
	EvidenceName = prefix + "evidence.json"
	RecordName   = prefix + "run.json"
	TraceName    = prefix + "trace.json"

	// What is made of the others afterwards, on demand.
	ReportName      = prefix + "report.html"
	JUnitName       = prefix + "junit.xml"
	AttestationName = prefix + "attestation.json"

	LockName = ".pumuki-matrix.lock"

	prefix = "pumuki-matrix-"
)

// names are the files that a run leaves. The first is removed before all others. The lock stays.
var names = []string{
	SummaryName, FailureName, LogName, EvidenceName, RecordName, TraceName, ReportName, JUnitName, AttestationName,
}

// SchemaVersion is the version of the shapes. Keys are only ever added, so it has never changed.
const SchemaVersion = 1

// Verdict is what a run came to.
type Verdict string

// The verdicts. A run that left scenarios out is partial, so that nobody takes a part for the whole.
const (
	Pass    Verdict = "PASS"
	Partial Verdict = "PARTIAL"
	Fail    Verdict = "FAIL"
)

// Text is a string that may not apply: empty here, null in JSON.
type Text string

// MarshalJSON implements json.Marshaler.
func (t Text) MarshalJSON() ([]byte, error) {
	if t == "" {
		return []byte("null"), nil
	}
	return compact(string(t))
}

// Run is what the reports and the record say of the run that wrote them. The Store fills the first three fields.
type Run struct {
	SchemaVersion  int    `json:"schema_version"`
	RunID          string `json:"run_id"`
	GeneratedAt    string `json:"generated_at_utc"`
	PackageSpec    string `json:"package_spec"`
	PackageName    Text   `json:"package_name"`
	PackageVersion Text   `json:"package_version"`
	// PackageIntegrity is the digest of the gate's tarball that npm verified, as npm writes it.
	PackageIntegrity Text  `json:"package_integrity"`
	SourceCommit     Text  `json:"source_commit"`
	ContractSHA256   Text  `json:"contract_sha256"`
	Tools            Tools `json:"tools"`
}

// Tools are the versions of the tools that a run was made with.
type Tools struct {
	Git  Text `json:"git"`
	Node Text `json:"node"`
	NPM  Text `json:"npm"`
}

// Summary is the report of a run that passed.
type Summary struct {
	Run
	Scenarios Scenarios[Exits] `json:"scenarios"`
	Verdict   Verdict          `json:"final_verdict"`
}

// Failure is the report of a run that failed, or that has not ended yet.
type Failure struct {
	Run
	ExitCode         *int             `json:"exit_code"`
	Phase            string           `json:"failure_phase"`
	Step             string           `json:"failure_step"`
	Kind             scenario.Kind    `json:"failure_kind"`
	LogPath          Text             `json:"failure_log_path"`
	LogArtifact      Text             `json:"failure_log_artifact"`
	LogSHA256        Text             `json:"failure_log_artifact_sha256"`
	LogBytes         *int64           `json:"failure_log_artifact_bytes"`
	Command          Text             `json:"failure_command"`
	CommandTemplate  Text             `json:"failure_command_template"`
	CommandVariables *Variables       `json:"failure_command_variables"`
	Scenarios        Scenarios[Exits] `json:"scenarios"`
	Verdict          Verdict          `json:"final_verdict"`
}

// Variables are scenario.Variables as an artifact holds them: null where one does not apply.
type Variables struct {
	RepoRoot    Text `json:"repo_root"`
	CloneDir    Text `json:"clone_dir"`
	Scenario    Text `json:"scenario"`
	PackageSpec Text `json:"package_spec"`
	BaseRef     Text `json:"base_ref"`
}

func variablesOf(v scenario.Variables) *Variables {
	return &Variables{Text(v.RepoRoot), Text(v.CloneDir), Text(v.Scenario), Text(v.PackageSpec), Text(v.BaseRef)}
}

func (v Variables) values() scenario.Variables {
	return scenario.Variables{RepoRoot: string(v.RepoRoot), CloneDir: string(v.CloneDir), Scenario: string(v.Scenario),
		PackageSpec: string(v.PackageSpec), BaseRef: string(v.BaseRef)}
}

// Evidence is what the gate itself said in each stage that ran.
type Evidence struct {
	SchemaVersion    int     `json:"schema_version"`
	RunID            string  `json:"run_id"`
	PackageSpec      string  `json:"package_spec"`
	PackageVersion   Text    `json:"package_version"`
	PackageIntegrity Text    `json:"package_integrity"`
	Tools            Tools   `json:"tools"`
	Scenarios        Results `json:"scenarios"`
}

// Results are what the stages of a run came to, by the name of the scenario. The exits in the reports follow from
// them.
type Results = Scenarios[Outcomes]

// Outcome is what one stage came to.
type Outcome struct {
	// Exit is the exit code of the gate.
	Exit int `json:"exit"`
	// Expected is the exit code that the contract expects. The Store fills it from the table.
	Expected int `json:"expected_exit"`
	// Outcome is snapshot.outcome of the gate's evidence: PASS, WARN or BLOCK; empty where this stage left none.
	Outcome Text `json:"outcome"`
	// Rulesets are the rule sets that the gate loaded.
	Rulesets []string `json:"rulesets"`
	// Findings are what it found. Paths are the consumer's own, with slashes.
	Findings []Finding `json:"findings"`
}

// Finding is one finding of the gate.
type Finding struct {
	Rule     string `json:"rule"`
	Severity string `json:"severity"`
	File     string `json:"file"`
	// Lines are sorted, each once; none is an empty list.
	Lines   []int  `json:"lines"`
	Message string `json:"message"`
}

// Scenarios holds a value for each scenario, by name. It is written in the order of scenario.All.
type Scenarios[T any] map[string]T

// MarshalJSON implements json.Marshaler.
func (s Scenarios[T]) MarshalJSON() ([]byte, error) {
	order := scenario.Names(scenario.All())
	names := slices.SortedFunc(maps.Keys(s), func(a, b string) int {
		return cmp.Or(slices.Index(order, a)-slices.Index(order, b), cmp.Compare(a, b))
	})
	return object(names, func(i int) any { return s[names[i]] })
}

// Exits are the exits of a scenario's stages, in the order of scenario.Stages: nil where a stage did not run.
type Exits [3]*int

// MarshalJSON implements json.Marshaler.
func (e Exits) MarshalJSON() ([]byte, error) {
	return object(stageKeys("_exit"), func(i int) any { return e[i] })
}

// UnmarshalJSON implements json.Unmarshaler.
func (e *Exits) UnmarshalJSON(data []byte) error { return stages(data, "_exit", (*[3]*int)(e)) }

// Outcomes are what a scenario's stages came to, in the order of scenario.Stages: nil where a stage did not run.
type Outcomes [3]*Outcome

// MarshalJSON implements json.Marshaler.
func (o Outcomes) MarshalJSON() ([]byte, error) {
	return object(stageKeys(""), func(i int) any { return o[i] })
}

// UnmarshalJSON implements json.Unmarshaler.
func (o *Outcomes) UnmarshalJSON(data []byte) error { return stages(data, "", (*[3]*Outcome)(o)) }

// exits are the exits within the outcomes.
func (o Outcomes) exits() Exits {
	var exits Exits
	for i, outcome := range o {
		if outcome != nil {
			exits[i] = &outcome.Exit
		}
	}
	return exits
}

// verdict is what exits come to by the table: Fail where a stage is missing or off its contract, Partial where
// scenarios are missing.
func verdict(exits Scenarios[Exits]) Verdict {
	known := 0
	for _, s := range scenario.All() {
		seen, found := exits[s.Name]
		if !found {
			continue
		}
		known++
		for i, exit := range seen {
			if exit == nil || *exit != s.Expected[i] {
				return Fail
			}
		}
	}
	switch {
	case known == 0 || known != len(exits):
		return Fail
	case known < len(scenario.All()):
		return Partial
	}
	return Pass
}

// encode writes a record as the contract asks: two-space indent, a final newline, && as && and not as \u0026. What is
// not UTF-8 is replaced.
func encode(record any) ([]byte, error) {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	err := encoder.Encode(record)
	return text.Bytes(), err
}

// compact is encode for the parts of a record, whose layout is the record's matter.
func compact(part any) ([]byte, error) {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(part)
	return text.Bytes(), err
}

// object writes a JSON object with its keys in the given order, where encoding/json would sort them.
func object(keys []string, value func(i int) any) ([]byte, error) {
	text := []byte{'{'}
	for i, key := range keys {
		if i > 0 {
			text = append(text, ',')
		}
		name, err := compact(key)
		if err != nil {
			return nil, err
		}
		part, err := compact(value(i))
		if err != nil {
			return nil, err
		}
		text = append(append(append(text, name...), ':'), part...)
	}
	return append(text, '}'), nil
}

func stageKeys(suffix string) []string {
	var keys []string
	for _, stage := range scenario.Stages() {
		keys = append(keys, stage.Key+suffix)
	}
	return keys
}

// stages reads an object that has a key for each stage.
func stages[T any](data []byte, suffix string, into *[3]*T) error {
	var values map[string]*T
	if err := json.Unmarshal(data, &values); err != nil {
		return err
	}
	for i, key := range stageKeys(suffix) {
		into[i] = values[key]
	}
	return nil
}

// The layouts of time in artifacts.
const (
	timeLayout  = "2006-01-02T15:04:05Z"
	runIDLayout = "20060102T150405Z"
)

// RunID names the run that a process began at a time.
func RunID(began time.Time, pid int) string {
	return fmt.Sprintf("%s%s-%d", prefix, began.UTC().Format(runIDLayout), pid)
}

// parseRunID returns when the run of that name began.
func parseRunID(id string) (time.Time, error) {
	var stamp string
	var pid int
	if n, _ := fmt.Sscanf(id, prefix+"%16s-%d", &stamp, &pid); n != 2 {
		return time.Time{}, fmt.Errorf("%s is not a run id", quote(id))
	}
	began, err := time.Parse(runIDLayout, stamp)
	if err != nil || RunID(began, pid) != id || pid < 1 {
		return time.Time{}, fmt.Errorf("%s is not a run id", quote(id))
	}
	return began, nil
}
