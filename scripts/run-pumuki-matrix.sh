#!/bin/sh
# `mage matrix` under its old name. Flags and exit codes pass through; this becomes the compiled binary, so that it ends
# by the signals that it gets.
root=$(CDPATH= cd -- "$(dirname -- "$0")/.." && pwd) && bin=$root/artifacts/.matrix && (cd "$root" && go tool mage -compile "$bin") &&
	exec env PUMUKI_SOURCE="${PUMUKI_SOURCE:-$root}" "$bin" matrix "$@"
