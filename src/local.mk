# One convenience library per layer; each links with those below it (doc/HACKING.md, Layers).
# A unit test links its own layer and those below, so a wrong dependency fails to link.
noinst_LIBRARIES += %D%/libbase.a

%C%_libbase_a_SOURCES = \
	include/wilco/bytes.h \
	include/wilco/error.h \
	include/wilco/limits.h \
	%D%/base/bytes.c \
	%D%/base/error.c \
	%D%/base/escape.c %D%/base/escape.h \
	%D%/base/inttype.c %D%/base/inttype.h \
	%D%/base/json.c %D%/base/json.h \
	%D%/base/mem.c %D%/base/mem.h \
	%D%/base/number.c %D%/base/number.h \
	%D%/base/paths.c %D%/base/paths.h \
	%D%/base/printable.h \
	%D%/base/table.c %D%/base/table.h \
	%D%/base/text.c %D%/base/text.h
