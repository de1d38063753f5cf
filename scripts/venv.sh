# Makes virtual environments. Sourced by the other scripts. VENV names the one to make, PYTHON the interpreter to use.

VENV=${VENV:-$root/.venv}

fail() {
    echo "error: $1" >&2
    exit 1
}

find_python() {
    for candidate in ${PYTHON:-python3 python3.14 python3.13 python3.12 python3.11 python}; do
        if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            echo "$candidate"
            return
        fi
    done
    fail "no Python 3.11 or newer found: install one, or name it: PYTHON=/path/to/python3 $0"
}

# make_venv DIRECTORY FILE ARGUMENT...: makes the environment and installs what the arguments tell pip. A second call
# does nothing, unless FILE has changed or PYTHON is of another version.
make_venv() {
    venv=$1 file=$2
    shift 2
    installed=$venv/.installed
    python=$(find_python) || exit 1
    if [ ! -x "$venv/bin/pip" ] || { [ "${PYTHON:-}" ] && [ "$("$venv/bin/python" -V)" != "$("$python" -V)" ]; }; then
        "$python" -c 'import venv, ensurepip' 2>/dev/null ||
            fail "this Python cannot make virtual environments: install its venv module (Debian, Ubuntu: sudo apt install python3-venv)"
        "$python" -m venv --clear "$venv" || fail "cannot make $venv: see above"
    elif [ "$file" -nt "$installed" ]; then
        rm -f "$installed"
    elif grep -qxFe "$*" "$installed" 2>/dev/null; then
        return
    fi
    echo "installing into ${venv#"$root/"}" >&2
    "$venv/bin/pip" install --quiet --disable-pip-version-check "$@" >&2 || fail "pip could not install everything: see above"
    echo "$*" >>"$installed"
}
