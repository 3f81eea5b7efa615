package git

import (
	"context"
	"path/filepath"
	"strings"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/plain"
)

// CheckRefs looks for refs that git cannot follow. A branch or tag without a readable value is an *UnfitError: nobody
// can clone such a repository. All else that is wrong with a ref stops no clone and is a warning.
func (r Repository) CheckRefs(ctx context.Context) (warnings []string, err error) {
	// Git looks for an object only where its type is asked for.
	_, said, err := r.ask(ctx, "for-each-ref", "--format=%(objecttype)")
	var broken []string
	for line := range strings.Lines(said) {
		line = strings.TrimSuffix(line, "\n")
		if name, found := strings.CutPrefix(line, "warning: ignoring broken ref "); found {
			if strings.HasPrefix(name, "refs/heads/") || strings.HasPrefix(name, "refs/tags/") {
				broken = append(broken, name)
			} else {
				warnings = append(warnings, "the ref "+Quote(name)+" has no readable value; git ignores it")
			}
		} else if name, found := strings.CutPrefix(line, "warning: ignoring ref with broken name "); found {
			warnings = append(warnings, "the ref "+Quote(name)+" has a name that git does not allow; git ignores it")
		} else if missing, found := strings.CutPrefix(line, "fatal: missing object "); found {
			// Git stops at the first of these.
			id, name, _ := strings.Cut(missing, " for ")
			warnings = append(warnings, "the ref "+Quote(name)+" points at "+id+", which is missing or damaged")
			err = nil
		}
	}
	if broken != nil {
		return nil, r.brokenRefs(ctx, broken)
	}
	return warnings, r.explain(err)
}

// brokenRefs returns an error that names refs without a readable value. The mend of each is to write the last value in
// its reflog, or else to remove the ref.
func (r Repository) brokenRefs(ctx context.Context, names []string) error {
	common, err := r.Output(ctx, "rev-parse", "--path-format=absolute", "--git-common-dir")
	if err != nil {
		return err
	}
	var quoted, mends []string
	for _, name := range names {
		file := filepath.Join(common, filepath.FromSlash(name))
		mend := "rm " + plain.Quoted(file)
		if id := lastOf(filepath.Join(common, "logs", filepath.FromSlash(name))); id != "" {
			if exists, err := r.CommitExists(ctx, id); err == nil && exists {
				mend = "echo " + id + " >" + plain.Quoted(file)
			}
		}
		quoted, mends = append(quoted, Quote(name)), append(mends, mend)
	}
	return r.unfit(nil, r.Root+" is damaged, and git clone refuses it: no value can be read of "+
		strings.Join(quoted, ", "), strings.Join(mends, " && "))
}

// lastOf returns the last value in a reflog; empty where there is no reflog, or its last line is no entry.
func lastOf(reflog string) string {
	entries, err := readRegular(reflog)
	if err != nil {
		return ""
	}
	// <old> <new> <who> <when><TAB><why>
	fields := strings.Fields(lastLine(string(entries)))
	if len(fields) < 2 || !isHash(fields[1]) {
		return ""
	}
	return fields[1]
}

// packedRefs is the file in which git keeps many refs, a line each.
const packedRefs = "packed-refs"

// badPackedLine tells by the last line of what git said whether a line of packed-refs is the cause, and returns the
// command that removes that line. It leaves the file as it was beside the new one.
func (r Repository) badPackedLine(said string) (mend string, found bool) {
	pattern := ""
	if _, line, found := strings.Cut(said, packedRefs+":"); found && strings.Contains(said, " line in ") {
		line = strings.TrimSuffix(strings.TrimPrefix(line, " "), "...")
		if pattern = "^" + sedEscape.Replace(line); line == "" {
			pattern = "^$"
		}
	} else if _, name, found := strings.Cut(said, "packed refname is dangerous: "); found {
		pattern = " " + sedEscape.Replace(name) + "$"
	} else {
		return "", false
	}
	return "sed -i.damaged -e " + plain.Quoted("/"+pattern+"/d") + ` "$(git -C ` + plain.Quoted(r.Root) +
		` rev-parse --path-format=absolute --git-path ` + packedRefs + `)"`, true
}

// sedEscape escapes what a basic regular expression between slashes gives a meaning to.
var sedEscape = strings.NewReplacer(`\`, `\\`, "/", `\/`, ".", `\.`, "*", `\*`, "[", `\[`, "]", `\]`,
	"^", `\^`, "$", `\$`)
