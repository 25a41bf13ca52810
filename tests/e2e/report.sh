#!/bin/bash
# report.html from the command line: after training, written again, without data, without a run.
. "$(dirname "$0")/../support/e2e.sh"
small() { "$SELVAGE" train data.samples=48 batch_size=16 samples=2 "$@"; }
exits() { "${@:2}" >"$notes/out" 2>"$notes/err"; [ $? = "$1" ]; }
says() { grep -q "$1" "$notes/err"; }

check "train" exits 0 small epochs=2 --out run
check "train writes report.html" [ -s run/report.html ]
check "it ends" [ "$(tail -n 1 run/report.html)" = "</html>" ]
check "no script, nothing fetched" [ "$(grep -ciE '<script|https?:|url\(|@import' run/report.html)" = 0 ]
cp run/report.html first.html
find run -type f ! -name report.html -exec sha256sum {} + | sort >"$notes/before"
for threads in 1 2; do
    rm run/report.html
    check "report, $threads threads" exits 0 "$SELVAGE" report run --threads $threads
    check "the same bytes, $threads threads" cmp -s run/report.html first.html
done
check "it prints where" [ "$(cat "$notes/out")" = run/report.html ]
check "nothing else is changed" cmp -s "$notes/before" <(find run -type f ! -name report.html -exec sha256sum {} + | sort)

check "--no-report" exits 0 small epochs=1 --out quiet --no-report
check "then there is none" [ ! -e quiet/report.html ]
check "resumed with a report" exits 0 small epochs=2 --out quiet --resume
check "the same as of a run that had it always" cmp -s quiet/report.html first.html

npy '|u1' '40, 28, 28, 1' $((40 * 28 * 28)) >x.npy
check "a run on a file" exits 0 small 'data={"source": "npy", "path": "x.npy"}' epochs=1 --out file
rm x.npy
check "its data gone" exits 0 "$SELVAGE" report file
check "a note says so" says "note: .*x.npy"
check "the page says so" grep -q "could not be read" file/report.html
check "what is left is there" grep -q 'id="learning"' file/report.html
check "what needs data is not" [ "$(grep -c 'id="reconstructions"' file/report.html)" = 0 ]

mkdir empty
check "no run" exits 2 "$SELVAGE" report empty
check "says what is missing" says "empty: expected a run folder"
check "no folder" exits 2 "$SELVAGE" report nowhere
check "no argument" exits 2 "$SELVAGE" report
chmod a-w run
[ "$(id -u)" = 0 ] || check "a folder that cannot be written" exits 1 "$SELVAGE" report run
