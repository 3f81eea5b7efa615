# A stage of the embedded gate, which many scripts ask the same of the same scenario: it judges once, and then what it
# said is said again. What is not a stage of a scenario as the run lays it, it judges each time. Known from the harness
# is made, where answers are kept.
stage=${0##*/} scenario=${PWD##*/} session=none trees=
read -r head <.git/HEAD
# A session that was opened by a step of the run has not expired.
if [ -e .git/pumuki-sdd-session.json ]; then
	{ read -r session && read -r session; } <.git/pumuki-sdd-session.json # "change": "its-name",
	session=${session#*: \"} && session=${session%\",}
fi
case $#,$head,$scenario in
*.*) ;; # of no scenario
0,"ref: refs/heads/feature/matrix-$scenario",*)
	trees=$(git rev-parse HEAD:apps HEAD:scenarios HEAD:openspec 2>/dev/null)
	;;
esac
judge() { node "${0%/*}/../pumuki/bin/$stage.js" "$@"; }
if [ -z "$trees" ]; then
	judge "$@"
	exit
fi
answer=$made/$stage-$scenario-$session
for tree in $trees; do answer=$answer-$tree; done
if [ ! -e "$answer" ]; then
	new=$(mktemp -d "$made/.XXXXXX") || exit
	judge >"$new/out" 2>"$new/err"
	echo $? >"$new/exit"
	sed "s#$PWD#@ROOT@#" .ai_evidence.json >"$new/evidence" || exit
	mv -T "$new" "$answer" 2>/dev/null || answer=$new # another was as quick
fi
cat "$answer/out"
[ ! -s "$answer/err" ] || cat "$answer/err" >&2
sed "s#@ROOT@#$PWD#" "$answer/evidence" >.ai_evidence.json
read -r code <"$answer/exit"
exit "$code"
