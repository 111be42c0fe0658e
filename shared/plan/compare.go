package plan

// A Comparison compares a record in the other system with what is wanted there. Some fields can be written but not read
// back; whether those differ is known only if what is wanted is what was written last.
type Comparison struct {
	// Current is the record as it was read, in the form in which it is written.
	Current any
	Wanted  any
	// Readable is the part of Wanted that can be read back; Complete says that the rest does not matter.
	Readable any
	Complete bool
	// AsWritten: Wanted is what was written last.
	AsWritten bool
	// Show is as for Diff.
	Show func(path string) bool
}

// A Match is the result of a comparison.
type Match string

// The results of a comparison.
const (
	Same    Match = "same"
	Differs Match = "differs"
	Unknown Match = "unknown" // what can be read back is the same, the rest may differ
)

// Compare returns the result and the fields that explain it: those that differ, or, if the result is Unknown, those
// that may differ.
func (c Comparison) Compare() (Match, []Field) {
	if fields := Diff(c.Current, c.Readable, c.Show); len(fields) > 0 {
		return Differs, fields
	}
	if c.Complete || c.AsWritten {
		return Same, nil
	}
	return Unknown, Diff(c.Current, c.Wanted, c.Show)
}
