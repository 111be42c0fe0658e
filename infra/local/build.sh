#!/bin/sh
# Builds dist/local/stack and shows how far it is: without a word, the first build looks as if it hung.
set -eu
packages=$(go list -deps ./infra/local | wc -l) # it downloads what is missing, and says so
if [ -x dist/local/stack ]; then
	echo "compiling what has changed …"
else
	echo "compiling the five functions, both simulators and the page into dist/local/stack:"
	echo "up to $packages packages; the first time takes one to three minutes, later ones seconds"
fi
log=$(mktemp)
trap 'rm -f "$log"' EXIT
# go build -v prints each package that it compiles; everything else is for the reader.
{ go build -v -o dist/local/stack ./infra/local 2>&1 || echo failed >"$log"; } | awk -v all="$packages" -v tty="$([ -t 1 ] && echo 1)" '
	/^[a-zA-Z0-9._\/-]+$/ { n++; if (tty) printf "\r  %d of at most %d packages ", n, all; else if (n % 50 == 0) print "  " n " packages" ; fflush(); next }
	{ if (tty && n) printf "\r"; print; fflush() }
	END { if (n) printf "%s  compiled %d packages               \n", tty ? "\r" : "", n }'
[ ! -s "$log" ]
