#!/usr/bin/env bash
# Uploads 200 MB with the unmodified tus-js-client, through 20 killed connections and 3 killed servers, and compares what is stored and fetched.
#
#   test/tus/run.sh
#
# Needs node and npm, which get the client into a temporary folder. The last line is the verdict.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
work=$(mktemp -d "${TMPDIR:-/tmp}/parley-tus.XXXXXX")
trap 'rm -rf "$work"' EXIT
dotnet build src/Parley/Parley.csproj -c Release -v quiet >"$work/build.log" 2>&1 || { tail -n 20 "$work/build.log" >&2; exit 1; }
cp test/tus/upload.mjs "$work/"
(cd "$work" && npm init -y >/dev/null && npm install --no-audit --no-fund tus-js-client@4.3.1 >/dev/null)
node "$work/upload.mjs" "$PWD/artifacts/bin/Parley/release/parley.dll" "$work"
