# fish completion for inhaul(1)

# The names of the settings files in a directory, after $argv[2].
function __inhaul_files
    for file in $argv[1]/*.toml
        echo $argv[2](basename $file .toml)
    end
end

# The apps of all accounts, as ACCOUNT/APP.
function __inhaul_all_apps
    for directory in $argv[1]/*/
        __inhaul_files $directory (basename $directory)/
    end
    for line in (getent passwd)
        set -l entry (string split : -- $line)
        __inhaul_files $entry[6]/.config/inhaul $entry[1]/
    end
end

# The apps: their files in the directory of --config, or of this account; for root those of all
# accounts, as APP where that alone tells which is meant. Behind sudo as well: for which account it
# is, is not to be known here.
function __inhaul_apps
    set -l words (commandline -opc)
    if set -l at (contains -i -- --config $words); and test (count $words) -gt $at
        __inhaul_files $words[(math $at + 1)]
        return
    end
    set -l behind_sudo no
    status stack-trace | string match -q '*__fish_complete_subcommand*'; and set behind_sudo yes
    if test (id -u) != 0; and test $behind_sudo = no
        set -l directory /etc/inhaul/(id -un)
        test -d $directory; or set directory (set -q XDG_CONFIG_HOME; and echo $XDG_CONFIG_HOME; or echo ~/.config)/inhaul
        __inhaul_files $directory
        return
    end
    set -l all (__inhaul_all_apps /etc/inhaul)
    set -l names (string replace -r '^[^/]*/' '' -- $all)
    for i in (seq (count $all))
        set -l unique no
        test (count (string match -- $names[$i] $names)) = 1; and set unique yes
        test $unique = yes -o $behind_sudo = yes; and echo $names[$i]
        test $unique = no; or string match -q '*/*' -- (commandline -ct); and echo $all[$i]
    end
end

set -l of_an_app remove deploy pause resume pin unpin rollback retry why doctor history logs once check status
complete -c inhaul -f
complete -c inhaul -l config -r -a '(__fish_complete_directories)' -d "The directory of the apps' TOML files"
complete -c inhaul -l state -r -a '(__fish_complete_directories)' -d 'The directory of the ledger'
complete -c inhaul -s v -l verbose -d 'Log details as well'
complete -c inhaul -s h -l help -d 'Say what it takes'
complete -c inhaul -n __fish_use_subcommand -l version -d 'Print the version'
complete -c inhaul -n __fish_use_subcommand -a init -d 'Set an app up'
complete -c inhaul -n __fish_use_subcommand -a remove -d 'Take an app out'
complete -c inhaul -n __fish_use_subcommand -a run -d 'Watch every app and deploy each push'
complete -c inhaul -n __fish_use_subcommand -a once -d 'Ask once, deploy what is new, and end'
complete -c inhaul -n __fish_use_subcommand -a deploy -d 'Deploy one app now'
complete -c inhaul -n __fish_use_subcommand -a pause -d 'Deploy nothing until resume'
complete -c inhaul -n __fish_use_subcommand -a resume -d 'End a pause'
complete -c inhaul -n __fish_use_subcommand -a pin -d 'Stay on a commit'
complete -c inhaul -n __fish_use_subcommand -a unpin -d 'Follow the branch again'
complete -c inhaul -n __fish_use_subcommand -a rollback -d 'Deploy what was live before'
complete -c inhaul -n __fish_use_subcommand -a retry -d 'Lift the quarantine, and deploy the head'
complete -c inhaul -n __fish_use_subcommand -a status -d 'What is live, and whether that is the head'
complete -c inhaul -n __fish_use_subcommand -a why -d 'Why that is live, and what happens next'
complete -c inhaul -n __fish_use_subcommand -a doctor -d 'Look for what keeps an app from being deployed'
complete -c inhaul -n __fish_use_subcommand -a history -d 'The deployments, newest first'
complete -c inhaul -n __fish_use_subcommand -a show -d 'One deployment'
complete -c inhaul -n __fish_use_subcommand -a logs -d 'What the journal has of one app'
complete -c inhaul -n __fish_use_subcommand -a check -d 'The effective settings, or everything that is wrong'
complete -c inhaul -n __fish_use_subcommand -a demo -d 'Show it all at work on a throwaway app'
complete -c inhaul -n __fish_use_subcommand -a version -d 'Print the version'
complete -c inhaul -n "__fish_seen_subcommand_from $of_an_app" -a '(__inhaul_apps)'
complete -c inhaul -n '__fish_seen_subcommand_from init' -a '(__fish_complete_directories)' -d 'The app\'s directory'
complete -c inhaul -n '__fish_seen_subcommand_from init' -l repository -x -d 'owner/name or a URL'
complete -c inhaul -n '__fish_seen_subcommand_from init' -l branch -x -d 'The branch'
complete -c inhaul -n '__fish_seen_subcommand_from init' -l name -x -d 'What the app is called'
complete -c inhaul -n '__fish_seen_subcommand_from init' -l account -x -a '(__fish_complete_users)' -d 'Who deploys it'
complete -c inhaul -n '__fish_seen_subcommand_from init' -l unit -x -d 'Its unit'
complete -c inhaul -n '__fish_seen_subcommand_from init' -l no-service -d 'Nothing is restarted'
complete -c inhaul -n '__fish_seen_subcommand_from init' -l key -rF -d 'An ssh key that there is'
complete -c inhaul -n '__fish_seen_subcommand_from init' -l no-key -d 'No ssh key'
complete -c inhaul -n '__fish_seen_subcommand_from init' -l token-file -rF -d 'A token that may read it'
complete -c inhaul -n '__fish_seen_subcommand_from init' -l timer -d 'A timer in place of an agent'
complete -c inhaul -n '__fish_seen_subcommand_from remove' -l setup-token -rF -d 'A token that may change its settings'
complete -c inhaul -n '__fish_seen_subcommand_from remove' -l user -d 'An app of your own account'
complete -c inhaul -n '__fish_seen_subcommand_from remove' -l dry-run -d 'Only show what would be removed'
complete -c inhaul -n '__fish_seen_subcommand_from remove' -s y -l yes -d 'Ask nothing'
complete -c inhaul -n '__fish_seen_subcommand_from init' -l setup-token -rF -d 'A token that may change its settings'
complete -c inhaul -n '__fish_seen_subcommand_from init' -l relay -x -d 'A relay\'s channel, or its server'
complete -c inhaul -n '__fish_seen_subcommand_from init' -l no-relay -d 'No relay'
complete -c inhaul -n '__fish_seen_subcommand_from init' -l known-hosts -rF -d 'Keys of its ssh server'
complete -c inhaul -n '__fish_seen_subcommand_from init' -l ca-file -rF -d 'The authority of its https server'
complete -c inhaul -n '__fish_seen_subcommand_from init' -l api-url -x -d 'The REST API of an Enterprise server'
complete -c inhaul -n '__fish_seen_subcommand_from init' -l user -d 'For your own account, without root'
complete -c inhaul -n '__fish_seen_subcommand_from init' -l dry-run -d 'Only show what would be written'
complete -c inhaul -n '__fish_seen_subcommand_from init' -s y -l yes -d 'Ask nothing'
complete -c inhaul -n '__fish_seen_subcommand_from init' -l force -d 'Write anew what says otherwise'
complete -c inhaul -n '__fish_seen_subcommand_from init' -l no-start -d 'Deploy and start nothing'
complete -c inhaul -n '__fish_seen_subcommand_from deploy' -l to -x -d 'This commit'
complete -c inhaul -n '__fish_seen_subcommand_from deploy' -l force -d 'In spite of a pause, a gate or a quarantine'
complete -c inhaul -n '__fish_seen_subcommand_from deploy' -l again -d 'Hooks, restart and probe once more'
complete -c inhaul -n '__fish_seen_subcommand_from deploy' -l dry-run -d 'Only say what would be done'
complete -c inhaul -n '__fish_seen_subcommand_from deploy pin rollback retry' -l wait -x -d 'For another deployment'
complete -c inhaul -n '__fish_seen_subcommand_from pause' -l for -x -d 'At most so long'
complete -c inhaul -n '__fish_seen_subcommand_from pause resume pin unpin rollback retry' -l why -x -d 'A word for the history'
complete -c inhaul -n '__fish_seen_subcommand_from status doctor history show' -l json -d 'One JSON document'
complete -c inhaul -n '__fish_seen_subcommand_from status' -l watch -d 'Show it anew each second'
complete -c inhaul -n '__fish_seen_subcommand_from history' -s n -l limit -x -d 'How many'
complete -c inhaul -n '__fish_seen_subcommand_from logs' -s f -l follow -d 'Wait for more'
complete -c inhaul -n '__fish_seen_subcommand_from logs' -s n -l lines -x -d 'How many, the newest'
complete -c inhaul -n '__fish_seen_subcommand_from logs' -l since -x -d 'From then on'
complete -c inhaul -n '__fish_seen_subcommand_from demo' -l keep -d 'Leave its directory for a look'
