# Unit tests by layer (C, tests/LAYER/test_*.c) and tests of the programs (Python, tests/e2e/).
# Every assertion is one TAP line.
tests_tap = %D%/lib/tap.c %D%/lib/tap.h

# What a unit test of each layer may link: its own layer and those below.
tests_base_libs = src/libbase.a

check_PROGRAMS += %D%/base/test_base
%C%_base_test_base_SOURCES = %D%/base/test_base.c $(tests_tap)
%C%_base_test_base_LDADD = $(tests_base_libs)

TESTS += $(check_PROGRAMS)
