#!/bin/sh
# Written by `nexus hooks install`, which writes it anew when it is run again; `nexus hooks uninstall` deletes it.
# Starts Nexus in the background when a commit, a merge or a checkout changed tasks.yml. Whoever runs it waits for at
# most a few git commands, and whatever is broken, it ends with 0.
#
# usage: sh hook.sh <hook> [what git gives the hook]

# The switch-off, the guard around everything that Nexus itself starts, and machines without a person.
[ "${NEXUS_OVERSEER:-}" != 0 ] || exit 0
[ -z "${NEXUS_OVERSEER_CHECK:-}" ] || exit 0
case ${CI:-} in '' | 0 | [Ff]alse | FALSE) ;; *) exit 0 ;; esac

event=${1:-}
case $event in
  post-commit)
    set -- --root --diff-merges=first-parent HEAD
    ;;
  post-merge)
    # A squash merge has not committed anything yet.
    [ "${2:-0}" != 1 ] || exit 0
    set -- ORIG_HEAD HEAD
    ;;
  post-checkout)
    # Neither files that are checked out, nor a new branch on the same commit.
    [ "${4:-0}" = 1 ] && [ "${2:-}" != "${3:-}" ] || exit 0
    set -- "$2" "$3"
    ;;
  *) exit 0 ;;
esac
changed=$(git diff-tree -r --no-commit-id --name-only "$@" -- tasks.yml 2>/dev/null </dev/null) || exit 0
[ -n "$changed" ] || exit 0

# From here on tasks.yml did change.
places=$(git rev-parse --path-format=absolute --git-dir --git-common-dir 2>/dev/null) || exit 0
git_dir=${places%%
*}
common_dir=${places#*
}
# In the middle of a rebase, a row of picks or a bisection; or in a worktree of Nexus's own.
for sign in rebase-merge rebase-apply sequencer BISECT_LOG nexus-overseer.json; do
  [ ! -e "$git_dir/$sign" ] || exit 0
done
# A ref, which need not be a file.
if git rev-parse --quiet --verify CHERRY_PICK_HEAD >/dev/null 2>&1; then exit 0; fi
if [ "$event" = post-checkout ]; then
  # `git rebase --apply` checks out before it leaves any other sign.
  case $(git log -g -1 --no-show-signature --format=%gs HEAD -- 2>/dev/null) in rebase* | pull*) exit 0 ;; esac
fi

node={{node}}
cli={{cli}}
say() {
  printf 'nexus: %s\n' "$1" >&2
}

log=$common_dir/nexus/hook.log
if ! (: >>"$log") 2>/dev/null; then
  say "tasks.yml changed, but no run was started: $log cannot be written."
  exit 0
fi
# Clients with windows often have no Node on their PATH, so the one that installed this is tried first.
if [ -f "$cli" ] && [ -x "$node" ]; then
  set -- "$node" "$cli"
elif [ -f "$cli" ] && command -v node >/dev/null 2>&1; then
  set -- node "$cli"
elif command -v nexus >/dev/null 2>&1; then
  set -- nexus
else
  say "tasks.yml changed, but no run was started: neither $cli nor nexus on the PATH is there (nexus hooks install)."
  exit 0
fi
# Nothing of git's may be held open: a program that reads git's output would wait for it.
("$@" hooks run "$event" "$git_dir" </dev/null >>"$log" 2>&1 &)
exit 0
