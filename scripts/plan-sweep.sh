#!/bin/sh
# Plans a sweep on several machines for a workflow of GitHub Actions (.github/workflows/sweep.yml): writes to
# $GITHUB_OUTPUT which versions $PUMUKI_VERSIONS stands for now, so that every shard splits the same ones, and the
# numbers of $SHARDS shards. The program is artifacts/.matrix.
set -eu
listed=$(artifacts/.matrix versions)
versions=$(printf '%s\n' "$listed" |
	awk '$1 ~ /^[0-9]+\.[0-9]+\.[0-9]/ && !/unpublished: nobody can install it/ { print $1 }' | paste -sd, -)
: "${versions:?there is no version to judge}"
printf 'versions=%s\nshards=[%s]\n' "$versions" "$(seq -s, "$SHARDS")" >>"$GITHUB_OUTPUT"
