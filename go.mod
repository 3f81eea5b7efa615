module github.com/SwiftEnProfundidad/pumuki-mock-consumer

go 1.26.0

require (
	github.com/bitfield/script v0.25.2
	github.com/gofrs/flock v0.13.1
	github.com/google/go-cmp v0.7.0
	github.com/magefile/mage v1.17.2
	github.com/otiai10/copy v1.14.1
	github.com/rogpeppe/go-internal v1.16.0
	github.com/santhosh-tekuri/jsonschema/v6 v6.0.3
	go.uber.org/goleak v1.3.0
	golang.org/x/sync v0.24.0
	golang.org/x/sys v0.49.0
)

require (
	github.com/itchyny/gojq v0.12.13 // indirect
	github.com/itchyny/timefmt-go v0.1.5 // indirect
	github.com/otiai10/mint v1.6.3 // indirect
	golang.org/x/text v0.14.0 // indirect
	golang.org/x/tools v0.26.0 // indirect
	mvdan.cc/sh/v3 v3.7.0 // indirect
)

tool github.com/magefile/mage
