# Completion of wilco's command line for fish.
#
# wilco itself says what fits (src/cli/complete.c).  What it says, and what is on the line, is never
# evaluated: fish quotes the words that it is given.

function __wilco_complete
    set -l words (commandline -opc)
    set -l now (commandline -ct | string trim --left --chars "'\"" | string unescape; or commandline -ct)
    set -e words[1]
    set -l answer (command wilco __complete -- $words "$now" 2>/dev/null)
    test (count $answer) -gt 1; and printf '%s\n' $answer[2..-1]
    if test "$answer[1]" = files
        set -l option (string match --regex -- '^--[^=]*=' $now)
        for file in (__fish_complete_path (string replace --regex -- '^--[^=]*=' '' $now))
            printf '%s\n' "$option$file"
        end
    end
end

complete --command wilco --no-files --arguments '(__wilco_complete)'
