#!/bin/sh
# `mage matrix` under its old name. Flags and exit codes pass through; this becomes the compiled binary, so that it ends
# by the signals that it gets.
self=$0
while [ -h "$self" ]; do # readlink -f is not everywhere
	link=$(readlink -- "$self") || exit 1
	case $link in /*) self=$link ;; *) self=$(dirname -- "$self")/$link ;; esac
done
root=$(CDPATH= cd -- "$(dirname -- "$self")/.." && pwd) && bin=$root/artifacts/.matrix || exit 1

# Of the caller's Go settings those reach the build that say how modules are fetched and where they are kept, whether
# from the environment or from `go env -w`. What would build another program, or none, does not: go.work, GOOS, GOFLAGS …
fetch="GOPROXY GOPRIVATE GONOPROXY GOSUMDB GONOSUMDB GOINSECURE GOVCS GOAUTH GOPATH GOMODCACHE GOCACHE GOCACHEPROG GOTMPDIR"
compile() {
	unset GOOS GOARCH GO386 GOAMD64 GOARM GOARM64 GOMIPS GOMIPS64 GOPPC64 GORISCV64 GOWASM GOROOT GOBIN GO111MODULE \
		GOEXPERIMENT GOFIPS140 GO_EXTLINK_ENABLED MAGEFILE_GOCMD
	export GOWORK=off GOTOOLCHAIN=local CGO_ENABLED=0 GOFLAGS="-mod=readonly -buildvcs=false"
	# The caches of go are in the home directory of the user, also where no variable names it.
	[ -n "${HOME-}" ] || { HOME=$(eval "printf %s ~$(id -un)") && export HOME; }
	# shellcheck disable=SC2086 # a list
	(cd / && go env $fetch) | {
		for name in $fetch; do
			IFS= read -r value && export "$name=$value"
		done
		unset GOTOOLCHAIN
		cd -- "$root" && GOENV=off exec go tool mage -compile "$bin.$$" </dev/null
	} && mv -f -- "$bin.$$" "$bin" # at once: another call may be about to run it
}
cp -- "$bin" "$bin.$$" 2>/dev/null # go leaves it as it is where nothing has changed
(compile) || { rm -f -- "$bin.$$"; exit 1; }
exec env PUMUKI_SOURCE="${PUMUKI_SOURCE:-$root}" "$bin" matrix "$@"
