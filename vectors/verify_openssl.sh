#!/bin/sh
# Checks tran_token_v1.tsv with the openssl command (1.1.1 or 3) and coreutils alone.
#
#     sh verify_openssl.sh [FILE]             FILE is by default tran_token_v1.tsv in this folder
#
# A line of the file has five columns with tabs between them:
#
#     tcId    result    secret    token    body
#     12      valid     6b6579    KMV1:... hex:7b7d
#
# The result is valid or invalid, and the secret hex. The token is its text or hex:..., the body is
# hex:... or repeat:61:1048576.
#
# A token is valid if it has its one canonical form (S3.4, S3.5), and if its MAC is the HMAC-SHA256
# over the exact bytes of the body under the bytes of the secret (S3.2, S3.3). Shell patterns check
# the form, openssl computes the MAC.
#
# It prints each line on which file and script disagree, and the counts. The exit status is 1 on any
# disagreement.
set -u
LC_ALL=C # a range such as [0-9] is bytes, and ${#text} counts them
export LC_ALL

# Writes the bytes of a text in hex. The shell does it, because no decoder is in every coreutils.
write_hex() {
    rest=$1 format=
    while [ -n "$rest" ]; do
        after=${rest#??}
        byte=$((0x${rest%"$after"}))
        format="$format\\$((byte / 64))$((byte / 8 % 8))$((byte % 8))"
        rest=$after
    done
    # The format is made of octal escapes only: the one way to a NUL byte in every shell.
    # shellcheck disable=SC2059
    printf "$format"
}

# Writes the body that the last column describes.
write_body() {
    case $1 in
    repeat:*)
        times=${1##*:} byte=${1#repeat:}
        byte=$((0x${byte%:*}))
        head -c "$times" /dev/zero | tr '\000' "\\$((byte / 64))$((byte / 8 % 8))$((byte % 8))"
        ;;
    *) write_hex "${1#hex:}" ;;
    esac
}

# Whether a secret, in hex, is not empty and has no ASCII control character (S5.4). Secrets that break
# the rest of that rule fail by their MAC; a NUL at the end would not, because HMAC fills keys up
# with it.
is_secret() {
    rest=$1
    [ -n "$rest" ] || return 1
    while [ -n "$rest" ]; do
        after=${rest#??}
        case ${rest%"$after"} in [01]? | 7f) return 1 ;; esac
        rest=$after
    done
}

# Whether a token is KMV1:, 17 digits, :, and 44 characters of canonical base64 (S3.4, S3.5).
has_the_form() {
    [ "${#1}" -eq 67 ] || return 1
    case $1 in KMV1:?????????????????:*) ;; *) return 1 ;; esac
    mac=${1#KMV1:?????????????????:}
    time=${1#KMV1:}
    time=${time%":$mac"}
    case $time in *[!0-9]*) return 1 ;; esac
    case ${mac%=} in *[!A-Za-z0-9+/]*) return 1 ;; esac
    # 32 bytes leave two bits of the last character unused: canonical base64 has zeros there.
    case $mac in *[AEIMQUYcgkosw048]=) ;; *) return 1 ;; esac
    is_real_time "$time"
}

# Whether yyyyMMddHHmmssSSS is a date and time of the calendar.
is_real_time() {
    rest=$1
    take 4 && year=$number && take 2 && month=$number && take 2 && day=$number || return 1
    take 2 && hour=$number && take 2 && minute=$number && take 2 && second=$number || return 1
    case $month in
    1 | 3 | 5 | 7 | 8 | 10 | 12) days=31 ;;
    4 | 6 | 9 | 11) days=30 ;;
    2) days=28 && is_leap "$year" && days=29 ;;
    *) return 1 ;;
    esac
    [ "$year" -ge 1 ] && [ "$day" -ge 1 ] && [ "$day" -le "$days" ] || return 1
    [ "$hour" -le 23 ] && [ "$minute" -le 59 ] && [ "$second" -le 59 ]
}

is_leap() {
    [ $(($1 % 4)) -eq 0 ] && { [ $(($1 % 100)) -ne 0 ] || [ $(($1 % 400)) -eq 0 ]; }
}

# Moves 2 or 4 digits from the front of $rest into $number, without leading zeros, which would make
# it octal.
take() {
    case $1 in 2) after=${rest#??} ;; *) after=${rest#????} ;; esac
    number=${rest%"$after"} rest=$after
    while case $number in 0?*) true ;; *) false ;; esac do number=${number#0}; done
}

# The MAC of a body under a secret, in 44 characters of base64.
compute_mac() {
    write_body "$2" | openssl dgst -sha256 -mac HMAC -macopt "hexkey:$1" -binary | openssl base64 -A
}

# The verdict on a token, "valid" or "invalid": from the secret, the token's column and the body's.
verdict() {
    case $2 in
    # No variable of a shell can hold a NUL byte, and no token has one. A line feed at the end must
    # not get lost.
    hex:*) token=$(write_hex "${2#hex:}" | tr '\000' '?' && printf .) && token=${token%.} ;;
    *) token=$2 ;;
    esac
    if is_secret "$1" && has_the_form "$token" && [ "$(compute_mac "$1" "$3")" = "${token##*:}" ]; then
        echo valid
    else
        echo invalid
    fi
}

# Moves the next column of $line into $column. `read` would take two tabs for one, and lose an empty
# column.
next_column() {
    column=${line%%"$tab"*} line=${line#*"$tab"}
}

tab=$(printf '\t')
file=${1:-$(dirname "$0")/tran_token_v1.tsv}
command -v openssl >/dev/null || { echo "openssl is not installed" >&2 && exit 2; }
[ -r "$file" ] || { echo "$file cannot be read" >&2 && exit 1; }

tests=0 valid=0 disagreed=0
while IFS= read -r line || [ -n "$line" ]; do
    case $line in [!0-9]* | '') continue ;; esac # a heading
    next_column && id=$column
    next_column && result=$column
    next_column && secret=$column
    next_column && token=$column
    actual=$(verdict "$secret" "$token" "$line")
    tests=$((tests + 1))
    [ "$result" = valid ] && valid=$((valid + 1))
    if [ "$actual" != "$result" ]; then
        disagreed=$((disagreed + 1))
        echo "tran_token: tcId $id: expected $result, got $actual"
    fi
done <"$file"

counts="tests $tests, valid $valid, invalid $((tests - valid))"
echo "$counts, agreed $((tests - disagreed)), disagreed $disagreed"
[ "$tests" -gt 0 ] && [ "$disagreed" -eq 0 ]
