package plain

import (
	"bytes"
	"encoding/json"
)

// JSON returns a value as JSON without a layout of its own: && as && and not as \u0026. Bytes that are not UTF-8 are
// replaced.
func JSON(value any) ([]byte, error) {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(value)
	return text.Bytes(), err
}
