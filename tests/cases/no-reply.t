A device that does not answer: the wait ends by its time, and the other replies are kept.
== device -f 'payload LF'
QUIET
  (none)
STATUS
  READY
== run send -f 'payload LF' -t 2s DEVICE QUIET
== err
wilco: Failed to communicate with device DEVICE: no reply within 2 s
== exit 4
== run send -f 'payload LF' -t 2s DEVICE STATUS QUIET STATUS
== out
READY
READY
== err
wilco: Failed to communicate with device DEVICE: no reply within 2 s
== exit 4
