# npm, asked the same thing by many scripts: it does each once, and then what it did is replayed. All that decides what
# npm does is part of the question, but for what a registry holds: a script that changes that, or looks at what was asked
# of it, begins with real-npm. Known from the harness are npm, version, made (where answers are kept) and registry.
[ "$*" != --version ] || exec echo "$version"
case $1 in install | view) ;; *) exec "$npm" "$@" ;; esac
case $npm_config_registry,${npm_config_offline-} in "$registry"* | *,true) ;; *) exec "$npm" "$@" ;; esac
# What is in the clone already is part of the question by its lock alone; a gate that waits is there to be watched.
if [ -e .npmrc ] || { [ -e node_modules ] && [ ! -e package-lock.json ]; }; then exec "$npm" "$@"; fi
case $*,$PWD in *waits* | *,*[!A-Za-z0-9/._-]*) exec "$npm" "$@" ;; esac

general() { sed -e "s#${PWD%/*}#@WORK@#g" -e "s#$npm_config_registry#@REGISTRY@#g" "$@"; }
special() { sed "$@" -e "s#@WORK@#${PWD%/*}#g" -e "s#@REGISTRY@#$npm_config_registry#g"; }
manifests() { find package.json package-lock.json node_modules/.package-lock.json 2>/dev/null; }

question=$({
	echo "$*"
	for last; do :; done
	[ ! -f "$last" ] || { sha256sum <"$last" && realpath --relative-to=. "$last"; }
	env | grep ^npm_config_ | grep -vE '^npm_config_(userconfig|globalconfig|cache|logs_dir|registry)=' | sort
	cat "$npm_config_userconfig" "$npm_config_globalconfig"
	manifests | xargs cat
} | general | sha256sum)
answer=$made/${question%% *}
if [ ! -e "$answer" ]; then
	new=$(mktemp -d "$made/.XXXXXX") && mkdir "$new/tree" || exit
	"$npm" "$@" >"$new/out" 2>"$new/err"
	echo $? >"$new/exit"
	for each in package.json package-lock.json node_modules; do
		[ ! -e $each ] || cp -a $each "$new/tree"
	done
	(cd "$new/tree" && manifests) | while read -r each; do general "$each" >"$new/tree/$each"; done
	for each in out err; do general -i "$new/$each"; done
	mv -T "$new" "$answer" 2>/dev/null || rm -r "$new" # another script was as quick
fi
cp -a "$answer/tree/." .
special -i $(manifests)
special "$answer/out"
special "$answer/err" >&2
exit "$(cat "$answer/exit")"
