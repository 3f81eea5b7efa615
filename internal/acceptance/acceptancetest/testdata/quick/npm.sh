# npm, asked the same thing by many scripts: it does each once, and then what it did is replayed. All that decides what
# npm does is part of the question, but for what a registry holds: a script that changes that, or looks at what was
# asked of it, begins with real-npm. Gates whose manifests are alike but for the version are installed alike: what npm
# did with one is replayed for all, each with its own files. Known from the harness are npm, version, registry, commands
# (see quicken), and made, where answers are kept.
[ "$*" != --version ] || { echo "$version"; exit; }
case $1 in install | view) ;; *) exec "$npm" "$@" ;; esac
case $npm_config_registry,${npm_config_offline-} in "$registry"* | *,true) ;; *) exec "$npm" "$@" ;; esac
# What is in the clone already is part of the question by its lock alone.
if [ -e .npmrc ] || { [ -e node_modules ] && [ ! -e package-lock.json ]; }; then exec "$npm" "$@"; fi
case $PWD in *[!A-Za-z0-9/._-]*) exec "$npm" "$@" ;; esac

# The gate that is asked for, or else that was installed here: 9.0.0-crashes. The harness has put its manifest and its
# digest beside its tarball.
for last; do :; done
gate=${last%.tgz}
if [ "$gate" = "$last" ]; then
	gate=$(sed -n 's#^ *"resolved": "file:\(.*/pumuki-[^/]*\)\.tgz",#\1#p' package-lock.json 2>/dev/null)
fi
fault='' digest=''
if [ -e "$gate.sha512" ]; then
	fault=${gate##*/pumuki-}
	read -r digest <"$gate.sha512"
fi
unpack() {
	rm -rf node_modules/pumuki && mkdir -p node_modules/pumuki &&
		tar -xzmf "$gate.tgz" --no-same-owner --strip-components=1 -C node_modules/pumuki
}
# The commands that a gate has in common with the embedded one are asked by way of gate.sh.
quicken() {
	fronts=''
	for each in $(grep -lF "require('../lib/cli').main(" node_modules/pumuki/bin/pumuki*.js); do
		each=${each##*/} && each=${each%.js}
		[ ! -e "$commands/$each" ] || fronts="$fronts ../pumuki/quick/$each"
	done
	cp -r "$commands" node_modules/pumuki/quick && ln -sf $fronts node_modules/.bin
}
# What a gate does as it is installed is its own: no answer holds it. One that waits there needs no npm around it.
case $*,$fault in
install*.tgz,*-waits-in-install) unpack && cd node_modules/pumuki && exec node lib/postinstall.js ;;
install*.tgz,?*) ! grep -q postinstall "$gate.json" || exec "$npm" "$@" ;;
esac

pattern=$(IFS=. && printf '%s[.]' $fault)
pattern=${pattern%"[.]"}
general() {
	sed -e "s#${PWD%/*}#@WORK@#g" -e "s#$npm_config_registry#@REGISTRY@#g" -e "s#${pattern:-@FAULT@}#@FAULT@#g" \
		-e "s#${digest:-@DIGEST@}#@DIGEST@#g" "$@"
}
special() {
	sed "$@" -e "s#@WORK@#${PWD%/*}#g" -e "s#@REGISTRY@#$npm_config_registry#g" -e "s#@FAULT@#$fault#g" \
		-e "s#@DIGEST@#$digest#g"
}
manifests() {
	for each in package.json package-lock.json node_modules/.package-lock.json; do
		[ ! -e $each ] || echo $each
	done
}

question=$({
	echo "$*"
	if [ -z "$fault" ] && [ -f "$last" ]; then sha256sum <"$last"; fi
	[ ! -f "$last" ] || realpath --relative-to=. "$last"
	env | grep ^npm_config_ | grep -vE '^npm_config_(userconfig|globalconfig|cache|logs_dir|registry)=' | sort
	cat ${fault:+"$gate.json"} "$npm_config_userconfig" "$npm_config_globalconfig" $(manifests)
} | general | sha256sum)
answer=$made/${question%% *}
if [ ! -e "$answer" ]; then
	exec 9>"$answer.lock" && flock 9 || exit # one asks, and the others wait for the answer
fi
if [ ! -e "$answer" ]; then
	new=$(mktemp -d "$made/.XXXXXX") && mkdir "$new/tree" || exit
	"$npm" "$@" >"$new/out" 2>"$new/err" 9>&-
	echo $? >"$new/exit"
	for each in package.json package-lock.json node_modules; do
		[ ! -e $each ] || cp -a $each "$new/tree"
	done
	(cd "$new/tree" && manifests) | while read -r each; do general "$each" >"$new/tree/$each"; done
	for each in out err; do general -i "$new/$each"; done
	mv -T "$new" "$answer" || exit
fi
exec 9>&-
if [ "$1" = install ]; then
	cp -a "$answer/tree/." . && { [ -z "$fault" ] || unpack; }
	[ ! -d node_modules/pumuki/bin ] || quicken
	special -i $(manifests)
fi
special "$answer/out"
special "$answer/err" >&2
read -r code <"$answer/exit"
exit "$code"
