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
		GOEXPERIMENT GOFIPS140 GO_EXTLINK_ENABLED MAGEFILE_GOCMD CGO_ENABLED CC CXX CGO_CFLAGS CGO_CPPFLAGS CGO_LDFLAGS
	export GOWORK=off GOTOOLCHAIN=local GOFLAGS="-mod=readonly -buildvcs=false"
	# The caches of go are in the home directory of the user, also where no variable names it.
	[ -n "${HOME-}" ] || { HOME=$(eval "printf %s ~$(id -un)") && export HOME; }
	# shellcheck disable=SC2086 # a list
	(cd / && go env $fetch) | {
		for name in $fetch; do
			IFS= read -r value && export "$name=$value"
		done
		unset GOTOOLCHAIN
		cd -- "$root" && GOENV=off exec go tool mage -compile "$new" </dev/null
	}
}
# Its name is a part of the program: under the same one go leaves it as it is where nothing has changed.
new=$bin.$$/mage
rm -rf -- "$bin.$$" && mkdir -p -- "$bin.$$" || exit 1
until ln -s $$ "$bin.lock" 2>/dev/null; do # one call at a time: mage writes its main beside the targets
	holder=$(readlink -- "$bin.lock") && ! kill -0 "$holder" 2>/dev/null && rm -f -- "$bin.lock" # it was killed
	find "$bin.lock" -mmin +10 -exec rm -f -- {} + 2>/dev/null # long ago, and another program bears its number now
	sleep 0.1
done
cp -- "$bin" "$new" 2>/dev/null
(compile) && mv -f -- "$new" "$bin" # at once: another call may be about to run it
built=$?
rm -rf -- "$bin.$$" "$bin.lock"
[ $built = 0 ] || exit 1
exec env PUMUKI_SOURCE="${PUMUKI_SOURCE:-$root}" "$bin" matrix "$@"
