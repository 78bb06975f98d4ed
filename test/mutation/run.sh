#!/usr/bin/env bash
# Mutation testing: changes the code in small ways, one at a time, and looks whether a test notices. docs/internals/mutation.md explains it.
#
#   test/mutation/run.sh            the client's timeline, then the server's conversations
#   test/mutation/run.sh client     src/Parley.Client/Conversations/Timeline*.cs
#   test/mutation/run.sh server     src/Parley.Server/Conversations in two parts, what reads and what writes; on SQLite
#   test/mutation/run.sh server-reading, server-writing    one of these
#
# The last line says the scores, and the exit code is 0 when none is below 85 %. Reports and logs go to artifacts/mutation.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
exec </dev/null

export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 TESTINGPLATFORM_TELEMETRY_OPTOUT=1
# Without PostgreSQL its tests are skipped, except where CI says that all must run.
unset PARLEY_TEST_POSTGRES CI
readonly limit=${PARLEY_MUTATION_TIMEOUT:-4h}

say() { printf '%s\n' "$*"; }
give_up() { say "run.sh: $*" >&2; exit 1; }

targets=()
[ $# -gt 0 ] || set -- client server
for argument in "$@"; do
  case $argument in
    client) targets+=("client Parley.Client.Tests") ;;
    server) targets+=("server-reading Parley.Server.Tests" "server-writing Parley.Server.Tests") ;;
    server-reading | server-writing) targets+=("$argument Parley.Server.Tests") ;;
    *) give_up "unknown target $argument: client, server, server-reading or server-writing" ;;
  esac
done

mkdir -p artifacts/mutation
dotnet tool restore >artifacts/mutation/restore.log 2>&1 || { cat artifacts/mutation/restore.log >&2; give_up 'dotnet-stryker could not be restored'; }

status=0 scores=()
for each in "${targets[@]}"; do
  read -r target tests <<<"$each"
  output=$PWD/artifacts/mutation/$target
  rm -rf "$output"
  mkdir -p "$output"
  say "Mutating what $target.json names; $output/log says how far it is…"
  failed=0
  # Mutation is a property of the build, too: Directory.Build.props and the test projects look at it.
  (cd "test/$tests" && Mutation=$target nice timeout "$limit" \
    dotnet stryker --config-file "../mutation/$target.json" --output "$output" --skip-version-check) >"$output/log" 2>&1 || failed=1
  score=$(sed -n 's/.*The final mutation score is \([0-9.]* %\).*/\1/p' "$output/log")
  if [ -z "$score" ]; then
    tail -n 30 "$output/log" >&2
    score='none, it did not finish'
    failed=1
  fi
  [ "$failed" = 0 ] || status=1
  scores+=("$target $score")
  say "$target: $score. The mutants, and what became of each: $output/reports/mutation-report.html"
done

IFS=,
say "Mutation score: ${scores[*]}"
exit "$status"
