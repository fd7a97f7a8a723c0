#!/usr/bin/env bash
# Reviews pull request PULL_REQUEST against the branch BASE, from git's objects: nothing of it is checked out or run.
#
# In: PULL_REQUEST, BASE; PLANS (paths or patterns of git, one a line), REHEARSE (true or false), SEEDS, TIME.
# Out, to GITHUB_OUTPUT: status (plan-run's exit code); where there is a review, folder (review.md, .sarif, .json) and
# commit (what was reviewed). Annotations go to stdout, the review to GITHUB_STEP_SUMMARY. It fails only where a review could
# not be made, so that the steps behind it can post one that found errors.
set -euo pipefail

fail() {
  echo "::error title=plan-run::$1"
  exit 1
}

case "${PULL_REQUEST:-}" in
  '' | *[!0-9]*) fail 'PULL_REQUEST must be the number of a pull request: does the workflow run for one?' ;;
esac
[ -n "${BASE:-}" ] || fail 'BASE must be the branch that the pull request goes to.'

PATH="$PATH:$PWD/node_modules/.bin"
command -v plan-run >/dev/null || fail 'There is no plan-run: run npm ci before, or give the action a version to install.'

head="origin/pull/$PULL_REQUEST"
git fetch --quiet --no-tags --no-recurse-submodules origin "+refs/pull/$PULL_REQUEST/head:refs/remotes/$head"
commit=$(git rev-parse --verify "refs/remotes/$head^{commit}")
folder=$(mktemp -d "${RUNNER_TEMP:-/tmp}/plan-run-review-XXXXXX")

arguments=(
  --base "origin/$BASE"
  --head "$head"
  --format github
  --output "markdown=$folder/review.md"
  --output "sarif=$folder/review.sarif"
  --output "json=$folder/review.json"
)
if [ "${REHEARSE:-true}" = true ]; then
  arguments+=(--rehearse --seeds "${SEEDS:-1..50}" --time "${TIME:-5m}")
fi
plans=()
while IFS= read -r line; do
  [ -z "${line// /}" ] || plans+=("$line")
done <<<"${PLANS:-}"

status=0
plan-run review "${arguments[@]}" -- ${plans[@]+"${plans[@]}"} || status=$?

echo "status=$status" >>"$GITHUB_OUTPUT"
# 0 accepted, 1 verdicts that are not expected, 65 a plan refused: reviews all of them. Others have said on stderr why there is none.
case "$status" in
  0 | 1 | 65) ;;
  *) fail "plan-run review ended with exit code $status; see the log above." ;;
esac
{
  echo "folder=$folder"
  echo "commit=$commit"
} >>"$GITHUB_OUTPUT"

# A summary may have a megabyte.
if [ "$(wc -c <"$folder/review.md")" -lt 1000000 ]; then
  cat "$folder/review.md" >>"$GITHUB_STEP_SUMMARY"
else
  echo "The review is too long to be shown here; \`plan-run review\` prints it." >>"$GITHUB_STEP_SUMMARY"
fi
