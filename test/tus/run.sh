#!/usr/bin/env bash
# Uploads with the unmodified tus-js-client, through killed connections and killed servers, and compares what is stored and fetched.
#
#   test/tus/run.sh                          200 MB, 20 connections and 3 servers killed, on SQLite
#   test/tus/run.sh postgres                 the same on PostgreSQL: on that of PARLEY_TEST_POSTGRES, in a database of its own
#   test/tus/run.sh sqlite 40 8 1            40 MB, 8 connections, 1 server
#
# Needs node and npm, which get the client. The last line is the verdict.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
work=$(mktemp -d "${TMPDIR:-/tmp}/parley-tus.XXXXXX")
trap 'rm -rf "$work"' EXIT
# test.sh has built it, and runs tests on it.
[ "${PARLEY_IS_BUILT:-}" = yes ] || dotnet build src/Parley/Parley.csproj -c Release -v quiet >"$work/build.log" 2>&1 || { tail -n 20 "$work/build.log" >&2; exit 1; }
cp test/tus/upload.mjs test/node/package.json test/node/package-lock.json "$work/"
if [ -d artifacts/test-node/node_modules ]; then ln -s "$PWD/artifacts/test-node/node_modules" "$work/node_modules"
else (cd "$work" && npm ci --ignore-scripts --no-audit --no-fund >/dev/null); fi
node "$work/upload.mjs" "$PWD/artifacts/bin/Parley/release/parley.dll" "$work" "${1:-sqlite}" "${2:-200}" "${3:-20}" "${4:-3}"
