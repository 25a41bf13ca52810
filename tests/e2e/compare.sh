# selvage compare: the keys that differ, measures side by side with marks, JSON and a page.
. "$(dirname "$0")/../support/e2e.sh"

cat >model.json <<'END'
{ "name": "small", "input": {"shape": [12, 12, 1]},
  "layers": [
    {"type": "Conv2D", "name": "enc", "filters": 4, "kernel_size": 3, "strides": 2, "padding": "same", "activation": "relu"},
    {"type": "Conv2DTranspose", "name": "dec", "filters": 1, "kernel_size": 4, "strides": 2, "padding": "same"} ] }
END
cat >config.json <<'END'
{ "model": "model.json", "seed": 1, "data": {"source": "synthetic", "samples": 64, "validation_split": 0.25}, "batch_size": 8,
  "samples": 2, "optimizer": "adam" }
END
exits() { local code=$1; shift; "$@" >"$notes/out" 2>"$notes/err"; [ $? = "$code" ]; }
says() { if grep -q -e "$2" "$notes/$3"; then ok "$1"; else not_ok "$1" "no '$2' in: $(cat "$notes/$3")"; fi; }

"$SELVAGE" train config.json epochs=1 --out "a run" >"$notes/log" 2>&1
"$SELVAGE" train config.json epochs=30 optimizer.learning_rate=0.01 model.layers.enc.filters=6 --out b >"$notes/log" 2>&1
cp -r b c
check "three runs" exits 0 "$SELVAGE" compare "a run" b c
says "a key that differs" '^optimizer.learning_rate  *0.001  *0.01  *0.01 *$' out
says "of a layer, by its name" '^model.layers.enc.filters  *4  *6  *6 *$' out
says "epochs" '^epochs  *1  *30  *30 *$' out
check "keys that are the same are not shown" [ "$(grep -c '^batch_size' "$notes/out")" = 0 ]
says "a difference beyond the errors is marked" '^val_mse .* +- .* +- .* \*  *[0-9.]* +- .* \*' out
b=$(tail -1 b/metrics.csv | cut -d, -f4)
says "the last epoch's loss" "^val_loss .* $(printf %.5g "$b")" out
check "a run and itself" exits 0 "$SELVAGE" compare b c
says "the same configs" 'the configs are the same' out
check "no marks" [ "$(grep -c ' \* *$' "$notes/out")" = 0 ]
check "JSON and a page" exits 0 "$SELVAGE" compare "a run" b --json --html page.html
if command -v python3 >/dev/null; then
    check "the JSON can be read" python3 -c '
import json, math, sys
d = json.load(open(sys.argv[1]))
a, b = d["measures"]["val_mse"]
t = (b["value"] - a["value"]) / math.hypot(a["se"], b["se"])
assert abs(math.erfc(abs(t) / math.sqrt(2)) - b["p"]) <= 1e-6 * b["p"], (t, b["p"])
assert d["config"]["epochs"] == ["1", "30"] and d["runs"] == ["a run", "b"]' "$notes/out"
fi
check "the page stands alone" [ "$(grep -c -e '<script' -e 'src="http' -e 'href="http' page.html)" = 0 ]
check "the page has curves and pictures" grep -q 'data:image/png' page.html
check "one run is too few" exits 2 "$SELVAGE" compare b
check "no run folder" exits 2 "$SELVAGE" compare b "$notes"
mkdir young && cp b/config.json young
check "a run without an epoch" exits 2 "$SELVAGE" compare b young
says "is named" 'young: no epoch' err
check "a page that cannot be written" exits 1 "$SELVAGE" compare b c --html nowhere/page.html
