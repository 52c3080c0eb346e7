Plain lines over a connection that stays open, as arguments and from standard input.
== device -f 'payload CR LF'
STATUS
  READY
SPEED?
  SPEED=100
SPEED?
  SPEED=250
.else
  ERROR
== run send -f 'payload CR LF' DEVICE STATUS SPEED? SPEED? NOPE
== out
READY
SPEED=100
SPEED=250
ERROR
== exit 0
== run send -f 'payload CR LF' -o hex DEVICE -
== in
STATUS

# a comment
SPEED?
== out
5245414459
53504545443d313030
== exit 0
== run -f 'payload CR LF' DEVICE
== in
STATUS
== out
READY
== exit 0
