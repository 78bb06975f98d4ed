#!/usr/bin/env bash
# Lives of a few devices and a server on one thread, in an order that a seed decides, and the verdict on what was promised to them.
# docs/internals/simulation.md explains it. The exit code is the verdict.
#
#   test/chaos/simulate.sh                   10,000 lives, and each planted mistake must be found; takes about a minute
#   test/chaos/simulate.sh --seeds 500       so many
#       --from 20000                         … from this seed on
#   test/chaos/simulate.sh --seed 4711       one life, and everything that broke in it
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
exec </dev/null

export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1

say() { printf '%s\n' "$*"; }
give_up() { say "simulate.sh: $*" >&2; exit 1; }

say 'Building…'
mkdir -p artifacts
dotnet build test/chaos/Parley.Simulation -c Release -v quiet >artifacts/simulate-build.log 2>&1 || { tail -n 30 artifacts/simulate-build.log >&2; give_up 'it does not build'; }

readonly program=artifacts/bin/Parley.Simulation/release/Parley.Simulation
if [[ " $* " == *' --seed '* ]]; then exec "$program" "$@"; fi
exec "$program" "$@" --planted
