# SPDX-License-Identifier: Apache-2.0
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

# The apps: the settings files in the directory of --config, or in this account's directory. Root gets
# those of all accounts, as APP where that is unique. The same with sudo, whose account is unknown
# here.
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
complete -c inhaul -l config -r -a '(__fish_complete_directories)' -d 'Read the settings of the apps in this directory'
complete -c inhaul -l state -r -a '(__fish_complete_directories)' -d 'Keep the ledger in this directory'
complete -c inhaul -s v -l verbose -d 'Log debug messages'
complete -c inhaul -s h -l help -d 'Print the help'
complete -c inhaul -n __fish_use_subcommand -l version -d 'Print the version'
complete -c inhaul -n __fish_use_subcommand -a init -d 'Set up an app'
complete -c inhaul -n __fish_use_subcommand -a remove -d 'Undo init'
complete -c inhaul -n __fish_use_subcommand -a run -d 'Watch every app and deploy each push'
complete -c inhaul -n __fish_use_subcommand -a once -d 'Poll each app once, deploy new commits, and exit'
complete -c inhaul -n __fish_use_subcommand -a deploy -d 'Deploy one app now'
complete -c inhaul -n __fish_use_subcommand -a pause -d 'Stop deployments of the app until resume'
complete -c inhaul -n __fish_use_subcommand -a resume -d 'End a pause'
complete -c inhaul -n __fish_use_subcommand -a pin -d 'Stay on one commit'
complete -c inhaul -n __fish_use_subcommand -a unpin -d 'Follow the branch again'
complete -c inhaul -n __fish_use_subcommand -a rollback -d 'Deploy the previous live commit'
complete -c inhaul -n __fish_use_subcommand -a retry -d 'Clear the quarantine, and deploy the head'
complete -c inhaul -n __fish_use_subcommand -a status -d 'Show the live commit, its age, and whether it is the head'
complete -c inhaul -n __fish_use_subcommand -a why -d 'Print the reason for the live commit, and the next step'
complete -c inhaul -n __fish_use_subcommand -a doctor -d 'Check every precondition of a deployment'
complete -c inhaul -n __fish_use_subcommand -a history -d 'List the deployments and operator actions, newest first'
complete -c inhaul -n __fish_use_subcommand -a show -d 'Show one deployment'
complete -c inhaul -n __fish_use_subcommand -a logs -d 'Show the journal entries of one app'
complete -c inhaul -n __fish_use_subcommand -a metrics -d 'Print metrics for Prometheus'
complete -c inhaul -n __fish_use_subcommand -a page -d 'Print a page with the state of each app'
complete -c inhaul -n __fish_use_subcommand -a check -d 'Print the effective settings, or every problem in them'
complete -c inhaul -n __fish_use_subcommand -a notify -d 'Send a test message to the notification targets'
complete -c inhaul -n __fish_use_subcommand -a demo -d 'Show two deployments of a throwaway app'
complete -c inhaul -n __fish_use_subcommand -a version -d 'Print the version'
complete -c inhaul -n "__fish_seen_subcommand_from $of_an_app" -a '(__inhaul_apps)'
complete -c inhaul -n '__fish_seen_subcommand_from init' -a '(__fish_complete_directories)' -d 'Directory of the app'
complete -c inhaul -n '__fish_seen_subcommand_from init' -l repository -x -d 'Deploy this owner/name or URL'
complete -c inhaul -n '__fish_seen_subcommand_from init' -l branch -x -d 'Deploy this branch'
complete -c inhaul -n '__fish_seen_subcommand_from init' -l name -x -d 'Name the app'
complete -c inhaul -n '__fish_seen_subcommand_from init' -l account -x -a '(__fish_complete_users)' -d 'Deploy as this account'
complete -c inhaul -n '__fish_seen_subcommand_from init' -l unit -x -d 'Restart this unit'
complete -c inhaul -n '__fish_seen_subcommand_from init' -l no-service -d 'Restart no unit'
complete -c inhaul -n '__fish_seen_subcommand_from init' -l trigger-unit -d 'Restart with a path unit instead of a polkit rule'
complete -c inhaul -n '__fish_seen_subcommand_from init' -l key -rF -d 'Use this existing SSH private key'
complete -c inhaul -n '__fish_seen_subcommand_from init' -l no-key -d 'Use no SSH key'
complete -c inhaul -n '__fish_seen_subcommand_from init' -l token-file -rF -d 'Read the repository with this token'
complete -c inhaul -n '__fish_seen_subcommand_from init' -l timer -d 'Poll with a timer every minute'
complete -c inhaul -n '__fish_seen_subcommand_from remove' -l setup-token -rF -d 'Delete the key and the webhook with this token'
complete -c inhaul -n '__fish_seen_subcommand_from remove' -l user -d 'Remove an app of your own account'
complete -c inhaul -n '__fish_seen_subcommand_from remove' -l dry-run -d 'Show every file that remove would remove'
complete -c inhaul -n '__fish_seen_subcommand_from remove' -s y -l yes -d 'Do not ask for confirmation'
complete -c inhaul -n '__fish_seen_subcommand_from init' -l setup-token -rF -d 'Add the key and the webhook with this token'
complete -c inhaul -n '__fish_seen_subcommand_from init' -l relay -x -d 'Use this relay channel, or create one'
complete -c inhaul -n '__fish_seen_subcommand_from init' -l no-relay -d 'Use no relay'
complete -c inhaul -n '__fish_seen_subcommand_from init' -l known-hosts -rF -d 'Trust these SSH host keys'
complete -c inhaul -n '__fish_seen_subcommand_from init' -l ca-file -rF -d 'Trust this certificate authority'
complete -c inhaul -n '__fish_seen_subcommand_from init' -l api-url -x -d 'Use this REST API'
complete -c inhaul -n '__fish_seen_subcommand_from init' -l user -d 'Set up a unit of your own user manager'
complete -c inhaul -n '__fish_seen_subcommand_from init' -l dry-run -d 'Show every file that init would write'
complete -c inhaul -n '__fish_seen_subcommand_from init' -s y -l yes -d 'Do not ask for confirmation'
complete -c inhaul -n '__fish_seen_subcommand_from init' -l force -d 'Overwrite files that differ'
complete -c inhaul -n '__fish_seen_subcommand_from init' -l no-start -d 'Deploy and start nothing'
complete -c inhaul -n '__fish_seen_subcommand_from deploy' -l to -x -d 'Deploy this commit'
complete -c inhaul -n '__fish_seen_subcommand_from deploy' -l force -d 'Override a pause, a gate or a quarantine'
complete -c inhaul -n '__fish_seen_subcommand_from deploy' -l again -d 'Repeat the live deployment'
complete -c inhaul -n '__fish_seen_subcommand_from deploy' -l dry-run -d 'Show the steps of a deployment'
complete -c inhaul -n '__fish_seen_subcommand_from deploy pin rollback retry' -l wait -x -d 'Wait for another deployment'
complete -c inhaul -n '__fish_seen_subcommand_from pause' -l for -x -d 'End the pause after this time'
complete -c inhaul -n '__fish_seen_subcommand_from pause resume pin unpin rollback retry' -l why -x -d 'Record this reason in the history'
complete -c inhaul -n '__fish_seen_subcommand_from status doctor history show' -l json -d 'Print one JSON document'
complete -c inhaul -n '__fish_seen_subcommand_from status' -l watch -d 'Refresh the output each second'
complete -c inhaul -n '__fish_seen_subcommand_from status' -l exit-zero -d 'Exit with status 0 even if a head has failed'
complete -c inhaul -n '__fish_seen_subcommand_from history' -s n -l limit -x -d 'List the newest COUNT deployments'
complete -c inhaul -n '__fish_seen_subcommand_from logs' -s f -l follow -d 'Keep printing new entries'
complete -c inhaul -n '__fish_seen_subcommand_from logs' -s n -l lines -x -d 'Show the newest COUNT entries'
complete -c inhaul -n '__fish_seen_subcommand_from logs' -l since -x -d 'Show entries from this time on'
complete -c inhaul -n '__fish_seen_subcommand_from notify' -l test -d 'Send a test message, and print the answer'
complete -c inhaul -n '__fish_seen_subcommand_from demo' -l keep -d 'Keep the directory of the demo'
