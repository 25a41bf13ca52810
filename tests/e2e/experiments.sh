# The three experiments that this project began with: what `explain` says of them is what Keras does (the numbers are Keras's own, or
# follow by hand from its formulas).
. "$(dirname "$0")/../support/e2e.sh"

# explains NAME: $notes/text and $notes/json.
explains() {
    "$SELVAGE" explain "$root/configs/experiments/$1.json" >"$notes/text" 2>"$notes/err"
    check "explain configs/experiments/$1.json" test $? = 0 -a ! -s "$notes/err"
    "$SELVAGE" explain "$root/configs/experiments/$1.json" --json >"$notes/json"
    check "$1: 100 columns" awk 'length > 100 { exit 1 }' "$notes/text"
}
# has NAME TEXT: in the JSON, on one line.
has() { if grep -qF -- "$2" "$notes/json"; then ok "$1"; else not_ok "$1" "no '$2' in: $(cat "$notes/json")"; fi; }
# number LAYER KEY LOW HIGH: a layer's number in the JSON lies between them.
number() {
    local value
    value=$(grep -F "\"name\": \"$1\", " "$notes/json" | sed "s/.*\"$2\": \([-0-9.e]*\).*/\1/")
    check "$1: $2 from $3 to $4" awk -v x="$value" -v low="$3" -v high="$4" 'BEGIN { exit !(x != "" && x >= low && x <= high) }'
}

explains shapes
has "stride 1: 4x4 stays 4x4" '"name": "stride1", "type": "Conv2DTranspose", "output_shape": [4,4,1]'
has "stride 1: one pixel cropped on every side" '"padding": [[1,1],[1,1]], "overlap": {"rows": [2, 3, 3, 2], "columns": [2, 3, 3, 2]}'
has "stride 2: 4x4 becomes 8x8" '"name": "stride2", "type": "Conv2DTranspose", "output_shape": [8,8,1]'
has "stride 2: the odd pixel is cropped at the end" '"padding": [[0,1],[0,1]], "overlap": {"rows": [1, 1, 2, 1, 2, 1, 2, 1]'
has "stride 2: where PyTorch's numbers lie" 'crop [[0,1],[0,1]]; PyTorch'"'"'s padding=1, output_padding=1 would crop [[1,0],[1,0]]: the picture moves by one pixel'

explains same_or_valid
has "same: 5x5 becomes 10x10" '"name": "same", "type": "Conv2DTranspose", "output_shape": [10,10,1]'
has "valid: 5x5 becomes 11x11" '"name": "valid", "type": "Conv2DTranspose", "output_shape": [11,11,1]'
has "valid: the whole overlap map" '"overlap": {"rows": [1, 1, 2, 1, 2, 1, 2, 1, 2, 1, 1]'
has "valid without its last pixels is same" '"name": "cropped", "type": "Cropping2D", "output_shape": [10,10,1]'

explains same_or_valid_down
has "down, same: 5x5 becomes 3x3" '"name": "same", "type": "Conv2D", "output_shape": [3,3,1]'
has "down, same: one pixel of padding on every side" '"padding": [[1,1],[1,1]], "overlap": {"rows": [2, 3, 2]'
has "down, valid: 5x5 becomes 2x2" '"name": "valid", "type": "Conv2D", "output_shape": [2,2,1]'

# Inside, q = variance x 32 channels x 9/4 taps. An axis of 32 pixels has the counts 1 1 2 1 2 ... 2 1: 47 taps where the inside has 48.
explains initialization
border=$(awk 'BEGIN { print (47 / 48) ^ 2 }')
expect() { # LAYER VARIANCE: expected within 1e-4, drawn within 5 %
    local rms
    rms=$(awk -v v="$2" -v b="$border" 'BEGIN { print sqrt(v * 72 * b) }')
    number "$1" expected_rms "$(awk -v r="$rms" 'BEGIN { print r * .9999 }')" "$(awk -v r="$rms" 'BEGIN { print r * 1.0001 }')"
    number "$1" drawn_rms "$(awk -v r="$rms" 'BEGIN { print r * .95 }')" "$(awk -v r="$rms" 'BEGIN { print r * 1.05 }')"
    number "$1" drawn_mean -0.05 0.05
}
expect default .0046296296 # 2 / (144 + 288)
expect glorot .0046296296
expect he .0138888889      # 2 / 144: Keras counts the output's channels
expect he_true .0277777778 # 2 / 72: what a pixel sums
check "initialization: its explanation" grep -q "he_normal, Keras's fans 144 in, 288 out" "$notes/text"

"$SELVAGE" explain "$root/models/unet_small.json" --html page.html >/dev/null 2>"$notes/err"
check "explain --html: a page" test $? = 0 -a ! -s "$notes/err" -a -s page.html
check "explain --html: with its maps" grep -q "Overlap of the decoder" page.html
check "explain --html: without scripts and without anything from elsewhere" test "$(grep -ciE '<script|src="http|href="http|url\(http' page.html)" = 0
"$SELVAGE" explain "$root/models/unet_small.json" --html nowhere/page.html >/dev/null 2>"$notes/err"
check "explain --html: a folder that is not there" test $? = 1 -a -s "$notes/err"
