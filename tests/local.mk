# Unit tests by layer (C, tests/LAYER/test_*.c) and tests of the programs (Python, tests/e2e/).
# Every assertion is one TAP line.
tests_tap = %D%/lib/tap.c %D%/lib/tap.h

# What a unit test of each layer may link: its own layer and those below.
tests_base_libs = src/libbase.a
tests_frame_libs = src/libframe.a $(tests_base_libs)
tests_loop_libs = src/libloop.a $(tests_base_libs)
tests_transport_libs = src/libtransport.a src/libadapter.a $(tests_loop_libs)
tests_session_libs = src/libsession.a src/libtransport.a src/libadapter.a src/libloop.a $(tests_frame_libs)
tests_macro_libs = src/libmacro.a $(tests_session_libs)

check_PROGRAMS += %D%/base/test_base
%C%_base_test_base_SOURCES = %D%/base/test_base.c $(tests_tap)
%C%_base_test_base_LDADD = $(tests_base_libs)

e2e_tests = \
	%D%/e2e/test_bad_input.py \
	%D%/e2e/test_check_listen.py \
	%D%/e2e/test_probe.py \
	%D%/e2e/test_console.py \
	%D%/e2e/test_devices.py \
	%D%/e2e/test_faults.py \
	%D%/e2e/test_figures.py \
	%D%/e2e/test_frame.py \
	%D%/e2e/test_handshake.py \
	%D%/e2e/test_hostile.py \
	%D%/e2e/test_hostile_screen.py \
	%D%/e2e/test_manual.py \
	%D%/e2e/test_pipe.py \
	%D%/e2e/test_rigctld.py \
	%D%/e2e/test_screen.py \
	%D%/e2e/test_send.py \
	%D%/e2e/test_sessions.py \
	%D%/e2e/test_simulate.py \
	%D%/e2e/test_ssh.py \
	%D%/e2e/test_tls.py \
	%D%/e2e/test_transports.py

# Text files, each a device and what is asked of it; tests/lib/run_case.py says their form.
case_tests = \
	%D%/cases/binary.t \
	%D%/cases/lines.t \
	%D%/cases/no-reply.t \
	%D%/cases/usage.t

TESTS += $(check_PROGRAMS) $(e2e_tests) $(case_tests)
EXTRA_DIST += $(e2e_tests) $(case_tests) %D%/e2e/script.py %D%/lib/devices.py %D%/lib/record.py %D%/lib/wilcotest.py \
	%D%/lib/run_case.py
EXTRA_DIST += %D%/screens/anatomy-132x50.txt \
	%D%/screens/anatomy-40x10.txt \
	%D%/screens/anatomy-80x24.txt \
	%D%/screens/dump-132x50.txt \
	%D%/screens/dump-40x10.txt \
	%D%/screens/dump-80x24.txt \
	%D%/screens/hex-80x24.txt \
	%D%/screens/text-132x50.txt \
	%D%/screens/text-40x10.txt \
	%D%/screens/text-80x24.txt
TEST_EXTENSIONS = .py .t

# `make check VALGRIND=valgrind` runs everything under it.
VALGRIND =
VALGRIND_FLAGS = -q --error-exitcode=99 --leak-check=full --show-leak-kinds=definite,indirect \
	--errors-for-leak-kinds=definite,indirect --trace-children=yes --trace-children-skip=/bin/sh
LOG_DRIVER = env AM_TAP_AWK='$(AWK)' $(SHELL) $(top_srcdir)/build-aux/tap-driver.sh
PY_LOG_DRIVER = $(LOG_DRIVER)
LOG_COMPILER = $(VALGRIND:valgrind=valgrind $(VALGRIND_FLAGS))
PY_LOG_COMPILER = $(PYTHON)
T_LOG_DRIVER = $(LOG_DRIVER)
T_LOG_COMPILER = $(PYTHON) $(top_srcdir)/tests/lib/run_case.py
AM_TESTS_ENVIRONMENT = \
	WILCO='$(abs_top_builddir)/wilco'; export WILCO; \
	WILCO_WRAP='$(VALGRIND:valgrind=valgrind $(VALGRIND_FLAGS))'; export WILCO_WRAP; \
	PYTHONPATH='$(abs_top_srcdir)/tests/lib'; export PYTHONPATH; \
	PYTHONDONTWRITEBYTECODE=1; export PYTHONDONTWRITEBYTECODE; \
	srcdir='$(abs_top_srcdir)'; export srcdir;
check: all

check_PROGRAMS += %D%/frame/test_frame
%C%_frame_test_frame_SOURCES = %D%/frame/test_frame.c $(tests_tap)
%C%_frame_test_frame_LDADD = $(tests_frame_libs)

check_PROGRAMS += %D%/frame/test_vectors
%C%_frame_test_vectors_SOURCES = %D%/frame/test_vectors.c $(tests_tap)
%C%_frame_test_vectors_LDADD = $(tests_frame_libs)
EXTRA_DIST += %D%/frame/vectors.tsv

check_PROGRAMS += %D%/loop/test_loop
%C%_loop_test_loop_SOURCES = %D%/loop/test_loop.c $(tests_tap)
%C%_loop_test_loop_LDADD = $(tests_loop_libs) $(UV_LIBS)

check_PROGRAMS += %D%/transport/test_transport
%C%_transport_test_transport_SOURCES = %D%/transport/test_transport.c $(tests_tap)
%C%_transport_test_transport_LDADD = $(tests_transport_libs) $(line_libs)

check_PROGRAMS += %D%/transport/test_names
%C%_transport_test_names_SOURCES = %D%/transport/test_names.c $(tests_tap)
%C%_transport_test_names_LDADD = $(tests_transport_libs) $(line_libs)

check_PROGRAMS += %D%/macro/test_line
%C%_macro_test_line_SOURCES = %D%/macro/test_line.c $(tests_tap)
%C%_macro_test_line_LDADD = $(tests_macro_libs) $(line_libs)

check_PROGRAMS += %D%/session/test_session
%C%_session_test_session_SOURCES = %D%/session/test_session.c $(tests_tap)
%C%_session_test_session_LDADD = $(tests_session_libs) $(line_libs)

check_PROGRAMS += %D%/session/test_many
%C%_session_test_many_SOURCES = %D%/session/test_many.c $(tests_tap)
%C%_session_test_many_LDADD = $(tests_session_libs) $(line_libs)

check_PROGRAMS += %D%/pane/test_pane
%C%_pane_test_pane_SOURCES = %D%/pane/test_pane.c $(tests_tap)
%C%_pane_test_pane_LDADD = src/libpane.a $(tests_session_libs) $(line_libs)

# Unit tests find the modules beside them, as the programs do.
module_links = %D%/pane/modules %D%/cmd/modules %D%/bench/modules
$(module_links):
	@$(MKDIR_P) $(@D) && rm -f $@ && $(LN_S) ../../modules $@
check_DATA = $(module_links)
CLEANFILES += $(module_links)

# Measures; by hand.
EXTRA_PROGRAMS = %D%/bench/pane
CLEANFILES += $(EXTRA_PROGRAMS)
%C%_bench_pane_SOURCES = %D%/bench/pane.c
%C%_bench_pane_LDADD = src/libpane.a $(tests_session_libs) $(line_libs)

check_PROGRAMS += %D%/cmd/test_cmd
%C%_cmd_test_cmd_SOURCES = %D%/cmd/test_cmd.c $(tests_tap)
%C%_cmd_test_cmd_LDADD = $(wilco_libs) $(line_libs)

check_PROGRAMS += %D%/cmd/test_watch
%C%_cmd_test_watch_SOURCES = %D%/cmd/test_watch.c $(tests_tap)
%C%_cmd_test_watch_LDADD = $(wilco_libs) $(line_libs)

check_PROGRAMS += %D%/cmd/test_export
%C%_cmd_test_export_SOURCES = %D%/cmd/test_export.c $(tests_tap)
%C%_cmd_test_export_LDADD = $(wilco_libs) $(line_libs)

check_PROGRAMS += %D%/console/test_keys
%C%_console_test_keys_SOURCES = %D%/console/test_keys.c $(tests_tap)
%C%_console_test_keys_LDADD = src/libconsole.a $(wilco_libs)

# Fuzz targets over their seeds; tests/fuzz/run.sh runs them with libFuzzer.
fuzz_targets = %D%/fuzz/fuzz_notation %D%/fuzz/fuzz_split %D%/fuzz/fuzz_encode %D%/fuzz/fuzz_escape
check_PROGRAMS += $(fuzz_targets)
fuzz_common = %D%/fuzz/main.c %D%/fuzz/fuzz.h $(tests_tap)
%C%_fuzz_fuzz_notation_SOURCES = %D%/fuzz/fuzz_notation.c $(fuzz_common)
%C%_fuzz_fuzz_notation_LDADD = $(tests_frame_libs)
%C%_fuzz_fuzz_split_SOURCES = %D%/fuzz/fuzz_split.c $(fuzz_common)
%C%_fuzz_fuzz_split_LDADD = $(tests_frame_libs)
%C%_fuzz_fuzz_encode_SOURCES = %D%/fuzz/fuzz_encode.c $(fuzz_common)
%C%_fuzz_fuzz_encode_LDADD = $(tests_frame_libs)
%C%_fuzz_fuzz_escape_SOURCES = %D%/fuzz/fuzz_escape.c $(fuzz_common)
%C%_fuzz_fuzz_escape_LDADD = $(tests_base_libs)
EXTRA_DIST += %D%/fuzz/run.sh %D%/fuzz/fuzz_notation.seeds %D%/fuzz/fuzz_split.seeds \
	%D%/fuzz/fuzz_encode.seeds %D%/fuzz/fuzz_escape.seeds

check_PROGRAMS += %D%/frame/test_notation
%C%_frame_test_notation_SOURCES = %D%/frame/test_notation.c $(tests_tap)
%C%_frame_test_notation_LDADD = $(tests_frame_libs)
