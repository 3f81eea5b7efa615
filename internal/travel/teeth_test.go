package travel_test

// teeth are gates that break promises, each with the journeys that it fails and the line at which it does.
var teeth = []struct {
	name    string
	changes [][3]string
	bites   string
}{
	{"blind", blind, `
			commit-all: ! git commit --all -m 'feat: routes that log'
			commit-amend: ! git commit --amend --no-edit
			commit-path: ! git commit -m 'feat: routes that log' apps/backend/src/lockers/infrastructure/lockerRoutes.ts
			commit-subdirectory: ! git commit -m 'feat: lockers with faults'
			crlf: ! git commit -m 'feat: routes that log'
			detached-head: ! git commit -m 'feat: lockers with faults'
			downgrade: ! git commit -m 'feat: lockers with faults'
			hooks-mixed: ! git commit -m 'feat: lockers, some with faults'
			hooks-violations: ! git commit -m 'feat: lockers with faults'
			install-again: ! git commit -m 'feat: lockers with faults'
			names-beyond-ascii: ! git commit -m 'feat: routes that log'
			names-with-spaces: ! git commit -m 'feat: routes that log'
			push-forced: ! git push --force origin HEAD
			push-several: ! git push origin feature/matrix-good HEAD
			upgrade: ! git commit -m 'feat: lockers with faults'
			upgrade-without-scripts: ! git commit -m 'feat: lockers with faults'
			upgrade-workspace: ! git commit -m 'feat: lockers with faults'
			worktree: ! git commit -m 'feat: lockers with faults'
`},
	{"strict", strict, `
			commit-documents: git commit -m 'docs: notes on lockers'
			commit-empty: git commit --allow-empty -m 'chore: nothing at all'
			hooks-clean: git commit -m 'feat: lockers'
			push-tag: git push origin v1
`},
	{"moody", moody, `
			blocked-again: evidence -like=first pre-commit BLOCK
			passed-again: evidence -like=first pre-commit PASS
`},
	{"grudging", grudging, `
			blocked-mended: git commit -m 'feat: lockers'
`},
	{"reliant", reliant, `
			evidence-damaged: git commit -m 'feat: lockers'
			evidence-missing: git commit -m 'feat: lockers'
			evidence-of-another-branch: git commit -m 'feat: lockers'
`},
	{"meddling", meddling, `
			commit-cherry-pick: git cherry-pick feature/matrix-clean
			commit-merge: git merge --no-ff -m 'chore: merge lockers' feature/matrix-clean
			commit-rebase: git rebase feature/matrix-clean
`},
	{"anxious", anxious, `
			doctor: gate pumuki doctor
`},
	{"careless", careless, `
			ci-without-base: ! gate pumuki-ci
			exports: node exports.mjs
			hook-changed: said 'hook pre-commit(:| is) (missing|changed)'
			hook-framework: exists $WORK/ran
			hook-framework-push: grep ' refs/heads/feature/matrix-clean ' $WORK/ran
			hook-kept: exists $WORK/ran
			hook-removed: said 'hook pre-push(:| is) missing'
			hooks-path: ! git commit -m 'feat: lockers with faults'
			husky: ! git commit -m 'feat: lockers with faults'
			install-twice: unchanged once -except=.ai_evidence.json -except=.pumuki -except=.git/config
			json: json
			mcp-evidence: json -lines
			modules-tracked: ! gate pumuki install
			programs: node programs.cjs
			push-delete: git push origin --delete old
			push-first: ! git push origin HEAD
			push-upstream: ! git push origin HEAD
			remove: unchanged before -except=node_modules -except=package-lock.json
			session-stale: ! git commit -m 'feat: lockers'
			uninstall: unchanged before -except=node_modules -except=package.json -except=package-lock.json
			version: said $VERSION
			worktree-without-modules: ! exists $WORK/called
`},
}
