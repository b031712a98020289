# SPDX-License-Identifier: Apache-2.0
# bash completion for inhaul(1)

# The account that will run inhaul: the one of `sudo -u`, root with plain sudo, else the user. The
# completion of sudo has the whole line in `words`; COMP_WORDS begins with inhaul.
_inhaul_account() {
    local i
    case ${words[0]-} in
        sudo | */sudo) ;;
        *)
            id -un
            return
            ;;
    esac
    for ((i = 1; i < ${#words[@]}; i++)); do
        case ${words[i]} in
            -u | --user)
                printf '%s\n' "${words[i + 1]}"
                return
                ;;
            --user=*)
                printf '%s\n' "${words[i]#*=}"
                return
                ;;
            -u?*)
                printf '%s\n' "${words[i]#-u}"
                return
                ;;
            inhaul | */inhaul) break ;;
        esac
    done
    echo root
}

# The names of the settings files in a directory, after $2.
_inhaul_files() {
    local file
    for file in "$1"/*.toml; do
        [ -e "$file" ] || continue
        file=${file##*/}
        printf '%s%s\n' "${2-}" "${file%.toml}"
    done
}

# The apps: the settings files in the directory of --config, or in the account's directory. Root gets
# those of all accounts, as ACCOUNT/APP.
_inhaul_apps() {
    local account directory home i
    for ((i = 1; i < COMP_CWORD; i++)); do
        if [ "${COMP_WORDS[i]}" = --config ]; then
            _inhaul_files "${COMP_WORDS[i + 1]}"
            return
        fi
    done
    account=$(_inhaul_account)
    if [ "$account" != root ]; then
        directory=/etc/inhaul/$account
        home=${XDG_CONFIG_HOME:-~/.config}
        [ "$account" = "$(id -un)" ] || home=$(getent passwd "$account" | cut -d: -f6)/.config
        [ -d "$directory" ] || directory=$home/inhaul
        _inhaul_files "$directory"
        return
    fi
    for directory in /etc/inhaul/*/; do
        directory=${directory%/}
        _inhaul_files "$directory" "${directory##*/}/"
    done
    while IFS=: read -r account _ _ _ _ home _; do
        _inhaul_files "$home/.config/inhaul" "$account/"
    done < <(getent passwd)
}

# The apps to offer for the typed word: APP where that is unique, else ACCOUNT/APP. A word with a
# slash gets ACCOUNT/APP.
_inhaul_names() {
    local name short
    local -A seen=()
    local -a all=()
    mapfile -t all < <(_inhaul_apps)
    for name in "${all[@]}"; do
        short=${name#*/}
        seen[$short]=$((${seen[$short]:-0} + 1))
    done
    for name in "${all[@]}"; do
        short=${name#*/}
        if [[ $1 == */* || ${seen[$short]} -gt 1 ]]; then
            printf '%s\n' "$name"
        else
            printf '%s\n' "$short"
        fi
    done
}

_inhaul() {
    local current=$2 previous=$3 command='' options='' apps=no i
    COMPREPLY=()
    case $previous in
        --config | --state)
            mapfile -t COMPREPLY < <(compgen -d -- "$current")
            return
            ;;
        --key | --token-file | --setup-token | --known-hosts | --ca-file)
            mapfile -t COMPREPLY < <(compgen -f -- "$current")
            return
            ;;
        --account)
            mapfile -t COMPREPLY < <(compgen -u -- "$current")
            return
            ;;
        --repository | --branch | --name | --unit | --relay | --api-url) return ;;
        --to | --wait | --why | --for | --since | --limit | --lines | -n) return ;;
    esac
    for ((i = 1; i < COMP_CWORD; i++)); do
        case ${COMP_WORDS[i]} in
            --config | --state) ((i++)) ;;
            -*) ;;
            *)
                command=${COMP_WORDS[i]}
                break
                ;;
        esac
    done
    case $command in
        '')
            options='init remove run once deploy pause resume pin unpin rollback retry status why doctor
                     history show logs metrics page check notify demo version --version'
            ;;
        init)
            options='--repository --branch --name --account --unit --no-service --trigger-unit --key --no-key
                     --token-file --setup-token --relay --no-relay --known-hosts --ca-file --api-url --user --timer
                     --dry-run --yes -y --force --no-start'
            ;;
        remove) options='--setup-token --user --dry-run --yes -y' apps=one ;;
        once | check) apps=all ;;
        deploy) options='--to --wait --force --again --dry-run' apps=one ;;
        pause) options='--for --why' apps=one ;;
        resume | unpin) options='--why' apps=one ;;
        pin | rollback | retry) options='--why --wait' apps=one ;;
        status) options='--json --watch --exit-zero' apps=all ;;
        why) apps=one ;;
        doctor) options='--json' apps=one ;;
        history) options='--json --limit -n' apps=one ;;
        show) options='--json' ;;
        logs) options='--follow -f --lines -n --since' apps=one ;;
        notify) options='--test' ;;
        demo) options='--keep' ;;
    esac
    [ "$apps" = no ] || options+=" $(_inhaul_names "$current")"
    options+=' --config --state --verbose -v --help -h'
    # Offer options only for a word that begins with a dash.
    mapfile -t COMPREPLY < <(compgen -W "$options" -- "$current")
    if [[ $current != -* ]]; then
        local word offered=()
        for word in "${COMPREPLY[@]}"; do
            [[ $word == -* ]] || offered+=("$word")
        done
        COMPREPLY=("${offered[@]}")
    fi
}
complete -F _inhaul inhaul
