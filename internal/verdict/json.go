package verdict

import (
	"encoding/json"

	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/plain"
	"github.com/SwiftEnProfundidad/pumuki-mock-consumer/internal/suite"
)

// object writes a JSON object with its keys in the given order, where encoding/json would sort them.
func object(keys []string, value func(i int) any) ([]byte, error) {
	text := []byte{'{'}
	for i, key := range keys {
		if i > 0 {
			text = append(text, ',')
		}
		name, err := plain.JSON(key)
		if err != nil {
			return nil, err
		}
		part, err := plain.JSON(value(i))
		if err != nil {
			return nil, err
		}
		text = append(append(append(text, name...), ':'), part...)
	}
	return append(text, '}'), nil
}

// StageKeys are the keys of the stages in an artifact, in order, each with a suffix.
func StageKeys(suffix string) []string {
	var keys []string
	for _, stage := range suite.Stages() {
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
	for i, key := range StageKeys(suffix) {
		into[i] = values[key]
	}
	return nil
}
