# A command of the embedded gate that a run asks of a scenario, and many scripts the same: it is carried out once, and
# then what it said and left is said and left again. Any other question is put each time. Known from the harness is made,
# where answers are kept.
command=${0##*/} scenario=${PWD##*/} left='' session=''
read -r head <.git/HEAD
case "$command $*,$head,$scenario" in
*.*) ;; # no scenario has such a name
"pumuki sdd session --open --change=matrix-$scenario,ref: refs/heads/feature/matrix-$scenario,"*)
	left=.git/pumuki-sdd-session.json
	;;
pumuki\ *) ;;
*" ,ref: refs/heads/feature/matrix-$scenario,"*)
	left=.ai_evidence.json
	if [ -e .git/pumuki-sdd-session.json ]; then
		{ read -r session && read -r session; } <.git/pumuki-sdd-session.json # "change": "its-name",
		session=${session#*: \"} && session=${session%\",}
	fi
	;;
esac
ask() { node "${0%/*}/../pumuki/bin/$command.js" "$@"; }
if [ -z "$left" ] || ! trees=$(git rev-parse HEAD:apps HEAD:scenarios HEAD:openspec 2>/dev/null); then
	ask "$@"
	exit
fi
answer=$made/$command-$scenario-$session
for tree in $trees; do answer=$answer-$tree; done
if [ ! -e "$answer" ]; then
	new=$(mktemp -d "$made/.XXXXXX") || exit
	ask "$@" >"$new/out" 2>"$new/err"
	code=$?
	if [ -s "$new/err" ]; then # it refused
		cat "$new/out" && cat "$new/err" >&2
		exit $code
	fi
	echo $code >"$new/exit"
	sed -e "s#$PWD#@ROOT@#g" -e 's/"expires_at": "2/"expires_at": "9/' "$left" >"$new/left" || exit
	mv -T "$new" "$answer" 2>/dev/null || answer=$new # another was as quick
fi
cat "$answer/out"
sed "s#@ROOT@#$PWD#g" "$answer/left" >"$left"
read -r code <"$answer/exit"
exit "$code"
