package git

import "testing"

func TestRecordOfADifferenceIsRead(t *testing.T) {
	t.Parallel()
	const id = "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391"
	for record, want := range map[string]Difference{
		"1 .M N... 100644 100644 100755 " + id + " " + id + " a b\nc": {"a b\nc", "100644", "100755"},
		"1 .D N... 120000 120000 000000 " + id + " " + id + " link":   {"link", "120000", "000000"},
		"? dir/": {Path: "dir/"},
	} {
		if got, err := parseDifference(record); err != nil || got != want {
			t.Errorf("%q: got %+v and %v", record, got, err)
		}
	}
	for _, record := range []string{
		"", "?", "? ", "1 .M N... 100644 100644", "u UU a b c d e f g h", "1 .M N... 1 2 3 a b c",
	} {
		if got, err := parseDifference(record); err == nil {
			t.Errorf("%q: understood as %+v", record, got)
		}
	}
}

func FuzzParseDifference(f *testing.F) {
	f.Add("1 .M N... 100644 100644 100755 a b path")
	f.Add("? dir/")
	f.Fuzz(func(t *testing.T, record string) {
		d, err := parseDifference(record)
		if err == nil && (d.Path == "" || !d.Untracked() && (len(d.Recorded) != 6 || len(d.Found) != 6)) {
			t.Fatalf("%q: %+v", record, d)
		}
	})
}
