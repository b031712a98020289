# bash completion for inhaul(1)

# The apps: their files in the directory of --config, or of this account.
_inhaul_apps() {
    local directory file i
    directory=/etc/inhaul/$(id -un)
    [ -d "$directory" ] || directory=${XDG_CONFIG_HOME:-~/.config}/inhaul
    for ((i = 1; i < COMP_CWORD; i++)); do
        [ "${COMP_WORDS[i]}" != --config ] || directory=${COMP_WORDS[i + 1]}
    done
    for file in "$directory"/*.toml; do
        [ -e "$file" ] || continue
        file=${file##*/}
        printf '%s\n' "${file%.toml}"
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
            options='init run once deploy pause resume pin unpin rollback retry status why doctor history
                     show logs check demo version --version'
            ;;
        init)
            options='--repository --branch --name --account --unit --no-service --key --no-key --token-file
                     --setup-token --relay --no-relay --known-hosts --ca-file --api-url --user --dry-run
                     --yes -y --force --no-start'
            ;;
        once | check) apps=all ;;
        deploy) options='--to --wait --force --dry-run' apps=one ;;
        pause) options='--for --why' apps=one ;;
        resume | unpin) options='--why' apps=one ;;
        pin | rollback | retry) options='--why --wait' apps=one ;;
        status) options='--json --watch' apps=all ;;
        why) apps=one ;;
        doctor) options='--json' apps=one ;;
        history) options='--json --limit -n' apps=one ;;
        show) options='--json' ;;
        logs) options='--follow -f --lines -n --since' apps=one ;;
        demo) options='--keep' ;;
    esac
    [ "$apps" = no ] || options+=" $(_inhaul_apps)"
    options+=' --config --state --verbose -v --help -h'
    # Options only when one is begun, or nothing else can stand there.
    mapfile -t COMPREPLY < <(compgen -W "$options" -- "$current")
    if [[ $current != -* ]]; then
        local word words=()
        for word in "${COMPREPLY[@]}"; do
            [[ $word == -* ]] || words+=("$word")
        done
        COMPREPLY=("${words[@]}")
    fi
}
complete -F _inhaul inhaul
