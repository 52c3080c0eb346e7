A length in front: any byte may stand in a payload, and is printed so that it reads back.
== device -f 'len:u16be payload'
..dot
  \x00\x01\x7f\xff
TAB
  a\tb\\c
EMPTY
  (empty)
== run send -f 'len:u16be payload' DEVICE ..dot TAB EMPTY
== out
\x00\x01\x7f\xff
a\tb\\c

== exit 0
== run send -f 'len:u16be payload' -o dump DEVICE '.hex 2e 64 6f 74'
== out
0000  00 01 7f ff                                       ....
== exit 0
== run send -f 'len:u16be payload' --dry-run -o hex DEVICE abc
== out
0003616263
== exit 0
