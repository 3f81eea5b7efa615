package plain

import "strings"

// Word returns a word ready to paste into a POSIX shell: as it is where no shell gives its characters a meaning, and
// in single quotes elsewhere.
func Word(word string) string {
	if word != "" && strings.Trim(word, wordCharacters) == "" {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}

// wordCharacters are those that no shell gives a meaning to.
const wordCharacters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-+=:,./@%"

// Quoted returns a word ready to paste into a POSIX shell, in double quotes, as the commands of the contract are.
func Quoted(word string) string { return `"` + inQuotes.Replace(word) + `"` }

// inQuotes escapes what a shell expands within double quotes.
var inQuotes = strings.NewReplacer(`\`, `\\`, `"`, `\"`, "$", `\$`, "`", "\\`")
