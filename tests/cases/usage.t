What cannot be sent is refused before anything is sent, and said with its place.
== run send -f 'payload LF' --dry-run h GOOD 'bad\q'
== err
is not an escape
== exit 2
== run send -f 'payload LFF' h X
== err
LFF
^~~
== exit 2
== run send -f 'payload LF' h 'a\nb'
== err
holds its own terminator
== exit 2
