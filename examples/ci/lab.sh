#!/usr/bin/env bash
# Runs PLANS (one a line, or a pattern) in the lab, keeps the runs in store/, and puts what plan-run says into
# GITHUB_STEP_SUMMARY. Its exit code is plan-run's: 0 where every verdict is the one that its plan expects.
set -euo pipefail

PATH="$PWD/node_modules/.bin:$PATH"
plans=()
while IFS= read -r line; do
  [ -z "${line// /}" ] || plans+=("$line")
done <<<"${PLANS:-}"
if [ "${#plans[@]}" -eq 0 ]; then
  echo '::error title=plan-run::PLANS names no plan.'
  exit 1
fi

said=$(mktemp)
trap 'rm -f "$said"' EXIT
status=0
plan-run "${plans[@]}" --env lab --store store | tee "$said" || status=${PIPESTATUS[0]}

# What it says may hold backticks, but hardly twenty in a row.
fence='````````````````````'
printf '%stext\n%s\n%s\n' "$fence" "$(tail -c 500000 "$said")" "$fence" >>"$GITHUB_STEP_SUMMARY"
exit "$status"
